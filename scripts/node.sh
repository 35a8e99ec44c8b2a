# Puts a Node of at least 20 first on PATH, with its npm; sourced after lib.sh.

node_works() { "$1" -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; }

if [ -x "$venv/bin/node" ] && node_works "$venv/bin/node"; then
  export PATH=$venv/bin:$PATH
elif ! have node || ! node_works node || ! have npm; then
  fail "Node 20 or newer is needed to build the player, and the wheel that brings it is not in .venv." \
    "Run scripts/setup.sh python first, or install Node 20+ with npm."
fi
