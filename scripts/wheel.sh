#!/usr/bin/env bash
# Build dist/segue-*.whl with the player in it, by the build tools that the lock pins.
# Usage: scripts/wheel.sh [FOLDER]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

target=${1:-dist}
say "Building the wheel into $target"
rm -rf build
"$venv/bin/python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$target" .
