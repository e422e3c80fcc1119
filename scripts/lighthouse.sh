#!/usr/bin/env bash
# Lighthouse (mobile emulation) on the release build: the first page, an empty chat, a conversation of 200 messages.
# Prints the scores; the reports are in target/lighthouse. Lighthouse itself is fetched the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/servers.sh
scripts/setup.sh test
scripts/build.sh --if-changed
cargo build --quiet --features ssr --bin fake-provider
lighthouse=$SQUAD_CACHE/lighthouse/node_modules/lighthouse/cli/index.js
[ -f "$lighthouse" ] || npm install --silent --no-audit --no-fund --prefix "$SQUAD_CACHE/lighthouse" lighthouse@13 >&2 ||
  die "Lighthouse could not be installed. Check the network and run again"
export CHROME_PATH=${CHROME_PATH:-$(command -v chromium || command -v google-chrome || ls "$HOME"/.cache/ms-playwright/chromium-*/chrome-linux/chrome | head -1)}
own_folder lighthouse
"$CARGO_TARGET_DIR/debug/fake-provider" --port 0 --ttft-ms 0 --tokens-per-second 0 --tokens 80 >"$work/fake" 2>&1 & pids+=($!)
provider=$(ready "$work/fake")
SQUAD_ADDR=127.0.0.1:0 SQUAD_DATA_DIR="$work/data" SQUAD_LIMITS=off SQUAD_ANSWER_CACHE=off SQUAD_ROUTER=words SQUAD_LOG=warn \
  ANTHROPIC_API_KEY=test-key ANTHROPIC_BASE_URL="$provider" dist/squad >"$work/out" 2>"$work/err" & pids+=($!)
url=$(ready "$work/out")

say "writing a conversation of 200 messages"
send() { curl -sf -c "$work/jar" -b "$work/jar" -H 'content-type: application/json' -d "$1" "$url/api/chat"; }
conversation=$(send '{"message": "How do I begin?"}' | sed 's/.*"conversation_id":"\([^"]*\)".*/\1/')
for number in $(seq 2 100); do send "{\"message\": \"Question $number?\", \"conversation_id\": \"$conversation\"}" >/dev/null; done
session=$(awk '$6 == "squad_session" { print $7 }' "$work/jar")

mkdir -p target/lighthouse
for page in "/" "/chat" "/chat/$conversation"; do
  name=$(echo "$page" | sed "s|$conversation|long|; s|^/$|start|; s|/|-|g; s|^-||")
  node "$lighthouse" "$url$page" --quiet --output=json --output=html --output-path="target/lighthouse/$name" \
    --only-categories=performance,accessibility,best-practices,seo --extra-headers="{\"Cookie\": \"squad_session=$session\"}" \
    --chrome-flags="--headless=new --no-sandbox --disable-gpu" >/dev/null
  node -e '
    const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
    const s = Object.values(r.categories).map((c) => `${c.title} ${Math.round(c.score * 100)}`).join("  ");
    const m = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"].map((id) => `${r.audits[id].title} ${r.audits[id].displayValue}`).join("  ");
    console.log(`${process.argv[2].padEnd(12)} ${s}\n${" ".repeat(13)}${m}`);
    for (const c of Object.values(r.categories)) for (const { id, weight } of c.auditRefs) if (weight && r.audits[id].score !== null && r.audits[id].score < 0.9) console.log(`${" ".repeat(13)}- ${r.audits[id].title} ${r.audits[id].displayValue ?? ""}`);
  ' "target/lighthouse/$name.report.json" "$(echo "$page" | sed "s|$conversation|{200}|")"
done
