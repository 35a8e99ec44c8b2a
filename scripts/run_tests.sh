#!/usr/bin/env bash
# Runs the tests; those of one file stay together, for they share what they started.
# Usage: scripts/run_tests.sh [pytest arguments]; WORKERS=0 runs them one after another.
#
# Tests that drive real servers can fail of a machine that stood still for a moment. When few of them
# failed, and nothing else, each is run once more, alone: what fails again is broken, what passes is
# told as unsteady and to be mended. Tests without servers are never forgiven.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

few=5
forgiven='^tests/(integration|e2e|drills)/.*\.py::'
memory=$(mktemp -d)
trap 'rm -rf "$memory"' EXIT

pytest() { "$venv/bin/pytest" -o cache_dir="$memory" "$@"; }

code=0
pytest -n "${WORKERS:-auto}" --dist loadfile --no-loadscope-reorder \
  --max-worker-restart 0 "$@" || code=$?
[ "$code" = 1 ] || exit "$code" # 0: all passed; others: interrupted, or not even begun
[ ! -e "$memory/v/segue/crashed" ] || exit 1 # a worker is gone, and so are the tests it had

# One node id a line, as pytest wrote them down; those of files that can't be read have no "::".
mapfile -t failed < <("$venv/bin/python" -c \
  'import json, sys; print(*json.load(open(sys.argv[1])), sep="\n")' "$memory/v/cache/lastfailed")
[ ${#failed[@]} -gt 0 ] && [ ${#failed[@]} -le $few ] || exit 1
for test in "${failed[@]}"; do [[ $test =~ $forgiven ]] || exit 1; done

say "Once more, alone: ${#failed[@]} failed"
for test in "${failed[@]}"; do
  pytest -n 0 -p no:randomly "$test" || fail "failed twice: $test"
done
for test in "${failed[@]}"; do say "Unsteady: $test failed in the whole run and passed alone. Mend it."; done
