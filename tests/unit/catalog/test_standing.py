"""Where a release stands by its rights and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.deal_terms import DealTerms
from catalog.lifecycle import RELEASE, EventKind, ReleaseState, happened
from catalog.rights_policy import DEFAULT, RightsPolicy
from catalog.rights_terms import ReleaseTerms, Subject
from catalog.standing import standing_of
from core.errors import Conflict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
S = ReleaseState
TENTH = "2026-11-30T11:00:00+00:00"  # midnight in the territory where the day begins first
PARIS = "2026-11-30T23:00:00+00:00"


def deal(start: str = "2026-01-01", end: str = "", *codes: str, **terms: Any) -> DealTerms:
    given: dict[str, Any] = {
        "territories": codes or ("Worldwide",),
        "commercial_models": ("SubscriptionModel",),
        "use_types": ("OnDemandStream",),
        "periods": ((start, end),),
    }
    return DealTerms(**{**given, **terms})


def down(start: str = "", *codes: str) -> DealTerms:
    return DealTerms(territories=codes or ("Worldwide",), periods=((start, ""),), is_takedown=True)


def terms(*deals: DealTerms) -> dict[str, Any]:
    main = Subject(reference="R0", deals=tuple(range(len(deals))))
    return ReleaseTerms((main,), deals).to_json()


def standing(
    *deals: DealTerms, now: datetime = NOW, policy: RightsPolicy = DEFAULT
) -> tuple[ReleaseState, datetime | None]:
    return standing_of(terms(*deals), "", policy, now)


@pytest.mark.parametrize(
    ("deals", "state", "change"),
    [
        ([], S.TAKEN_DOWN, None),
        ([deal()], S.AVAILABLE, None),
        ([deal(periods=())], S.TAKEN_DOWN, None),
        ([deal(commercial_models=())], S.TAKEN_DOWN, None),
        ([deal(use_types=())], S.TAKEN_DOWN, None),
        ([deal(commercial_models=("PayAsYouGoModel",), use_types=("PermanentDownload",))],
         S.AVAILABLE, None),
        ([deal("2026-12-01")], S.SCHEDULED, TENTH),
        ([deal("2026-12-01", "", "FR")], S.SCHEDULED, PARIS),
        ([deal("2026-12-01", "", "FR", "JP")], S.SCHEDULED, "2026-11-30T15:00:00+00:00"),
        ([deal("2026-01-01", "2026-11-20", "JP")], S.TAKEN_DOWN, None),
        ([deal("2026-01-01", "2026-11-20")], S.TAKEN_DOWN, None),
        ([deal("2026-01-01", "2026-11-21", "FR")], S.AVAILABLE, "2026-11-21T23:00:00+00:00"),
        ([deal(), down()], S.TAKEN_DOWN, None),
        ([deal(), down("", "FR")], S.AVAILABLE, None),
        ([deal("2026-01-01", "", "FR"), down("", "FR")], S.TAKEN_DOWN, None),
        ([deal(), down("2026-12-01")], S.AVAILABLE, TENTH),
        ([deal("2026-01-01", "9999-12-31")], S.AVAILABLE, None),
        ([deal("9999-12-31T23:59:59-12:00")], S.TAKEN_DOWN, None),
        ([deal("0001-01-01", "9999-12-31T24:00:00Z")], S.AVAILABLE, None),
        ([deal("no date")], S.TAKEN_DOWN, None),
        ([deal("2026-12-01", "2026-11-01")], S.TAKEN_DOWN, None),
        ([deal(is_pre_order=True)], S.SCHEDULED, None),
        ([deal(is_out_of_band=True)], S.SCHEDULED, None),
        ([deal(is_pre_order=True), deal("2026-12-01", "", "FR")], S.SCHEDULED, PARIS),
        ([deal("2026-01-01", "2026-11-20", is_pre_order=True)], S.TAKEN_DOWN, None),
        ([deal(is_pre_order=True), down()], S.TAKEN_DOWN, None),
        ([deal("2026-01-01", "", excluded_territories=("XQ",))], S.TAKEN_DOWN, None),
    ],
)  # fmt: skip
def test_where_a_release_stands(
    deals: list[DealTerms], state: ReleaseState, change: str | None
) -> None:
    found, at = standing(*deals)
    assert found is state
    assert (at.isoformat() if at else None) == change


def test_the_feed_decides_about_its_numbers_of_territories() -> None:
    numbered = deal("2026-01-01", "", "276")
    assert standing(numbered)[0] is S.TAKEN_DOWN
    assert standing(numbered, policy=RightsPolicy(tis=True))[0] is S.AVAILABLE


def test_the_clock_moves_a_release_through_its_states() -> None:
    one, now, seen = deal("2026-12-01", "2026-12-05", "FR"), NOW, []
    for _ in range(3):
        state, change = standing(one, now=now)
        seen.append(state)
        now = change or now
    assert seen == [S.SCHEDULED, S.AVAILABLE, S.TAKEN_DOWN]


def test_a_decision_keeps_it_down() -> None:
    assert standing_of(terms(deal()), "take_down", DEFAULT, NOW) == (S.TAKEN_DOWN, None)
    assert standing_of(terms(deal()), "", DEFAULT, NOW) == (S.AVAILABLE, None)
    assert standing_of({}, "", DEFAULT, NOW + timedelta(days=1)) == (S.TAKEN_DOWN, None)


def test_each_step_of_a_release_is_an_event() -> None:
    assert happened(None, S.AVAILABLE) is EventKind.MADE_AVAILABLE
    assert happened(S.AVAILABLE, S.PURGED) is EventKind.PURGED
    assert happened(S.PURGED, S.AVAILABLE) is EventKind.MADE_AVAILABLE
    with pytest.raises(Conflict):
        happened(None, S.PURGED)
    assert set(RELEASE) == {None, *ReleaseState}
