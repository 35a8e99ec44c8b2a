#!/usr/bin/env bash
# The parts of the system that tests drive: a browser, stock clients, a real S3 server, a virus scanner.
# As root it installs what is missing; otherwise it names the exact packages and goes on, because
# tests that lack one skip with a reason. With CI=true a missing part is a failure.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# Debian keeps servers in folders that only root's PATH has.
PATH=$PATH:/usr/sbin:/sbin

# program → Debian package
parts="
  chromium:chromium curl:curl ffmpeg:ffmpeg lftp:lftp rclone:rclone sftp:openssh-client
  ceph-mon:ceph-mon mpv:mpv nginx:nginx-light ceph-osd:ceph-osd radosgw:radosgw clamd:clamav-daemon haproxy:haproxy
  faketime:faketime fc-list:fontconfig fiu-run:fiu-utils setpriv:util-linux unshare:util-linux
"

# Debian calls it chromium; elsewhere any Chromium or Chrome serves.
present() {
  case $1 in
  chromium) have chromium || have chromium-browser || have google-chrome ;;
  *) have "$1" ;;
  esac
}

missing_packages() {
  local part
  for part in $parts; do present "${part%%:*}" || printf '%s\n' "${part#*:}"; done
  # Without a font every screenshot is boxes.
  if ! have fc-list || [ -z "$(fc-list)" ]; then printf 'fonts-dejavu-core\n'; fi
}

apt_install() {
  apt-get install -y -qq -o DPkg::Lock::Timeout=120 --no-install-recommends "$@" >/dev/null
}

# One package that a distribution lacks (Ubuntu ships Chromium as a snap) must not hold up the others.
install() {
  export DEBIAN_FRONTEND=noninteractive
  say "Installing for the tests: $*"
  apt-get update -qq || say "The lists of packages could not be brought up to date"
  apt_install "$@" && return
  local package
  for package in "$@"; do apt_install "$package" || say "$package could not be installed (see above)"; done
}

mapfile -t missing < <(missing_packages | sort -u)
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && have apt-get; then
  install "${missing[@]}"
  mapfile -t missing < <(missing_packages | sort -u)
  [ ${#missing[@]} -gt 0 ] || exit 0
fi
if [ "${CI:-}" = true ]; then
  fail "Tests need what this machine lacks: ${missing[*]}" \
    "sudo apt-get install --no-install-recommends ${missing[*]}"
fi
say "Tests that need these skip: ${missing[*]}"
say "To run them too: sudo apt-get install --no-install-recommends ${missing[*]}"
