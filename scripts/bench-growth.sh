#!/usr/bin/env bash
# Whether the same calls stay as fast when the tables grow: a PostgreSQL of its own is filled, the release program is
# measured at each size, and the plans of its statements are shown. It deletes what it filled.
#   scripts/bench-growth.sh [tenth|full]   up to 100,000 conversations with a million messages (the default), or ten times that
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/servers.sh
case ${1:-tenth} in
  tenth) sizes=200,10000,100000 need=4 ;;
  full) sizes=200,100000,1000000 need=32 ;;
  *) die "scripts/bench-growth.sh: tenth or full" ;;
esac
place=${TMPDIR:-/tmp}
free=$(df -k --output=avail "$place" | tail -1)
[ "$free" -gt $((need * 1024 * 1024)) ] || die "$place has $((free / 1024 / 1024)) GB free and $need are needed. Set TMPDIR to a folder with more room"
programs=$(scripts/setup.sh --postgres)
cargo build --release --quiet --features ssr --bin squad --bin fake-provider --bin squad-growth
bin=$CARGO_TARGET_DIR/release
own_folder growth "$place"
# as it comes, but for the room a filling wants, and the plans
own_postgres "$programs" max_wal_size=2GB session_preload_libraries=auto_explain \
  auto_explain.{log_analyze,log_buffers,log_nested_statements}=on
"$bin/fake-provider" --port 0 --ttft-ms 0 --tokens-per-second 0 --tokens 5 >"$work/fake" 2>&1 & pids+=($!)
provider=$(ready "$work/fake")
SQUAD_ADDR=127.0.0.1:0 DATABASE_URL=$database SQUAD_DATA_DIR="$work" SQUAD_LIMITS=off SQUAD_ANSWER_CACHE=off SQUAD_ROUTER=words SQUAD_LOG=warn \
  ANTHROPIC_API_KEY=test-key ANTHROPIC_BASE_URL="$provider" "$bin/squad" >"$work/out" 2>"$work/err" & pids+=($!)
url=$(ready "$work/out")
mkdir -p target
"$bin/squad-growth" --url "$url" --provider-url "$provider" --database "$database" --log "$work/log" --plans target/growth-plans.txt --sizes "$sizes"
size=$("$pg/psql" -h "$work" -U squad -d squad -Atc "select pg_size_pretty(pg_database_size('squad'))")
echo "the database: $size"
