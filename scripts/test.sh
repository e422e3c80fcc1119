#!/usr/bin/env bash
# Every test, with the time of each step. Two builds only: dev (unit, SQL, HTTP) and dist/ (browser, kill -9, weight).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
start=$SECONDS
timed "set-up" scripts/setup.sh test
timed "build the tests" cargo test --features ssr,temporal --no-run --quiet
timed "unit, SQL and HTTP tests" cargo test --features ssr,temporal --quiet
scores() {
  cargo test --features ssr,temporal --quiet --lib routing::tests -- --nocapture --test-threads 1 2>/dev/null |
    grep -oE '(dev|own|phrases held out|held out|phrases|leave one out|language|danger): [0-9]+ of .*' >&2
}
timed "routing scores" scores
timed "build dist/" scripts/build.sh
timed "weight of the first page" scripts/weight.sh
timed "browser tests" npx playwright test --config end2end/playwright.config.ts
say "all tests passed in $((SECONDS - start)) s"
