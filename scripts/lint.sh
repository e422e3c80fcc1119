#!/usr/bin/env bash
# Formats and lints for both targets, and the query descriptions.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
timed "formats" cargo fmt --check
timed "clippy, the program" cargo clippy --quiet --features ssr,temporal --all-targets -- -D warnings
timed "clippy, the page" cargo clippy --quiet --features hydrate --lib --target wasm32-unknown-unknown --profile wasm-dev -- -D warnings
timed "query descriptions" scripts/sqlx.sh --check
