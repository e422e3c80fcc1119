# Sourced by the other scripts: where tools and builds live. Both are outside the checkout, shared by all checkouts of a
# user, and made anew when they are gone.
export SQUAD_CACHE="${SQUAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/marty-squad}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$SQUAD_CACHE/target}"
export PATH="$SQUAD_CACHE/tools/bin:$PWD/node_modules/.bin:$HOME/.cargo/bin:$PATH"
[ ! -f "$SQUAD_CACHE/toolchain" ] || export RUSTUP_TOOLCHAIN="${RUSTUP_TOOLCHAIN:-$(cat "$SQUAD_CACHE/toolchain")}"
# Cargo tells by their times whether sources changed: what another checkout built must not pass for this one's.
if [ "$(cat "$CARGO_TARGET_DIR/checkout" 2>/dev/null)" != "$PWD" ]; then
  mkdir -p "$CARGO_TARGET_DIR" && find src migrations build.rs Cargo.toml -type f -exec touch {} + && echo "$PWD" >"$CARGO_TARGET_DIR/checkout"
fi
say() { printf '\033[1m%s\033[0m\n' "· $*" >&2; }
die() { printf '%s\n' "squad: $*" >&2; exit 1; }
# timed NAME COMMAND…: runs it and says how long it took
timed() {
  local name=$1 start=$SECONDS; shift
  say "$name"
  "$@" || die "$name failed (after $((SECONDS - start)) s)"
  printf '  %s: %s s\n' "$name" "$((SECONDS - start))" >&2
}
