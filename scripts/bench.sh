#!/usr/bin/env bash
# Load on a release build: a faked provider at 20 tokens/s and 100 tokens an answer, the load generator, the program and
# an embedded PostgreSQL, each a process of its own on this machine. Then the same load through a plain pass-through on
# the same HTTP libraries, without database, log or recovery: the floor. Figures, and an error when anything was lost.
#   scripts/bench.sh [chats…]    default: 50 200 500 1000 2000
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/servers.sh
scripts/setup.sh run
scripts/build.sh --if-changed
cargo build --release --quiet --features ssr --bin fake-provider --bin squad-load
bin=$CARGO_TARGET_DIR/release
own_folder bench
ms() { echo $(($(date +%s%N) / 1000000)); }
rss() { awk '/^VmRSS/{printf "%.1f MB", $2 / 1024}' "/proc/$1/status"; }

"$bin/fake-provider" --port 0 --stamps --ttft-ms 300 --tokens-per-second 20 --tokens 100 >"$work/fake" 2>&1 & pids+=($!)
provider=$(ready "$work/fake")
serve() {
  : >"$work/out"
  SQUAD_ADDR=127.0.0.1:0 SQUAD_DATA_DIR="$work/data" SQUAD_LIMITS=off SQUAD_ANSWER_CACHE=off SQUAD_ROUTER=words SQUAD_LOG=warn \
    ANTHROPIC_API_KEY=test-key ANTHROPIC_BASE_URL="$provider" dist/squad >"$work/out" 2>"$work/err" &
  squad=$!; pids+=("$squad")
}
start=$(ms); serve; url=$(ready "$work/out")
echo "first start, database made:     $(($(ms) - start)) ms"
kill "$squad"; wait "$squad" || true
start=$(ms); serve; url=$(ready "$work/out")
echo "start with its database:        $(($(ms) - start)) ms"
sleep 1
echo "memory at rest, program alone:  $(rss "$squad")"
"$bin/squad-load" --pass-through --provider-url "$provider" >"$work/floor" 2>&1 & floor=$!; pids+=("$floor")
floor_url=$(ready "$work/floor")
[ $# -gt 0 ] || set -- 50 200 500 1000 2000
good=true
load() { # the sends spread over an answer's own length, as chats do
  "$bin/squad-load" --provider-url "$provider" --chats "$chats" --spread-ms "${SPREAD_MS:-5000}" "$@"
}
"$bin/squad-load" --row head
for chats in "$@"; do
  # each size on a program that has just started, so that its memory is its own
  kill "$squad"; wait "$squad" || true
  serve; url=$(ready "$work/out")
  load --row squad --url "$url" --squad-pid "$squad" || good=false
  load --row floor --url "$floor_url" --squad-pid "$floor" || good=false
done
$good || die "something was lost: see the column, and run with one size for the errors"
