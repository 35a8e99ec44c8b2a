#!/usr/bin/env bash
# Servers that tests start and that come from npm: the Azurite emulator of Azure Blob storage.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/node.sh"

fingerprint=$(node --version | digest "$(uname -m)" "$(cat tests/node/package-lock.json)")
if fresh test-servers "$fingerprint" && [ -d tests/node/node_modules ]; then exit 0; fi
say "Installing the tests' own servers from npm (node $(node --version))"
(cd tests/node && npm ci --ignore-scripts --loglevel=error) ||
  fail "npm could not install the tests' servers (see above)." \
    "npm must reach a package registry; a mirror is set with NPM_CONFIG_REGISTRY or .npmrc."
done_with test-servers "$fingerprint"
