"""What failed logins bring: whom a success forgives, and who shares a ban with whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from core.clock import ManualClock
from ingest.doors.common.bans import Ban, BanPolicy, Kind
from ingest.doors.common.logins import Logins
from ingest.doors.common.testing import MemoryBans

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OFFICE, ELSEWHERE = "198.51.100.9", "192.0.2.7"
POLICY = BanPolicy(failures=3, account_failures=4, people_failures=8, window=600, ban=100, allow=())


def make(store: MemoryBans | None = None) -> Logins:
    return Logins(POLICY, ManualClock(START), store)


def fail(
    logins: Logins, times: int, user: str, peer: str = OFFICE, *, shared: bool = False
) -> list[tuple[Kind, str]]:
    made = []
    for _ in range(times):
        made += logins.failed(peer, user, "sftp", shared=shared)[1]
    return [ban.key for ban in made]


def test_who_has_one_account_can_not_guess_at_others_for_ever() -> None:
    logins = make()
    assert fail(logins, 2, "victim") == []
    logins.succeeded(OFFICE, "mine")
    assert fail(logins, 1, "victim") == [(Kind.ADDRESS, OFFICE)]


def test_a_success_forgives_the_own_failures_from_there() -> None:
    logins = make()
    for _ in range(5):
        assert fail(logins, 2, "mine") == []
        logins.succeeded(OFFICE, "mine")


def test_an_owner_who_comes_in_forgives_nobody_elsewhere() -> None:
    """Many addresses guess at an account whose owner logs in between."""
    logins = make()
    for number in range(3):
        assert fail(logins, 1, "busy", f"203.0.113.{number}") == []
        logins.succeeded(ELSEWHERE, "busy")
    assert fail(logins, 1, "busy", "203.0.113.9") == [(Kind.ACCOUNT, "busy")]
    assert logins.barred(ELSEWHERE, "busy") is None, "it came from there before"


def test_one_who_forgot_the_password_shuts_out_no_neighbour() -> None:
    logins = make()
    logins.succeeded(OFFICE, "web:ada")
    assert fail(logins, 3, "web:ada", shared=True) == [(Kind.PAIR, f"{OFFICE} web:ada")]
    assert logins.barred(OFFICE, "web:ada") is not None, "known or not"
    assert logins.barred(ELSEWHERE, "web:ada") is None
    assert logins.barred(OFFICE, "web:bob") is None
    assert logins.banned(OFFICE) is None


def test_who_tries_many_accounts_is_banned_with_the_address_he_shares() -> None:
    logins = make()
    made = [fail(logins, 1, f"web:{number}", shared=True) for number in range(8)]
    assert made == [[]] * 7 + [[(Kind.ADDRESS, OFFICE)]]
    assert logins.banned(OFFICE) is not None


def test_a_crowd_that_mistypes_all_day_is_not_banned() -> None:
    """Without a pause as long as the window, and nobody of them gets in at last."""
    clock = ManualClock(START)
    logins = Logins(POLICY, clock)
    for number in range(100):
        assert fail(logins, 1, f"web:{number}", shared=True) == []
        clock.advance(timedelta(minutes=3))


def test_an_answer_is_late_for_the_own_failures_only() -> None:
    logins = make()
    fail(logins, 2, "web:ada", shared=True)
    assert logins.failed(OFFICE, "web:ada", "web", shared=True)[0] == 2.0
    assert logins.failed(OFFICE, "web:bob", "web", shared=True)[0] == 0.5


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_whatever_was_typed_can_be_kept(user: str) -> None:
    store = MemoryBans()
    logins = make(store)
    for shared in (False, True):
        for number in range(4):
            for ban in logins.failed(f"203.0.113.{number}", user, "ftp", shared=shared)[1]:
                logins.keep(ban)
    for ban in store.load():
        assert "\0" not in ban.subject
        assert len(ban.subject.encode()) <= 4 * 100
        assert len(ban.subject) <= 100


def test_one_ban_that_can_not_be_kept_holds_up_no_other() -> None:
    class Picky(MemoryBans):
        def keep(self, ban: Ban) -> None:
            if ban.subject == OFFICE:
                raise ValueError("this store takes no such address")
            MemoryBans.keep(self, ban)

    store = Picky()
    logins = make(store)
    fail(logins, 3, "", OFFICE)
    fail(logins, 3, "", ELSEWHERE)
    lifted = Ban(
        kind=Kind.ADDRESS,
        subject="203.0.113.1",
        since=START,
        until=START + timedelta(hours=1),
        failures=0,
        strikes=1,
        door="operator",
    )
    MemoryBans.keep(store, lifted)
    with pytest.raises(ValueError, match="no such address"):
        logins.refresh()
    assert {ban.subject for ban in logins.bans()} == {OFFICE, ELSEWHERE, "203.0.113.1"}
    assert {ban.subject for ban in store.load()} == {ELSEWHERE, "203.0.113.1"}
