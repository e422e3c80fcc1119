#!/usr/bin/env bash
# Journeys through the page of the release build that are no tests:
#   scripts/journeys.sh gallery [part of a name]   a picture of every state of the page (end2end/states.ts) in both sizes,
#                                                  themes and languages
#   scripts/journeys.sh smooth [part of a name]    frames, long tasks, presses and the number of elements, with a processor
#                                                  four times slower
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh test
[ -n "${SQUAD_BIN:-}" ] || scripts/build.sh --if-changed
cargo build --quiet --features ssr --bin fake-provider
npx playwright test --config "end2end/$1.config.ts" ${2:+-g "$2"}
[ "$1" != gallery ] || say "look at target/screenshots/index.html"
