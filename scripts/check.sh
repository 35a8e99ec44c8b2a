#!/usr/bin/env bash
# Every static check; all of them run, so that one pass shows all that is wrong.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/node.sh"
failed=()

check() {
  local name=$1
  shift
  say "check: $name"
  "$@" || failed+=("$name")
}

check "lint" "$venv/bin/ruff" check .
check "format" "$venv/bin/ruff" format --check .
check "types" "$venv/bin/mypy"
check "layers" "$venv/bin/lint-imports" --no-cache
check "front-end types" npm --prefix player run --silent check
check "generated docs" "$venv/bin/python" scripts/generate_docs.py --check

[ ${#failed[@]} -eq 0 ] || fail "failed: $(printf '%s, ' "${failed[@]}" | sed 's/, $//')" \
  "make fmt mends format and some lint; make docs writes the generated docs again."
say "All checks passed"
