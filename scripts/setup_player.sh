#!/usr/bin/env bash
# The browser player: npm's locked packages, then one esbuild run into player/static.
# Node comes with the locked Python dependencies; a system Node of at least 20 does as well.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/node.sh"
[ -f player/package.json ] || exit 0

install_packages() {
  local fingerprint
  fingerprint=$(node --version | digest "$(uname -m)" "$(cat player/package-lock.json)")
  if fresh npm "$fingerprint" && [ -d player/node_modules ]; then return; fi
  say "Installing the player's locked npm packages (node $(node --version))"
  (cd player && npm ci --ignore-scripts --loglevel=error) ||
    fail "npm could not install the player's packages (see above)." \
      "npm must reach a package registry; a mirror is set with NPM_CONFIG_REGISTRY or .npmrc."
  done_with npm "$fingerprint"
}

sources() {
  find player -path player/node_modules -prune -o -path 'player/static*' -prune -o \
    -name __pycache__ -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
}

build_player() {
  local fingerprint
  fingerprint=$(sources | digest)
  if fresh player "$fingerprint" && [ -d player/static ]; then return; fi
  say "Building the player"
  (cd player && node build.mjs) || fail "The player could not be built (see above)."
  done_with player "$fingerprint"
}

install_packages
build_player
