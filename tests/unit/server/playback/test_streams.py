"""How many players of an account play at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import ManualClock
from server.errors import StreamTaken, TooManyStreams
from server.playback.streams import IDLE, Streams
from server.playback.tokens import Grant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def grant(player: str, account: str = "ada", tier: str = "premium") -> Grant:
    return Grant(account, 1, "rel", "rec", "a" * 64, "GB", tier, "Model", "Use", 9, player)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def streams(clock: ManualClock) -> Streams:
    return Streams({"premium": 2, "free": 1}, clock)


def opens(streams: Streams, *players: str, take_over: bool = False) -> None:
    for player in players:
        streams.open(grant(player), f"play-{player}", take_over=take_over)


def test_as_many_as_the_tier_allows(streams: Streams) -> None:
    opens(streams, "a", "b", "a", "b")
    with pytest.raises(TooManyStreams) as refused:
        opens(streams, "c")
    assert refused.value.limit == 2
    assert "2 other players" in refused.value.message
    assert "take over" in refused.value.remedy


def test_accounts_and_visitors_do_not_count_each_other(streams: Streams) -> None:
    opens(streams, "a", "b")
    streams.open(grant("c", account="bob"), "p", take_over=False)
    for player in "defg":
        streams.open(grant(player, account=""), "p", take_over=False)
        streams.open(grant(player, tier="staff"), "p", take_over=False)


def test_who_is_silent_has_stopped(streams: Streams, clock: ManualClock) -> None:
    opens(streams, "a", "b")
    clock.advance(IDLE - timedelta(seconds=1))
    streams.check(grant("a"))
    streams.reported("play-b", paused=False)
    clock.advance(timedelta(seconds=2))
    with pytest.raises(TooManyStreams):
        opens(streams, "c")
    clock.advance(IDLE)
    opens(streams, "c", "d")


def test_a_pause_gives_the_place_away(streams: Streams) -> None:
    opens(streams, "a", "b")
    streams.reported("play-a", paused=True)
    opens(streams, "c")
    with pytest.raises(StreamTaken):
        streams.check(grant("a"))
    streams.reported("play-c", paused=True)
    streams.check(grant("a"))


def test_taking_over_stops_the_longest_silent_one(streams: Streams, clock: ManualClock) -> None:
    opens(streams, "a", "b")
    clock.advance(timedelta(seconds=5))
    streams.check(grant("a"))
    opens(streams, "c", take_over=True)
    streams.check(grant("a"))
    streams.check(grant("c"))
    with pytest.raises(StreamTaken):
        streams.check(grant("b"))
    opens(streams, "b", take_over=True)
    streams.check(grant("b"))


def test_beacons_of_others_change_nothing(streams: Streams) -> None:
    streams.reported("nobody", paused=True)
    opens(streams, "a", "b")
    streams.reported("nobody", paused=True)
    with pytest.raises(TooManyStreams):
        opens(streams, "c")
