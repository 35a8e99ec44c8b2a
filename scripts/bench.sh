#!/usr/bin/env bash
# One benchmark by name; without a name, the list of them.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

if [ $# -eq 0 ]; then
  names=$(find bench -maxdepth 1 -name '[a-z]*.py' -exec basename {} .py \; | sort | paste -sd' ')
  fail "name a benchmark: make bench NAME=…" "there are: $names"
fi
exec "$venv/bin/segue" bench "$@"
