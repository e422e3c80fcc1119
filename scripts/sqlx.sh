#!/usr/bin/env bash
# The committed descriptions of all queries in .sqlx.
#   scripts/sqlx.sh           writes them anew from the migrations
#   scripts/sqlx.sh --check   fails when they are not what the migrations and the queries say
# It starts a PostgreSQL of its own, so that no configured database is ever asked.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/servers.sh
programs=$(scripts/setup.sh --postgres)
own_folder sqlx
own_postgres "$programs" fsync=off
for file in migrations/*.sql; do "$programs/psql" -q -v ON_ERROR_STOP=1 -h "$work" -U squad -d squad -f "$file"; done
mkdir "$work/out"
# The macros write the descriptions only when they are expanded, and cargo does not see that they read the
# environment: what it has of this crate from the last time is thrown away.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/sqlx
cargo clean --quiet -p squad
SQUAD_SCHEMA_URL=$database SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$work/out \
  cargo check --quiet --features ssr --lib
if [ "${1:-}" = --check ]; then
  diff -r .sqlx "$work/out" || { echo "The queries changed: run make sqlx and commit .sqlx" >&2; exit 1; }
else
  rm -rf .sqlx && cp -r "$work/out" .sqlx
  echo "$(ls .sqlx | wc -l) queries described in .sqlx"
fi
