"""Where a release stands by its deals and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import pytest

from catalog.lifecycle import RELEASE, EventKind, ReleaseState, happened
from catalog.standing import standing, standing_of
from core.errors import Conflict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
S = ReleaseState
TENTH = "2026-11-30T10:00:00+00:00"  # midnight where the day begins first


def deal(start: str = "", end: str = "", *codes: str, down: bool = False) -> dict[str, Any]:
    return {
        "territories": list(codes or ("Worldwide",)),
        "excluded_territories": [],
        "periods": [[start, end]] if start or end else [],
        "is_takedown": down,
    }


@pytest.mark.parametrize(
    ("deals", "state", "change"),
    [
        ([], S.TAKEN_DOWN, None),
        ([deal()], S.AVAILABLE, None),
        ([deal("2026-01-01")], S.AVAILABLE, None),
        ([deal("2026-12-01")], S.SCHEDULED, "2026-11-30T10:00:00+00:00"),
        ([deal("2026-12-01", "", "FR")], S.SCHEDULED, "2026-11-30T23:00:00+00:00"),
        ([deal("2026-12-01", "", "FR", "JP")], S.SCHEDULED, "2026-11-30T15:00:00+00:00"),
        ([deal("2026-01-01", "2026-11-20", "JP")], S.TAKEN_DOWN, None),
        ([deal("2026-01-01", "2026-11-20")], S.TAKEN_DOWN, None),
        ([deal("2026-01-01", "2026-11-21", "FR")], S.AVAILABLE, "2026-11-21T23:00:00+00:00"),
        ([deal("2026-01-01"), deal(down=True)], S.TAKEN_DOWN, None),
        ([deal("2026-01-01"), deal("", "", "FR", down=True)], S.AVAILABLE, None),
        (
            [deal("2026-01-01"), deal("2026-12-01", down=True)],
            S.AVAILABLE,
            "2026-11-30T10:00:00+00:00",
        ),
        ([deal("2026-01-01", "9999-12-31")], S.AVAILABLE, None),
        ([deal("9999-12-31T23:59:59-12:00")], S.TAKEN_DOWN, None),
        ([deal("0001-01-01", "9999-12-31T24:00:00Z")], S.AVAILABLE, None),
        ([deal("no date")], S.TAKEN_DOWN, None),
        ([deal("2026-12-01", "2026-11-01")], S.TAKEN_DOWN, "2026-11-30T10:00:00+00:00"),
    ],
)
def test_where_a_release_stands(
    deals: list[dict[str, Any]], state: ReleaseState, change: str | None
) -> None:
    found, at = standing(deals, NOW)
    assert found is state
    assert (at.isoformat() if at else None) == change


def test_fifty_thousand_territories_take_no_time() -> None:
    codes = [f"{n:05d}" for n in range(50_000)]
    began = perf_counter()
    found, _ = standing([deal("2026-01-01", "", *codes)] * 3, NOW)
    assert found is S.AVAILABLE
    assert perf_counter() - began < 1


def test_the_clock_moves_a_release_through_its_states() -> None:
    deals, now, seen = [deal("2026-12-01", "2026-12-05", "FR")], NOW, []
    for _ in range(3):
        state, change = standing(deals, now)
        seen.append(state)
        now = change or now
    assert seen == [S.SCHEDULED, S.AVAILABLE, S.TAKEN_DOWN]


def test_a_decision_keeps_it_down() -> None:
    terms = {"deals": [deal()]}
    assert standing_of(terms, "take_down", NOW) == (S.TAKEN_DOWN, None)
    assert standing_of(terms, "", NOW) == (S.AVAILABLE, None)
    assert standing_of({}, "", NOW + timedelta(days=1)) == (S.TAKEN_DOWN, None)


def test_each_step_of_a_release_is_an_event() -> None:
    assert happened(None, S.AVAILABLE) is EventKind.MADE_AVAILABLE
    assert happened(S.AVAILABLE, S.PURGED) is EventKind.PURGED
    assert happened(S.PURGED, S.AVAILABLE) is EventKind.MADE_AVAILABLE
    with pytest.raises(Conflict):
        happened(None, S.PURGED)
    assert set(RELEASE) == {None, *ReleaseState}
