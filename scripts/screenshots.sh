#!/usr/bin/env bash
# A picture of every state of the page (end2end/states.ts) in both sizes, themes and languages, on the release build.
#   scripts/screenshots.sh [part of a state's name]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh test
[ -x dist/squad ] || [ -n "${SQUAD_BIN:-}" ] || scripts/build.sh
cargo build --quiet --features ssr --bin fake-provider
npx playwright test --config end2end/gallery.config.ts ${1:+-g "$1"}
say "look at target/screenshots/index.html"
