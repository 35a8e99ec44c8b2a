#!/usr/bin/env bash
# .venv with the locked dependencies, and Segue itself when its code is there.
# PYTHON names an interpreter to use; otherwise the first of the usual names that is new enough.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if have "$name" && "$name" -c "$new_enough" 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "Python 3.11 or newer is needed${PYTHON:+, and PYTHON=$PYTHON is not}." \
    "On Debian 12 and Ubuntu 24.04: sudo apt-get install python3 python3-venv" \
    "Already have one under another name? PYTHON=/path/to/python make setup"
}

# Debian splits ensurepip off its python3; without it a venv has no pip.
require_venv() {
  "$1" -c 'import ensurepip, venv' 2>/dev/null && return
  local version
  version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  fail "$1 cannot make virtual environments (no ensurepip)." \
    "sudo apt-get install python$version-venv"
}

# The scripts of a venv hold its path and its packages one Python's minor version: a moved checkout
# or a newer system Python needs a new one.
venv_fingerprint() {
  "$venv/bin/python" -c 'import sys; print(sys.version_info[:2], sys.prefix)' 2>/dev/null | digest
}

make_venv() {
  fresh venv "$(venv_fingerprint)" && return
  local python
  python=$(find_python)
  require_venv "$python"
  say "Making .venv with $("$python" -V)"
  rm -rf "$venv"
  "$python" -m venv "$venv" || fail "$python could not make $venv (see above)."
  done_with venv "$(venv_fingerprint)"
}

install_locked() {
  local fingerprint
  fingerprint=$(digest <requirements.lock)
  fresh requirements "$fingerprint" && return
  say "Installing the locked dependencies into .venv"
  "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements.lock ||
    fail "The locked dependencies could not be installed (see above)." \
      "pip must reach a Python package index; a mirror is set with PIP_INDEX_URL or pip.conf."
  done_with requirements "$fingerprint"
}

# An image layer holds the lock without the code; the code joins in a later step.
install_segue() {
  [ -d server ] || return 0
  local fingerprint
  fingerprint=$(digest "$(cat "$stamps/requirements")" <pyproject.toml)
  if fresh segue "$fingerprint" && [ -x "$venv/bin/segue" ]; then return; fi
  say "Installing segue into .venv (editable)"
  "$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation -e . ||
    fail "segue itself could not be installed into .venv (see above)."
  done_with segue "$fingerprint"
}

make_venv
install_locked
install_segue
