#!/usr/bin/env bash
# Remove everything that set-up, checks and tests made. Never touches a data folder.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

say "Removing .venv, player/node_modules, player/static, caches and builds"
rm -rf .venv player/node_modules player/static* .cache .pytest_cache .mypy_cache .ruff_cache \
  .import_linter_cache .hypothesis .coverage build dist segue.egg-info
find . -name __pycache__ -type d -prune -exec rm -rf {} +
