#!/usr/bin/env bash
# Hostile messages by the thousand through everything that reads messages.
# Usage: CASES=100000 SEED=7 OUT=build/fuzz scripts/fuzz.sh; REPLAY=build/fuzz judges what broke again
set -euo pipefail
source "$(dirname "$0")/lib.sh"

arguments=(--cases "${CASES:-100000}" --out "${OUT:-build/fuzz}")
if [ -n "${SEED:-}" ]; then arguments+=(--seed "$SEED"); fi
if [ -n "${REPLAY:-}" ]; then arguments+=(--replay "$REPLAY"); fi
# A module run by the interpreter: a crash of the parser's C code ends it, and the script tells.
"$venv/bin/python" -m tests.fuzz "${arguments[@]}" || {
  status=$?
  if [ "$status" -gt 1 ]; then
    fail "the run died ($status)" "what it judged last: ${OUT:-build/fuzz}/current.xml"
  fi
  exit "$status"
}
