"""Is what is open to the internet defended?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import Unavailable
from ingest.doors.common.bans import networks
from server.cli.checkup.verdict import fail, ok, warn
from server.wiring import scanner as made_scanner

if TYPE_CHECKING:
    from core.settings import Settings
    from server.cli.checkup.verdict import Patient, Verdict

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_MANY = 10_000
_HOW = "see docs/how-to/open-doors-to-the-internet.md"


def guard(about: Patient) -> Verdict:
    """Bans, limits, and who is exempt from them."""
    chosen = about.settings.guard
    try:
        exempt = networks(chosen.allow)
    except ValueError as wrong:
        return fail(f"`guard.allow`: {wrong}", "addresses or networks, such as 192.0.2.0/24")
    risks = []
    if not chosen.failures:
        risks.append("`guard.failures` is 0: nobody who guesses passwords is banned")
    if not chosen.account_failures:
        risks.append("`guard.account_failures` is 0: guessing from many addresses goes on")
    if not chosen.people_failures:
        risks.append("`guard.people_failures` is 0: trying many listeners' accounts goes on")
    if any(net.num_addresses > _MANY and not net.is_private for net in exempt):
        risks.append("`guard.allow` exempts a large public network from bans")
    wide = _open(about.settings)
    if wide and chosen.connections > _MANY and chosen.per_address > _MANY:
        risks.append(f"{', '.join(wide)} listen to everybody without a limit of connections")
    if risks:
        return warn("; ".join(risks), _HOW)
    told = f"bans after {chosen.failures} failures, {chosen.per_address} connections an address"
    return ok(f"{told}; open to the network: {', '.join(wide) or 'nothing'}")


def scanner(about: Patient) -> Verdict:
    """ClamAV, where it is configured."""
    clamd = made_scanner(about.settings)
    if clamd is None:
        told = "none: files are not scanned for viruses (`clamav.address`)"
        return warn(told, _HOW) if _open(about.settings) else ok(told)
    try:
        return ok(clamd.ping())
    except Unavailable as away:
        return warn(f"{away.message}: deliveries wait", away.remedy)


def _open(settings: Settings) -> list[str]:
    """Doors that listen to more than this machine."""
    doors = [("SFTP", settings.sftp.host), ("HTTP", settings.web.host)]
    if settings.doors.ftp.enabled:
        doors.append(("FTP", settings.doors.ftp.host))
    return [name for name, host in doors if host not in _LOOPBACK]
