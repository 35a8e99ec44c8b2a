#!/usr/bin/env bash
# Everything that a checkout needs, in one idempotent step; a second run takes a blink.
# Needs no root. Usage: scripts/setup.sh [python|player|all]
set -euo pipefail
source "$(dirname "$0")/lib.sh"
hold_lock

part=${1:-all}
case $part in
python) scripts/setup_python.sh ;;
player) scripts/setup_player.sh ;;
all)
  scripts/setup_python.sh
  scripts/setup_player.sh
  ;;
*) fail "unknown part '$part'" "usage: scripts/setup.sh [python|player|all]" ;;
esac
