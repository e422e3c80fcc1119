#!/usr/bin/env bash
# Builds the release page and program into dist/: a folder that can be copied anywhere.
#   scripts/build.sh --if-changed    only when something that dist/ was made from did
#   SQUAD_FEATURES=temporal          with the engine for TEMPORAL_ADDRESS too
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
# of everything a build depends on; by content, since the check of the query descriptions touches sources
stamp=$(find src style public migrations .sqlx .cargo build.rs Cargo.toml Cargo.lock package-lock.json scripts/build.sh -type f -print0 |
  sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)${SQUAD_FEATURES:+-$SQUAD_FEATURES}
case ${1:-} in
  '') ;;
  --if-changed) if [ -x dist/squad ] && [ "$(cat dist/stamp 2>/dev/null)" = "$stamp" ]; then exit; fi ;;
  *) die "scripts/build.sh: --if-changed, or nothing" ;;
esac
scripts/setup.sh build
log=$(mktemp); trap 'rm -f "$log"' EXIT
say "building the page and the program (the first time takes some minutes)"
leptos() { # quiet without a terminal, unless it fails
  if [ -t 2 ]; then cargo leptos build --release "$@" >&2; else cargo leptos build --release "$@" >"$log" 2>&1 || { cat "$log" >&2; die "the build failed"; }; fi
}
# Where and why the page's code panicked and how a value is printed for programmers is a tenth of its weight, and nobody
# reads it: names are stripped too. So the standard library is compiled along, for size. The switches are unstable in
# name only, and asked for here only, not for the program; a compiler without them or without that library's sources
# builds a heavier page.
light="-Zlocation-detail=none -Zfmt-debug=none -Zunstable-options -Cpanic=immediate-abort"
if [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library/std" ] &&
  RUSTC_BOOTSTRAP=1 rustc $light --target wasm32-unknown-unknown --print cfg >/dev/null 2>&1; then
  RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort CARGO_UNSTABLE_BUILD_STD_FEATURES=optimize_for_size \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$light leptos --frontend-only --precompress --split
else
  say "this compiler cannot make the page light (rustup component add rust-src): it weighs a fifteenth more"
  leptos --frontend-only --precompress --split
fi
leptos --server-only ${SQUAD_FEATURES:+--bin-features "ssr,$SQUAD_FEATURES"}
rm -rf dist.new && mkdir dist.new
cp "$CARGO_TARGET_DIR/release/squad" "$CARGO_TARGET_DIR/release/hash.txt" dist.new/
cp -r target/site dist.new/site
echo "$stamp" >dist.new/stamp
rm -rf dist && mv dist.new dist
