#!/usr/bin/env bash
# The development build, rebuilt and reloaded on every change.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh run
exec cargo leptos watch --split
