"""Failed logins and what they bring: later answers, then bans. One for all doors of a process.

Where every caller has an address of its own, ten failures ban it. Where many people share one, as
listeners behind a router do, ten ban one account from there, and the address only many more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from ingest.doors.common.bans import (
    STRIKES_KEPT,
    Ban,
    Failures,
    Kind,
    account_of,
    networks,
    pair_of,
    subject_of,
    within,
)
from ingest.doors.common.refusals import Reason, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.clock import Clock
    from ingest.doors.common.bans import BanPolicy, BanStore

_KNOWN = 10_000


class Logins:
    """Counts, bans and remembers. Any thread; `keep` and `refresh` may block on the store."""

    def __init__(self, policy: BanPolicy, clock: Clock, store: BanStore | None = None) -> None:
        self.policy = policy
        self._clock = clock
        self._store = store
        self._allow = networks(policy.allow)
        self._failures = Failures(policy)
        self._people = Failures(policy, sliding=False)  # a crowd's never end
        self._bans: dict[tuple[Kind, str], Ban] = {}
        self._unkept: dict[tuple[Kind, str], Ban] = {}  # those that the store has not got yet
        self._proven: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    # judging

    def exempt(self, peer: str) -> bool:
        """Whether this address is never banned."""
        return within(peer, self._allow)

    def banned(self, peer: str) -> Refused | None:
        """Whether nobody may come in from this address."""
        with self._lock:
            return self._banned(Kind.ADDRESS, subject_of(peer))

    def barred(self, peer: str, username: str) -> Refused | None:
        """Whether this address, or this account for strangers to it, may not even try.

        An account that is being guessed at stays open to the addresses that it came from before,
        unless they are on the allow list: those could guess on without end.
        """
        subject, account = subject_of(peer), account_of(username)
        with self._lock:
            known = (account, subject) in self._proven and not self.exempt(peer)
            found = self._banned(Kind.ADDRESS, subject)
            found = found or self._banned(Kind.PAIR, pair_of(subject, account))
            return found or (None if known else self._banned(Kind.ACCOUNT, account))

    def _banned(self, kind: Kind, subject: str) -> Refused | None:
        ban = self._bans.get((kind, subject))
        now = self._clock()
        if ban is None or now >= ban.until:
            return None
        seconds = max(1, int((ban.until - now).total_seconds()))
        return Refused(
            Reason.BANNED,
            f"too many failed logins; wait {_while(seconds)}, or ask the operator",
            retry_after=seconds,
        )

    # counting

    def failed(
        self, peer: str, username: str, door: str, *, shared: bool
    ) -> tuple[float, list[Ban]]:
        """Count a failed login: how many seconds its answer shall wait, and the bans it brings,
        which hold from now on and are still to be kept. `shared` as in `Guard.failed`."""
        now, delay, made = self._clock(), 0.0, []
        with self._lock:
            for counts, kind, subject, by in self._counted(peer, username, shared=shared):
                count = counts.add(kind, subject, now, by)
                delay = delay or counts.delay(count)  # that of the first is the caller's own
                if kind is Kind.ACCOUNT or not self.exempt(peer):
                    made.append(self._ban(counts, kind, subject, count, door, shared=shared))
        return delay, [ban for ban in made if ban is not None]

    def _counted(
        self, peer: str, username: str, *, shared: bool
    ) -> Iterator[tuple[Failures, Kind, str, str]]:
        """What a failure counts against, and whom it may be forgiven for."""
        subject, account = subject_of(peer), account_of(username)
        if shared and account:
            yield self._failures, Kind.PAIR, pair_of(subject, account), ""
        yield self._people if shared else self._failures, Kind.ADDRESS, subject, account
        if account:
            yield self._failures, Kind.ACCOUNT, account, subject

    def _ban(
        self, counts: Failures, kind: Kind, subject: str, failures: int, door: str, *, shared: bool
    ) -> Ban | None:
        now, before = self._clock(), self._bans.get((kind, subject))
        if before is not None and now < before.until:
            return None
        ban = counts.sentence(kind, subject, failures, before, now, door, shared=shared)
        if ban is not None:
            self._bans[ban.key] = self._unkept[ban.key] = ban
            counts.forget(kind, subject)
        return ban

    def succeeded(self, peer: str, username: str) -> None:
        """Forgive this address its failures with this account, and only those: who has one account
        could guess at others without end."""
        subject, account = subject_of(peer), account_of(username)
        with self._lock:
            self._failures.forgive(Kind.ADDRESS, subject, account)
            self._people.forgive(Kind.ADDRESS, subject, account)
            self._failures.forgive(Kind.ACCOUNT, account, subject)
            self._failures.forget(Kind.PAIR, pair_of(subject, account))
            self._remember(account, subject)

    def remember(self, logins: Iterable[tuple[str, str]]) -> None:
        """Accounts and the addresses that they came in from before this process, oldest first."""
        with self._lock:
            for username, peer in logins:
                self._remember(account_of(username), subject_of(peer))

    def _remember(self, account: str, subject: str) -> None:
        self._proven[account, subject] = None
        self._proven.move_to_end((account, subject))
        if len(self._proven) > _KNOWN:
            self._proven.popitem(last=False)

    # keeping

    def keep(self, ban: Ban) -> None:
        """Write a ban down beyond this process. Blocks; raises what the store raises."""
        if self._store is not None:
            self._store.keep(ban)
        with self._lock:
            if self._unkept.get(ban.key) is ban:
                del self._unkept[ban.key]

    def refresh(self) -> None:
        """Take over what others have banned or lifted. Blocks.

        One ban that can't be kept holds up no other; what was wrong is raised at the end.
        """
        if self._store is None:
            return
        faults = []
        for ban in list(self._unkept.values()):
            try:
                self.keep(ban)
            except Exception as fault:  # noqa: BLE001 - of whatever store; raised below
                faults.append(fault)
        now = self._clock()
        kept = {ban.key: ban for ban in self._store.load() if now < ban.until + STRIKES_KEPT}
        with self._lock:
            kept |= self._unkept  # made since
            for kind, subject in self._bans.keys() - kept.keys():
                self._failures.forget(kind, subject)
                self._people.forget(kind, subject)
            self._bans = kept
        if faults:
            raise faults[0]

    def bans(self) -> list[Ban]:
        """Those in force, the newest first."""
        now = self._clock()
        with self._lock:
            found = [ban for ban in self._bans.values() if now < ban.until]
        return sorted(found, key=lambda ban: ban.since, reverse=True)


def _while(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{-(-seconds // 60)} min"
