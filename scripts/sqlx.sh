#!/usr/bin/env bash
# The committed descriptions of all queries in .sqlx.
#   scripts/sqlx.sh           writes them anew from the migrations
#   scripts/sqlx.sh --check   fails when they are not what the migrations and the queries say
# It starts a PostgreSQL of its own, so that no configured database is ever asked.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
bin=$(scripts/setup.sh --postgres)
work=$(mktemp -d /tmp/squad-sqlx.XXXXXX)
# from a folder that postgres may be in
as() { (cd "$work"; if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi); }
cleanup() { as "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"; }
trap cleanup EXIT
chmod 755 "$work"; [ "$(id -u)" != 0 ] || chown postgres "$work"
as "$bin/initdb" -A trust -U squad -E UTF8 --locale=C.UTF-8 -D "$work/data" >/dev/null
as "$bin/pg_ctl" -w -s -D "$work/data" -o "-k $work -c listen_addresses= -c fsync=off" -l "$work/log" start
url="postgres:///squad?host=$work&user=squad"
"$bin/psql" -q -h "$work" -U squad -d postgres -c 'create database squad'
for file in migrations/*.sql; do "$bin/psql" -q -v ON_ERROR_STOP=1 -h "$work" -U squad -d squad -f "$file"; done
mkdir "$work/out"
# The macros write the descriptions only when they are expanded, and cargo does not see that they read the
# environment: what it has of this crate from the last time is thrown away.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/sqlx
cargo clean --quiet -p squad
SQUAD_SCHEMA_URL=$url SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$work/out \
  cargo check --quiet --features ssr --lib
if [ "${1:-}" = --check ]; then
  diff -r .sqlx "$work/out" || { echo "The queries changed: run make sqlx and commit .sqlx" >&2; exit 1; }
else
  rm -rf .sqlx && cp -r "$work/out" .sqlx
  echo "$(ls .sqlx | wc -l) queries described in .sqlx"
fi
