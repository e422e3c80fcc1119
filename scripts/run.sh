#!/usr/bin/env bash
# Builds what changed and runs it. A second run without changes starts in a moment.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
scripts/build.sh --if-changed
[ -n "${DATABASE_URL:-}" ] || scripts/setup.sh --postgres >/dev/null
exec dist/squad
