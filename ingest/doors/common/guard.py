"""Stands before every door: who may connect, how often one may fail to log in, who is inside.

One guard serves all doors of a process. What may block (`failed`, `session`, `refresh`) is called
in threads; the rest is quick.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from core.clock import system_clock
from core.ids import secret_id
from ingest.doors.common.audit import MemoryAudit, Trail, shown
from ingest.doors.common.bans import BanPolicy, subject_of
from ingest.doors.common.lease import Lease
from ingest.doors.common.limits import NO_TERMS, judge_entry
from ingest.doors.common.logins import Logins
from ingest.doors.common.rates import Rate
from ingest.doors.common.refusals import Reason, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from core.clock import Clock
    from ingest.doors.common.audit import Audit
    from ingest.doors.common.bans import Ban, BanStore
    from ingest.feed_terms import FeedTerms

_log = structlog.get_logger(__name__)
_TOLD_AGAIN = timedelta(minutes=1)
_KNOWN = 10_000
_FRESH = 2.0
_SERVES = {
    "ftps": frozenset({"ftps", "ftp"}),
    "http": frozenset({"http", "s3", "gcs", "azure", "atom"}),
}
"""Doors by which feeds of other protocols come too: those of plain FTP may use TLS, and those of
stores ask over the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardPolicy:
    """Bans, and how many connections there may be: in all doors, and from one address.

    Addresses that `bans.allow` names may have as many as there are.
    """

    bans: BanPolicy = field(default_factory=BanPolicy)
    connections: int = 1000
    per_address: int = 100


