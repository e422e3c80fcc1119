#!/usr/bin/env bash
# Builds the release page and program into dist/: a folder that can be copied anywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh run
log=$(mktemp); trap 'rm -f "$log"' EXIT
say "building the page and the program (the first time takes some minutes)"
if [ -t 2 ]; then cargo leptos build --release --precompress --split >&2; else cargo leptos build --release --precompress --split >"$log" 2>&1 || { cat "$log" >&2; die "the build failed"; }; fi
rm -rf dist.new && mkdir dist.new
cp "$CARGO_TARGET_DIR/release/squad" "$CARGO_TARGET_DIR/release/hash.txt" dist.new/
cp -r target/site dist.new/site
rm -rf dist && mv dist.new dist
