#!/usr/bin/env bash
# The whole proof: set-up, the system's parts that tests drive, static checks, front-end tests,
# then unit, contract, integration, end-to-end and documentation tests.
# Usage: scripts/test.sh [pytest arguments]; WORKERS=0 runs them one after another.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

scripts/setup.sh
scripts/system.sh
scripts/test_servers.sh
scripts/check.sh
source "$(dirname "$0")/node.sh"
say "Testing the player's modules"
npm --prefix player test --silent
say "Testing"
exec scripts/run_tests.sh "$@"
