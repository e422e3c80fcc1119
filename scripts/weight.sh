#!/usr/bin/env bash
# The first load of the chat page (JavaScript, WebAssembly, style sheet; brotli) stays under 300 KB. What is split off is
# loaded when it is wanted.
set -euo pipefail
cd "$(dirname "$0")/.."
total=0
for file in dist/site/pkg/*.js.br dist/site/pkg/*.wasm.br dist/site/pkg/*.css.br; do
  size=$(stat -c %s "$file")
  case $file in
    */split_* | */chunk_*) printf '  %7d  %s, later\n' "$size" "${file#dist/site/}" ;;
    *) total=$((total + size)); printf '  %7d  %s\n' "$size" "${file#dist/site/}" ;;
  esac
done
printf '  %7d  bytes in all\n' "$total"
[ "$total" -lt 300000 ] || { echo "the first load is over 300 KB" >&2; exit 1; }
