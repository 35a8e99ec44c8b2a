#!/usr/bin/env bash
# Format the code and apply the linter's safe fixes.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

"$venv/bin/ruff" check --fix-only .
"$venv/bin/ruff" format .
