#!/usr/bin/env bash
# A real Temporal server on loopback, in the foreground, with the namespace `default`: for `make temporal` and the tests.
#   scripts/temporal.sh [PORT] [FOLDER]    default: 7233, and a folder beside the tools; it uses PORT to PORT+8
# Prints `ready 127.0.0.1:PORT` when workflows can be started. What it stored is there again the next time.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
port=${1:-7233}
folder=${2:-$SQUAD_CACHE/temporal}
program=$(scripts/setup.sh --temporal)
mkdir -p "$folder"
export TEMPORAL_FILE="$folder/temporal.db"
for n in 0 1 2 3 4 5 6 7 8; do export "PORT_$n=$((port + n))"; done

namespace() { # true once workflows can be started in it
  local url="http://127.0.0.1:$PORT_1/api/v1/namespaces"
  curl -sf -m 2 "$url/default/workflows?pageSize=1" >/dev/null 2>&1 && return
  curl -s -m 2 -o /dev/null -H 'content-type: application/json' \
    -d '{"namespace": "default", "workflowExecutionRetentionPeriod": "86400s"}' "$url" 2>/dev/null
  return 1
}
# ends with the server, which takes the place of this script
(
  server=$$
  until namespace; do kill -0 "$server" 2>/dev/null || exit; sleep 0.2; done
  echo "ready 127.0.0.1:$port"
  [ ! -t 2 ] || say "point the program at it: TEMPORAL_ADDRESS=127.0.0.1:$port (a build with SQUAD_FEATURES=temporal)"
) &
case $program in
  */temporal) exec "$program" server start-dev --ip 127.0.0.1 --port "$PORT_0" --http-port "$PORT_1" --headless \
    --db-filename "$TEMPORAL_FILE" --log-level error >&2 ;;
  *) exec "$program" --config-file scripts/temporal.yaml --allow-no-auth start >&2 ;;
esac
