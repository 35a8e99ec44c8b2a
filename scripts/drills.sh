#!/usr/bin/env bash
# Deliver while everything around breaks, and count afterwards.
# Usage: UPLOADS=200 DRILLS=1 SEED=7 scripts/drills.sh
set -euo pipefail
source "$(dirname "$0")/lib.sh"

scripts/system.sh
export SEGUE_TEST_DRILL_UPLOADS=${UPLOADS:-200} SEGUE_TEST_DRILLS=${DRILLS:-1}
if [ -n "${SEED:-}" ]; then export SEGUE_TEST_DRILL_SEED=$SEED; fi
exec "$venv/bin/pytest" tests/drills -p no:randomly "$@"
