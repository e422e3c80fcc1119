#!/usr/bin/env bash
# Every fault against the real program, about four minutes: PostgreSQL, Redis, programs and the provider as processes of their own.
#   scripts/chaos.sh [part of a scenario's name]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/setup.sh chaos
CHAOS="${1:-}" RUST_BACKTRACE=0 cargo test --features ssr,temporal --quiet --test integration chaos::all -- --ignored --nocapture || exit 1
