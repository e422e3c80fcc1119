#!/usr/bin/env bash
# The first load of the chat page (JavaScript, WebAssembly, style sheet; brotli). The aim is 300 KB; it is not reached
# yet, so this holds what is: a change that makes the page heavier fails.
set -euo pipefail
cd "$(dirname "$0")/.."
total=0
for file in dist/site/pkg/*.js.br dist/site/pkg/*.wasm.br dist/site/pkg/*.css.br; do
  size=$(stat -c %s "$file"); total=$((total + size))
  printf '  %7d  %s\n' "$size" "${file#dist/site/}"
done
printf '  %7d  bytes in all\n' "$total"
[ "$total" -lt 300000 ] || echo "  over the aim of 300000"
[ "$total" -lt 475000 ] || { echo "the first load grew over 475 KB" >&2; exit 1; }
