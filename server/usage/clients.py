"""What kind of client asks, and from which address, as far as accounting has to know. Pure."""

from __future__ import annotations

import hmac
import ipaddress
import re

_BOT = re.compile(
    r"(?<!cu)bot\b|crawler|spider|slurp|scrapy|phantomjs|selenium|webdriver", re.IGNORECASE
)
"""Programs that say so. Libraries of programmers are not among them: players are made with them.
Cubot makes telephones."""
_BROWSER = re.compile(r"mozilla/|opera/", re.IGNORECASE)


def kind(agent: str) -> str:
    """`bot`, `browser`, `app`, or empty when the client says nothing."""
    if _BOT.search(agent[:500]):
        return "bot"
    if _BROWSER.match(agent):
        return "browser"
    return "app" if agent.strip() else ""


def digest(secret: bytes, address: str) -> str:
    """An address that can be told from others but not read: of its /24, or /64 for IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    width = 24 if found.version == 4 else 64
    network = ipaddress.ip_network((found, width), strict=False)
    return hmac.digest(secret, f"segue.address/{network}".encode(), "sha256").hex()[:32]
