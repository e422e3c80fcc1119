#!/usr/bin/env bash
# How smoothly the page moves, on the release build with a processor four times slower: frames, long tasks, presses, and
# the number of elements. Prints the figures.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh test
[ -x dist/squad ] || [ -n "${SQUAD_BIN:-}" ] || scripts/build.sh
cargo build --quiet --features ssr --bin fake-provider
npx playwright test --config end2end/smooth.config.ts ${1:+-g "$1"}
