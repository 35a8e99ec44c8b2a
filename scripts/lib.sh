# Shared by the scripts beside it; sourced, never run. Callers set -euo pipefail first.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
stamps=$venv/stamps
cd "$root"

# Set-up must not depend on who runs it: no prompts, no notices, no bytecode of another user.
export PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_REQUIRE_VIRTUALENV=1
# Node trusts what the machine trusts, as pip's Python does.
export NODE_USE_SYSTEM_CA=1
export NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false NPM_CONFIG_UPDATE_NOTIFIER=false

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

fail() {
  printf '\033[31merror:\033[0m %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# digest WORD... — one fingerprint of the given words and of standard input
digest() { { printf '%s\n' "$@"; cat; } | sha256sum | cut -d' ' -f1; }

# fresh NAME FINGERPRINT — true when step NAME was last finished with this fingerprint
fresh() { [ "$(cat "$stamps/$1" 2>/dev/null || true)" = "$2" ]; }

# done_with NAME FINGERPRINT — remember that step NAME is finished
done_with() {
  mkdir -p "$stamps"
  printf '%s\n' "$2" >"$stamps/$1"
}

# One set-up at a time in one checkout: `make run` and `make test` may start together.
hold_lock() {
  mkdir -p "$root/.cache"
  exec 9>"$root/.cache/setup.lock"
  flock 9
}
