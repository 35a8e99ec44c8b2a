"""The guard: connections, bans of addresses and accounts, and what a feed's sessions may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import ManualClock
from ingest.doors.common.audit import MemoryAudit
from ingest.doors.common.bans import Ban, BanPolicy, Kind
from ingest.doors.common.guard import Guard, GuardPolicy
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.common.testing import MemoryBans
from ingest.feed_terms import FeedTerms

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # a Saturday
ELSEWHERE, FRIEND = "198.51.100.9", "192.0.2.7"


def make(store: MemoryBans | None = None, terms: FeedTerms | None = None, **policy: int) -> Guard:
    bans = BanPolicy(failures=3, account_failures=4, ban=100.0)
    return Guard(
        GuardPolicy(bans=bans, **policy),
        clock=ManualClock(START),
        store=store,
        audit=MemoryAudit(),
        terms=lambda _feed: terms or FeedTerms(),
    )


def audit_of(guard: Guard) -> MemoryAudit:
    assert isinstance(guard.audit, MemoryAudit)
    return guard.audit


def clock_of(guard: Guard) -> ManualClock:
    assert isinstance(guard.clock, ManualClock)
    return guard.clock


def fail(guard: Guard, times: int, peer: str = ELSEWHERE, user: str = "") -> None:
    for number in range(times):
        guard.failed(peer, user or f"user{number}", "sftp")


def reason(refused: Refused | None) -> Reason | None:
    return refused.reason if refused else None


def test_failures_ban_an_address_for_a_while() -> None:
    guard = make()
    fail(guard, 2)
    assert guard.admit(ELSEWHERE, "sftp") is None
    fail(guard, 1)
    refused = guard.admit(ELSEWHERE, "ftp")
    assert reason(refused) is Reason.BANNED
    assert refused is not None
    assert refused.retry_after == 100
    assert guard.admit(FRIEND, "ftp") is None
    clock_of(guard).advance(timedelta(seconds=100))
    assert guard.admit(ELSEWHERE, "sftp") is None


def test_neighbours_in_an_ipv6_network_are_one() -> None:
    guard = make()
    for last in range(3):
        guard.failed(f"2001:db8::{last}", f"u{last}", "sftp")
    assert reason(guard.admit("2001:db8::ffff:1", "sftp")) is Reason.BANNED
    assert guard.admit("2001:db8:0:1::1", "sftp") is None


def test_a_login_that_succeeds_makes_failures_forgotten() -> None:
    guard = make()
    fail(guard, 2, user="alpha")
    guard.succeeded(ELSEWHERE, "alpha", "sftp")
    fail(guard, 2, user="alpha")
    assert guard.admit(ELSEWHERE, "sftp") is None


def test_an_allowed_address_is_never_banned_but_the_account_is() -> None:
    guard = make()
    fail(guard, 4, "127.0.0.1", "alpha")
    assert guard.admit("127.0.0.1", "sftp") is None
    assert reason(guard.barred("127.0.0.1", "alpha", "sftp")) is Reason.BANNED
    assert guard.barred("127.0.0.1", "beta", "sftp") is None


@pytest.mark.parametrize("user", ["alpha", "nobody-has-this-name"])
def test_an_account_that_is_guessed_at_from_many_places_shuts(user: str) -> None:
    guard = make()
    for number in range(4):
        guard.failed(f"203.0.113.{number}", user, "http")
    assert reason(guard.barred(ELSEWHERE, user, "sftp")) is Reason.BANNED
    assert guard.admit(ELSEWHERE, "sftp") is None


def test_its_own_sender_gets_in_all_the_same() -> None:
    guard = make()
    guard.succeeded(FRIEND, "alpha", "sftp")
    guard.succeeded("127.0.0.1", "alpha", "sftp")
    for number in range(4):
        guard.failed(f"203.0.113.{number}", "alpha", "sftp")
    assert guard.barred(FRIEND, "alpha", "sftp") is None
    assert reason(guard.barred("127.0.0.1", "alpha", "sftp")) is Reason.BANNED


def test_bans_survive_a_restart_and_a_lifted_one_is_gone() -> None:
    store = MemoryBans()
    fail(make(store), 3)
    again = make(store)
    again.refresh()
    assert reason(again.admit(ELSEWHERE, "sftp")) is Reason.BANNED
    assert [ban.subject for ban in again.bans()] == [ELSEWHERE]
    store.kept.clear()
    again.refresh()
    assert again.admit(ELSEWHERE, "sftp") is None
    assert again.bans() == []


def test_a_second_ban_lasts_longer_also_after_a_restart() -> None:
    store = MemoryBans()
    first = make(store)
    fail(first, 3)
    again = make(store)
    clock_of(again).advance(timedelta(seconds=200))
    again.refresh()
    fail(again, 3)
    refused = again.admit(ELSEWHERE, "sftp")
    assert refused is not None
    assert refused.retry_after == 200


def test_a_store_that_is_away_does_not_open_the_door() -> None:
    class Away(MemoryBans):
        def keep(self, ban: Ban) -> None:
            raise OSError(f"the database is away, so {ban.subject} is not kept")

    guard = make(Away())
    fail(guard, 3)
    assert reason(guard.admit(ELSEWHERE, "sftp")) is Reason.BANNED


def test_a_ban_that_was_not_kept_is_kept_later() -> None:
    class Away(MemoryBans):
        away = True

        def keep(self, ban: Ban) -> None:
            if self.away:
                raise OSError("the database is away")
            MemoryBans.keep(self, ban)

    store = Away()
    guard = make(store)
    fail(guard, 3)
    with pytest.raises(OSError, match="away"):
        guard.refresh()
    assert reason(guard.admit(ELSEWHERE, "sftp")) is Reason.BANNED
    store.away = False
    guard.refresh()
    assert reason(guard.admit(ELSEWHERE, "sftp")) is Reason.BANNED
    again = make(store)
    again.refresh()
    assert [ban.subject for ban in again.bans()] == [ELSEWHERE]
    store.kept.clear()
    guard.refresh()
    assert guard.bans() == [], "lifted, and not written down again"


def test_its_own_sender_is_known_after_a_restart() -> None:
    guard = make()
    guard.remember([("alpha", FRIEND)])
    for number in range(4):
        guard.failed(f"203.0.113.{number}", "alpha", "sftp")
    assert guard.barred(FRIEND, "alpha", "sftp") is None
    assert reason(guard.barred(ELSEWHERE, "alpha", "sftp")) is Reason.BANNED


def test_connections_have_limits_per_address_and_in_all() -> None:
    guard = make(connections=3, per_address=2)
    assert [reason(guard.admit(ELSEWHERE, "sftp")) for _ in range(3)] == [None, None, Reason.LIMIT]
    assert guard.admit(FRIEND, "ftp") is None
    assert reason(guard.admit("203.0.113.1", "ftp")) is Reason.LIMIT
    guard.leave(ELSEWHERE, "sftp")
    assert guard.admit("203.0.113.1", "ftp") is None


def test_an_allowed_address_may_have_as_many_as_there_are() -> None:
    guard = make(connections=3, per_address=1)
    assert [reason(guard.admit("127.0.0.1", "sftp")) for _ in range(4)] == [
        None,
        None,
        None,
        Reason.LIMIT,
    ]


def test_a_feed_has_so_many_sessions_over_all_doors() -> None:
    guard = make(terms=FeedTerms(connections=2))
    with guard.session("feed_a", FRIEND, "sftp"), guard.session("feed_a", ELSEWHERE, "ftp") as two:
        with pytest.raises(Refused) as refused:
            guard.session("feed_a", FRIEND, "http")
        assert refused.value.reason is Reason.LIMIT
        guard.session("feed_b", FRIEND, "http").close()
        two.close()
        two.close()
        guard.session("feed_a", FRIEND, "http").close()
    assert guard.inside() == []


def test_a_feed_comes_from_its_networks_only() -> None:
    guard = make(terms=FeedTerms(networks=("192.0.2.0/24",)))
    guard.session("feed_a", FRIEND, "sftp").close()
    with pytest.raises(Refused, match="may not come from"):
        guard.session("feed_a", ELSEWHERE, "sftp")


def test_a_feed_comes_at_its_hours_only_in_its_zone() -> None:
    guard = make(terms=FeedTerms.read({"schedule": "sat 22:00-02:00 Europe/Paris"}))
    for hours, may in ((0, False), (9, True), (12.9, True), (13, False)):
        clock_of(guard).instant = START + timedelta(hours=hours)  # Paris is one hour ahead
        if may:
            guard.session("feed_a", FRIEND, "sftp").close()
        else:
            with pytest.raises(Refused, match="other hours: sat 22:00-02:00"):
                guard.session("feed_a", FRIEND, "sftp")


def test_sessions_of_a_feed_share_its_rate() -> None:
    guard = make(terms=FeedTerms.read({"rate_bytes_s": 1_000_000}))
    with (
        guard.session("feed_a", FRIEND, "sftp") as one,
        guard.session("feed_a", FRIEND, "ftp") as two,
    ):
        first, second = one.take(1_000_000), two.take(1_000_000)
    assert second > first > 0
    with guard.session("feed_b", FRIEND, "sftp") as other:
        assert other.take(1000) == 0.0


def test_what_happens_is_written_down_without_flooding() -> None:
    guard = make()
    fail(guard, 3, user="al\x1bpha")
    for _ in range(1000):
        guard.admit(ELSEWHERE, "sftp")
    with guard.session("feed_a", FRIEND, "ftp", "alpha") as lease:
        lease.take(5)
    told = [(entry.what, entry.outcome) for entry in audit_of(guard).entries]
    assert told == [
        ("login", "denied"),
        ("login", "denied"),
        ("login", "denied"),
        ("ban", "ok"),
        ("connect", "banned"),
        ("login", "ok"),
        ("logout", "ok"),
    ]
    assert audit_of(guard).entries[0].username == "al\\x1bpha"
    ended = audit_of(guard).of("logout")[0]
    assert (ended.feed_id, ended.bytes, ended.door) == ("feed_a", 5, "ftp")
    assert ended.session == audit_of(guard).of("login")[-1].session != ""


def test_bans_of_two_kinds_are_listed_newest_first() -> None:
    guard = make()
    fail(guard, 3)
    clock_of(guard).advance(timedelta(seconds=1))
    for number in range(4):
        guard.failed(f"203.0.113.{number}", "alpha", "http")
    assert [(ban.kind, ban.subject) for ban in guard.bans()] == [
        (Kind.ACCOUNT, "alpha"),
        (Kind.ADDRESS, ELSEWHERE),
    ]


@pytest.mark.parametrize(
    ("door", "left", "ends"),
    [
        ("sftp", {"sftp", "http"}, False),
        ("sftp", {"http"}, True),
        ("ftps", {"ftp"}, False),
        ("ftp", {"ftps"}, True),
        ("http", {"sftp"}, True),
    ],
)
def test_a_session_ends_with_its_door(door: str, left: set[str], ends: bool) -> None:  # noqa: FBT001
    guard = make()
    with guard.session("feed_a", FRIEND, door) as lease:
        guard.look_round((), {"feed_b": set()})
        assert lease.shut is None
        guard.look_round((), {"feed_a": left})
        assert (reason(lease.shut) is Reason.DENIED) is ends
