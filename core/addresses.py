"""Which addresses lie on the public internet: tables of the IANA special-purpose registries.

Own tables, because what `ipaddress` calls global differs between releases of Python.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_NEVER_4 = (
    "0.0.0.0/8",  # this network
    "168.63.129.16/32",  # Azure's own services of each machine, a public number
    "169.254.0.0/16",  # link-local, and metadata of the clouds
    "192.0.0.0/24",  # protocol assignments, and metadata of Oracle's cloud
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # 6to4 relays
    "198.51.100.0/24",
    "203.0.113.0/24",
    "100.100.100.200/32",  # metadata of Alibaba's cloud
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
)
_PRIVATE_4 = (
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared by customers of a provider (CGNAT)
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",  # benchmarks
)
_GLOBAL_6 = ("2000::/3",)
_NEVER_6 = (
    "2001::/23",  # protocol assignments, among them Teredo, which carries an IPv4 address
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4 carries an IPv4 address
    "3fff::/20",
    "fd00:ec2::254/128",  # metadata of Amazon's cloud
    "fd20:ce::254/128",  # metadata of Google's cloud
)
_PRIVATE_6 = ("::1/128", "fc00::/7")


def _nets_4(texts: tuple[str, ...]) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(text) for text in texts)


def _nets_6(texts: tuple[str, ...]) -> tuple[IPv6Network, ...]:
    return tuple(IPv6Network(text) for text in texts)


_BAD_4, _OWN_4 = _nets_4(_NEVER_4), _nets_4(_PRIVATE_4)
_BAD_6, _OWN_6, _OPEN_6 = _nets_6(_NEVER_6), _nets_6(_PRIVATE_6), _nets_6(_GLOBAL_6)


def read_address(text: str) -> Address | None:
    """An address as it is written in full; None for names and for short, octal and zoned forms."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return None if isinstance(found, IPv6Address) and found.scope_id else found


def reachable(address: Address, *, private: bool = False) -> bool:
    """Whether a stranger's URL may lead here: public addresses, and with `private` those of one's
    own machine and networks too. Never link-local, multicast, reserved or metadata ones, and never
    IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4, Teredo)."""
    if isinstance(address, IPv4Address):
        if any(address in net for net in _BAD_4):
            return False
        return private or not any(address in net for net in _OWN_4)
    if address.scope_id or any(address in net for net in _BAD_6):
        return False
    if any(address in net for net in _OPEN_6):
        return True
    return private and any(address in net for net in _OWN_6)
