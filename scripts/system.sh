#!/usr/bin/env bash
# The parts of the system that tests drive: a browser, stock SFTP and FTP clients, the system's own ffmpeg.
# As root it installs what is missing; otherwise it names the exact packages and goes on, because
# tests that lack one skip with a reason. With CI=true a missing part is a failure.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# program → Debian package
parts="chromium:chromium lftp:lftp curl:curl sftp:openssh-client ffmpeg:ffmpeg unshare:util-linux setpriv:util-linux fc-list:fontconfig radosgw:radosgw ceph-mon:ceph-mon ceph-osd:ceph-osd rclone:rclone clamd:clamav-daemon fiu-run:fiu-utils faketime:faketime haproxy:haproxy"

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
