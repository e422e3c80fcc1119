#!/usr/bin/env bash
# Builds the release page and program into dist/: a folder that can be copied anywhere.
#   SQUAD_FEATURES=temporal    with the engine for TEMPORAL_ADDRESS too
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh build
log=$(mktemp); trap 'rm -f "$log"' EXIT
say "building the page and the program (the first time takes some minutes)"
leptos() { # quiet without a terminal, unless it fails
  if [ -t 2 ]; then cargo leptos build --release "$@" >&2; else cargo leptos build --release "$@" >"$log" 2>&1 || { cat "$log" >&2; die "the build failed"; }; fi
}
# Where the page's code panicked and how a value is printed for programmers is a twentieth of its weight, and nobody reads it:
# names are stripped too. Both switches are unstable in name only, and asked for here only, not for the program.
RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zlocation-detail=none -Zfmt-debug=none" \
  leptos --frontend-only --precompress --split
leptos --server-only ${SQUAD_FEATURES:+--bin-features "ssr,$SQUAD_FEATURES"}
rm -rf dist.new && mkdir dist.new
cp "$CARGO_TARGET_DIR/release/squad" "$CARGO_TARGET_DIR/release/hash.txt" dist.new/
cp -r target/site dist.new/site
rm -rf dist && mv dist.new dist
