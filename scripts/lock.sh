#!/usr/bin/env bash
# Pin the dependencies anew: every file by its hash, for every platform, and no addresses, so that
# a lock says what is installed and never from where. Look at the diff before you commit it.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/node.sh"

# uv resolves for all platforms at once; it is a tool of this one step, so it stays out of .venv.
tools=$root/.cache/lock-tools
if [ ! -x "$tools/bin/uv" ]; then
  say "Fetching uv into .cache"
  "$venv/bin/python" -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet uv
fi
say "Locking Python packages into requirements.lock"
"$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-annotate --no-header ${UPGRADE:+--upgrade} \
  pyproject.toml --group build --group dev -o requirements.lock

for folder in player tests/node; do
  say "Locking npm packages into $folder/package-lock.json"
  (cd "$folder" && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved)
done
