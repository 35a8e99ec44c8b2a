"""Failed logins cost time, and too many of them shut the door: per address, per account, and where
people share an address per account from there.

Pure: what is counted, and what follows. Whoever asks about an unknown account meets the same.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Protocol

from ingest.doors.common.audit import shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address, IPv4Network

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

_REMEMBERED = 10_000
_SUBJECT_LENGTH = 100
_SHARES = 64
_HALF_OF_V6 = 64
STRIKES_KEPT = timedelta(days=1)
"""How long after its end a ban still makes the next one of the same subject longer."""


class Kind(StrEnum):
    """What a ban is of."""

    ADDRESS = "address"
    ACCOUNT = "account"
    PAIR = "pair"
    """An account from one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BanPolicy:
    """When failures delay and ban. Times in seconds; `failures` of 0 bans nothing of that kind.

    Answers to failures are late by `first`, then twice as much each time, up to `longest_delay`.
    `people_failures` is the number for an address that many people share. A first ban lasts `ban`,
    each further one twice as long, up to `longest`. Addresses in `allow` are never banned; accounts
    are also banned for them.
    """

    first: float = 0.5
    longest_delay: float = 8.0
    window: float = 600.0
    failures: int = 10
    account_failures: int = 10
    people_failures: int = 50
    ban: float = 900.0
    longest: float = 86_400.0
    allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")

    def limit(self, kind: Kind, *, shared: bool = False) -> int:
        """How many failures bring a ban of this kind; `shared`: many people have the address."""
        if kind is Kind.ACCOUNT:
            return self.account_failures
        return self.people_failures if shared and kind is Kind.ADDRESS else self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """Nobody comes in from this address, or by password to this account, before `until`.

    `subject` is an IPv4 address, an IPv6 network of 64 bits, a user name as it can be shown, or an
    address and a user name with a blank between them.
    """

    kind: Kind
    subject: str
    since: datetime
    until: datetime
    failures: int
    strikes: int
    door: str

    @property
    def key(self) -> tuple[Kind, str]:
        return self.kind, self.subject


class BanStore(Protocol):
    """Keeps bans beyond a restart. Blocks; called in threads."""

    def load(self) -> list[Ban]:
        """All that are kept, those that have ended among them."""
        ...

    def keep(self, ban: Ban) -> None:
        """Write one down, in place of an earlier one of its subject."""
        ...


@dataclass(slots=True)
class _Count:
    failures: int
    first: datetime
    last: datetime
    shares: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Failures:
    """Failures by subject; not safe for threads by itself, memory bounded.

    A count ends when `policy.window` passes without a failure, or, unless it is `sliding`, when
    that time has passed since its first.
    """

    policy: BanPolicy
    sliding: bool = True
    _counts: OrderedDict[tuple[Kind, str], _Count] = field(default_factory=OrderedDict)

    def add(self, kind: Kind, subject: str, now: datetime, by: str = "") -> int:
        """Count one; how many there are now. `by` is whom it may be forgiven for."""
        key = (kind, subject)
        count = self._counts.pop(key, None)
        if count is None or not timedelta(0) <= now - self._from(count) <= self._window:
            count = _Count(0, now, now)
        count.failures, count.last = count.failures + 1, now
        if by in count.shares or len(count.shares) < _SHARES:
            count.shares[by] = count.shares.get(by, 0) + 1
        self._counts[key] = count
        if len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)
        return count.failures

    def _from(self, count: _Count) -> datetime:
        return count.last if self.sliding else count.first

    def forgive(self, kind: Kind, subject: str, by: str) -> None:
        """Take back those that were counted for `by`."""
        count = self._counts.get((kind, subject))
        if count is not None:
            count.failures -= count.shares.pop(by, 0)

    def forget(self, kind: Kind, subject: str) -> None:
        """Start at nothing again."""
        self._counts.pop((kind, subject), None)

    @property
    def _window(self) -> timedelta:
        return timedelta(seconds=self.policy.window)

    def delay(self, failures: int) -> float:
        """Seconds that the answer to the last of so many failures waits."""
        grown = self.policy.first * 2.0 ** min(failures - 1, 16)
        return min(grown, self.policy.longest_delay)

    def sentence(
        self,
        kind: Kind,
        subject: str,
        failures: int,
        before: Ban | None,
        now: datetime,
        door: str,
        *,
        shared: bool = False,
    ) -> Ban | None:
        """The ban that so many failures bring, None when they bring none."""
        limit = self.policy.limit(kind, shared=shared)
        if not limit or failures < limit:
            return None
        strikes = 1
        if before is not None and now - before.until < STRIKES_KEPT:
            strikes = before.strikes + 1
        seconds = min(self.policy.ban * 2.0 ** min(strikes - 1, 16), self.policy.longest)
        return Ban(
            kind=kind,
            subject=subject,
            since=now,
            until=now + timedelta(seconds=seconds),
            failures=failures,
            strikes=strikes,
            door=door,
        )


@lru_cache(4096)
def address_of(peer: str) -> Address | None:
    """The address that a socket tells, IPv4 in IPv6 as IPv4; None when it is none."""
    try:
        found = ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


@lru_cache(4096)
def subject_of(peer: str) -> str:
    """What is banned for an address: IPv6 by the 64 bits that one customer has.

    >>> subject_of("2001:db8::7:1"), subject_of("::ffff:192.0.2.7")
    ('2001:db8::/64', '192.0.2.7')
    """
    address = address_of(peer)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _HALF_OF_V6), strict=False))
    return str(address) if address is not None else shown(peer)[:_SUBJECT_LENGTH]


def account_of(username: str) -> str:
    r"""What is counted for a user name, whatever was typed: it has to fit into a database.

    >>> account_of("al\x00pha")
    'al\\x00pha'
    """
    return shown(username)[:_SUBJECT_LENGTH]


def pair_of(subject: str, account: str) -> str:
    """What is banned for an account from one address."""
    return f"{subject} {account}"[:_SUBJECT_LENGTH]


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and CIDR networks as they are written in settings.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ip_network(text.strip(), strict=False) for text in texts if text.strip())


def within(peer: str, nets: Iterable[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    address = address_of(peer)
    return address is not None and any(
        address.version == net.version and address in net for net in nets
    )
