#!/usr/bin/env bash
# Builds what changed and runs it. A second run without changes starts in a moment.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
# everything a build depends on
stamp=$(git ls-files -z -co --exclude-standard -- src style public migrations .sqlx Cargo.toml Cargo.lock package-lock.json 2>/dev/null | sort -z | xargs -0 -r stat -c '%n %Y %s' 2>/dev/null | sha256sum | cut -c1-16)${SQUAD_FEATURES:+-$SQUAD_FEATURES}
if [ ! -x dist/squad ] || [ "$(cat dist/stamp 2>/dev/null)" != "$stamp" ]; then
  scripts/build.sh
  echo "$stamp" >dist/stamp
fi
[ -n "${DATABASE_URL:-}" ] || scripts/setup.sh --postgres >/dev/null
exec dist/squad
