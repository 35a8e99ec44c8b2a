"""What counts as a play."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from server.usage.folding import Heard, Said, advance, counts

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("heard", "duration", "counted"),
    [
        (29_999, 200_000, False),
        (30_000, 200_000, True),
        (30_000, 0, True),
        (29_999, 0, False),
        (0, 0, False),
        (20_000, 20_000, True),
        (19_500, 20_000, True),
        (19_499, 20_000, False),
        (29_500, 30_000, False),
        (0, 300, False),
        (1, 300, True),
    ],
)
def test_thirty_seconds_or_a_shorter_track_to_its_end(
    heard: int,
    duration: int,
    counted: bool,  # noqa: FBT001
) -> None:
    assert counts(heard, duration) is counted


def beacons() -> st.SearchStrategy[list[tuple[int, int, bool, int]]]:
    one = st.tuples(st.integers(0, 90_000), st.integers(0, 9), st.booleans(), st.integers(-5, 200))
    return st.lists(one, max_size=12)


@given(beacons())
def test_numbers_only_grow_and_nobody_outruns_the_clock(
    given_beacons: list[tuple[int, int, bool, int]],
) -> None:
    play = Heard(opened_at=START, duration_ms=60_000)
    latest = 0
    for heard, seq, ended, second in given_beacons:
        before, latest = play, max(latest, second)
        at = START + timedelta(seconds=second)
        play = advance(play, Said(heard_ms=heard, seq=seq, ended=ended, at=at))
        assert play.heard_ms >= before.heard_ms
        assert play.seq >= before.seq
        assert play.ended >= before.ended
        if before.counted_at is not None:
            assert play.counted_at is not None
            assert play.counted_at <= before.counted_at
        assert play.heard_ms <= max(0, (latest + 2) * 1000)
    assert (play.counted_at is not None) == (play.heard_ms >= 30_000)


@given(beacons(), st.randoms())
def test_order_and_repeats_change_nothing_heard(
    given_beacons: list[tuple[int, int, bool, int]], random: object
) -> None:
    def total(sequence: list[tuple[int, int, bool, int]]) -> Heard:
        play = Heard(opened_at=START, duration_ms=60_000)
        for heard, seq, ended, second in sequence:
            at = START + timedelta(seconds=second)
            said = Said(heard_ms=heard, seq=seq, ended=ended, at=at, rendition=f"r{heard % 3}")
            play = advance(play, said)
        return play

    shuffled = given_beacons * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(shuffled) == total(given_beacons)


def test_a_play_begins_when_its_first_beacon_says_and_never_before_it_was_opened() -> None:
    play = Heard(opened_at=START, duration_ms=60_000)
    at = START + timedelta(seconds=90)
    later = advance(play, Said(heard_ms=30_000, seq=1, ended=False, at=at))
    assert later.used_at == START + timedelta(seconds=60)
    paused = advance(
        later, Said(heard_ms=40_000, seq=2, ended=True, at=at + timedelta(seconds=600))
    )
    assert paused.used_at == later.used_at
    assert paused.heard_ms == 40_000
    jumped = advance(play, Said(heard_ms=900_000, seq=1, ended=False, at=at))
    assert (jumped.used_at, jumped.heard_ms, jumped.excess_ms) == (START, 92_000, 808_000)
