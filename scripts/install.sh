#!/usr/bin/env bash
# Install Segue for production: a virtual environment of its own that holds the wheel and only
# what it needs at run time, each file checked against the lock. The image does the same.
# Usage: scripts/install.sh PREFIX      e.g. scripts/install.sh /opt/segue
set -euo pipefail
source "$(dirname "$0")/lib.sh"

[ $# -eq 1 ] || fail "say where: scripts/install.sh PREFIX" "for example: make install PREFIX=/opt/segue"
prefix=$1
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

scripts/wheel.sh "$build"
"$venv/bin/python" scripts/runtime_lock.py >"$build/runtime.lock"
say "Installing into $prefix"
# The base interpreter, not the link in .venv: the checkout may go away afterwards.
base=$("$venv/bin/python" -c 'import sys; print(sys._base_executable)')
"$base" -m venv "$prefix"
"$prefix/bin/python" -m pip install --quiet --require-hashes -r "$build/runtime.lock"
"$prefix/bin/python" -m pip install --quiet --no-deps --force-reinstall "$build"/segue-*.whl
say "Done: $prefix/bin/segue"