class Guard:
    """Bans, limits and who is inside.

    >>> guard = Guard()
    >>> guard.admit("192.0.2.7", "sftp") is None
    True
    >>> guard.leave("192.0.2.7", "sftp")
    """

    def __init__(
        self,
        policy: GuardPolicy | None = None,
        *,
        clock: Clock = system_clock,
        store: BanStore | None = None,
        audit: Audit | None = None,
        terms: Callable[[str], FeedTerms] = lambda _feed_id: NO_TERMS,
    ) -> None:
        """`terms` gives what is agreed with a feed, by its id; it may block."""
        self.policy = policy or GuardPolicy()
        self.audit: Audit = audit if audit is not None else MemoryAudit()
        self.clock = clock
        self._ask_terms = terms
        self._terms: dict[str, tuple[float, FeedTerms]] = {}
        self._logins = Logins(self.policy.bans, clock, store)
        self._connections: Counter[str] = Counter()
        self._sessions: dict[str, set[Lease]] = {}
        self._rates: dict[str, Rate] = {}
        self._told: OrderedDict[str, datetime] = OrderedDict()
        self._lock = threading.Lock()

    # connections

    def admit(self, peer: str, door: str) -> Refused | None:
        """Count a connection in, or say why not. What was counted in has to `leave`."""
        subject, refusal = subject_of(peer), self._logins.banned(peer)
        with self._lock:
            refusal = refusal or self._crowded(peer, subject)
            if refusal is None:
                self._connections[subject] += 1
                return None
            tell = self._worth_telling(subject)
        if tell:
            self.trail(door, peer).record(
                "connect", outcome=refusal.reason.value, detail=refusal.text
            )
        return refusal

    def leave(self, peer: str, door: str) -> None:  # noqa: ARG002 - who asks names its door
        """Count a connection out."""
        subject = subject_of(peer)
        with self._lock:
            self._connections[subject] -= 1
            if self._connections[subject] <= 0:
                del self._connections[subject]

    def _crowded(self, peer: str, subject: str) -> Refused | None:
        if self._connections.total() >= self.policy.connections:
            return Refused(Reason.LIMIT, "too many connections; come back later", retry_after=30)
        if self._connections[subject] < self.policy.per_address or self._logins.exempt(peer):
            return None
        return Refused(
            Reason.LIMIT,
            f"{self.policy.per_address} connections of your address are open; close some first",
            retry_after=30,
        )

    def _worth_telling(self, subject: str) -> bool:
        """Whoever knocks a thousand times a second is written down once a minute."""
        now = self.clock()
        told = self._told.pop(subject, None)
        again = told is None or now - told >= _TOLD_AGAIN
        self._told[subject] = now if again or told is None else told
        if len(self._told) > _KNOWN:
            self._told.popitem(last=False)
        return again

    # logins

    def barred(self, peer: str, username: str, door: str) -> Refused | None:  # noqa: ARG002
        """Whether this address, or this account for strangers to it, may not even try."""
        return self._logins.barred(peer, username)

    def failed(self, peer: str, username: str, door: str, *, shared: bool = False) -> float:
        """Count a failed login; how many seconds its answer shall wait. May block.

        `shared`: by this door many people come from one address.
        """
        delay, bans = self._logins.failed(peer, username, door, shared=shared)
        trail = self.trail(door, peer, username=username)
        trail.record("login", outcome=Reason.DENIED.value)
        for ban in bans:
            self._tell(ban, trail)
        return delay

    def _tell(self, ban: Ban, trail: Trail) -> None:
        _log.warning("banned", kind=ban.kind.value, subject=shown(ban.subject), door=ban.door)
        trail.record(
            "ban", target=ban.subject, detail=f"{ban.kind.value} until {ban.until:%F %T} UTC"
        )
        try:
            self._logins.keep(ban)
        except Exception:  # noqa: BLE001 - it holds in memory; the door goes on without a database
            _log.exception("ban_not_kept", kind=ban.kind.value)

    def succeeded(self, peer: str, username: str, door: str) -> None:  # noqa: ARG002
        """Forget the failures of this address with this account."""
        self._logins.succeeded(peer, username)

    def remember(self, logins: Iterable[tuple[str, str]]) -> None:
        """Accounts and the addresses that they came in from before this process, oldest first."""
        self._logins.remember(logins)

    # sessions

    def session(
        self, feed_id: str, peer: str, door: str, username: str = "", *, told: bool = True
    ) -> Lease:
        """A feed comes in; a context manager, to be closed when it leaves. May block.

        `told`: its coming and going is written down; of a door whose sessions are single requests
        these are written down instead.

        Raises:
            Refused: not from this address, not at this hour, or too often at once.
        """
        terms = self.terms(feed_id)
        trail = self.trail(door, peer, feed_id=feed_id, username=username, session=secret_id())
        try:
            judge_entry(terms, peer, self.clock())
            lease = self._enter(feed_id, terms, trail, told=told)
        except Refused as refused:
            trail.record("login", outcome=refused.reason.value, detail=refused.text)
            raise
        if told:
            trail.record("login")
        return lease

    def _enter(self, feed_id: str, terms: FeedTerms, trail: Trail, *, told: bool) -> Lease:
        with self._lock:
            inside = self._sessions.setdefault(feed_id, set())
            if terms.connections and len(inside) >= terms.connections:
                raise Refused(
                    Reason.LIMIT,
                    f"{terms.connections} connections of yours are open; close one first",
                    retry_after=10,
                )
            rate = self._rate(feed_id, terms)
            lease = Lease(feed_id, terms, rate, trail, self._left, told=told)
            inside.add(lease)
            return lease

    def knows(self, feed_id: str) -> bool:
        """Whether what is agreed with a feed is known, so that `session` does not block."""
        return time.monotonic() - self._terms.get(feed_id, (-_FRESH, NO_TERMS))[0] < _FRESH / 2

    def rate(self, feed_id: str) -> Rate:
        """The feed's share of the line, for who comes without a session. May block."""
        terms = self.terms(feed_id)
        with self._lock:
            return self._rate(feed_id, terms)

    def _rate(self, feed_id: str, terms: FeedTerms) -> Rate:
        most = int(terms.rate_bytes_s or 0)
        rate = self._rates.get(feed_id)
        if rate is None or rate.bytes_s != most:
            rate = self._rates[feed_id] = Rate(most)
        return rate

    def terms(self, feed_id: str) -> FeedTerms:
        """What is agreed with a feed, at most two seconds old. May block."""
        now = time.monotonic()
        asked, terms = self._terms.get(feed_id, (-_FRESH, NO_TERMS))
        if now - asked < _FRESH:
            return terms
        terms = self._ask_terms(feed_id)
        self._terms[feed_id] = (now, terms)
        return terms

    def _left(self, lease: Lease) -> None:
        with self._lock:
            inside = self._sessions.get(lease.feed_id, set())
            inside.discard(lease)
            if not inside:
                self._sessions.pop(lease.feed_id, None)

    def trail(self, door: str, peer: str, **more: str) -> Trail:
        """Where entries about this peer go."""
        return Trail(audit=self.audit, clock=self.clock, door=door, peer=peer, **more)

    # beside

    def refresh(self) -> None:
        """Take over what others have banned or lifted; call it every second or so. Blocks."""
        self._logins.refresh()

    def bans(self) -> list[Ban]:
        """Those in force, the newest first."""
        return self._logins.bans()

    def look_round(
        self, shut: Collection[str] = (), ways: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """End sessions of feeds that are `shut`, those by a door that a feed has no more (`ways`:
        the protocols of feeds that changed), and those that the terms forbid now. May block."""
        closed = Refused(Reason.DENIED, "this feed is closed; ask the operator")
        for lease in self.inside():
            if lease.feed_id in shut:
                lease.end(closed)
                continue
            door, left = lease.trail.door, (ways or {}).get(lease.feed_id)
            if left is not None and not _SERVES.get(door, {door}).intersection(left):
                lease.end(Refused(Reason.DENIED, f"this feed comes by {door} no more"))
                continue
            try:
                judge_entry(self.terms(lease.feed_id), lease.trail.peer, self.clock())
            except Refused as refused:
                lease.end(refused)

    def inside(self) -> list[Lease]:
        """Every session that is open."""
        with self._lock:
            return [lease for leases in self._sessions.values() for lease in leases]
