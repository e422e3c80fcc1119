#!/usr/bin/env bash
# Every test, with the time of each step. Two builds only: dev (unit, SQL, HTTP) and dist/ (browser, kill -9, weight).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
start=$SECONDS
timed "set-up" scripts/setup.sh test
timed "build the tests" cargo test --features ssr --no-run --quiet
timed "unit, SQL and HTTP tests" cargo test --features ssr --quiet
timed "build dist/" scripts/build.sh
timed "weight of the first page" scripts/weight.sh
timed "browser tests" npx playwright test --config end2end/playwright.config.ts
say "all tests passed in $((SECONDS - start)) s"
