from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog.deal_terms import DealTerms, ShowTerms
from catalog.queries.audience import Judge
from catalog.queries.previews import part_of, preview_verdict
from catalog.reading import _clip
from catalog.rights_policy import RightsPolicy
from catalog.rights_release import ReleaseRights
from catalog.rights_terms import ReleaseTerms, Subject
from ddex.ern.model import Clip

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
OPEN = DealTerms(
    territories=("GB",),
    commercial_models=("SubscriptionModel",),
    use_types=("Stream",),
    periods=(("2026-01-01", ""),),
)
SOON = DealTerms(
    territories=("GB",),
    commercial_models=("SubscriptionModel",),
    use_types=("OnDemandStream",),
    periods=(("2026-07-01", ""),),
)


def judged(*deals: DealTerms, territory: str = "GB", locked: bool = False) -> tuple[bool, str]:
    terms = ReleaseTerms((Subject(reference="R0", deals=tuple(range(len(deals)))),), deals)
    rights = ReleaseRights(terms, RightsPolicy(announce_undated=False))
    verdict = preview_verdict(Judge(rights, "", locked=locked), "rec", territory, AT)
    return verdict.allowed, verdict.reason.code.value


def dated(clips: str) -> DealTerms:
    return DealTerms.from_json({**SOON.to_json(), "shows": ShowTerms(clips=clips).to_json()})


@pytest.mark.parametrize(
    ("deals", "territory", "expected"),
    [
        ((OPEN,), "GB", (True, "allowed")),
        ((OPEN,), "DE", (False, "no_deal_here")),
        ((), "GB", (False, "no_deals")),
        ((SOON,), "GB", (False, "not_yet")),
        ((dated("2026-05-15"),), "GB", (True, "allowed")),
        ((dated("2026-06-15"),), "GB", (False, "not_yet")),
        ((DealTerms.from_json({**OPEN.to_json(), "periods": [["2026-01-01", "2026-03-01"]]}),),
         "GB", (False, "ended")),
        ((OPEN, DealTerms(territories=("GB",), is_takedown=True, periods=(("2026-05-01", ""),))),
         "GB", (False, "taken_down")),
    ],
)  # fmt: skip
def test_a_preview_needs_a_deal_of_somebody_or_a_date_for_clips(
    deals: tuple[DealTerms, ...], territory: str, expected: tuple[bool, str]
) -> None:
    assert judged(*deals, territory=territory) == expected


def test_what_an_operator_keeps_down_has_no_preview() -> None:
    assert judged(OPEN, locked=True) == (False, "taken_down")


@pytest.mark.parametrize(
    ("said", "length", "part"),
    [
        (None, 200_000, (0, 30_000)),
        (None, 20_000, (0, 10_000)),
        (None, 1, (0, 1)),
        ([45_000, 75_000], 200_000, (45_000, 75_000)),
        ([45_000, 0], 200_000, (45_000, 75_000)),
        ([190_000, 0], 200_000, (190_000, 200_000)),
        ([45_000, 500_000], 200_000, (45_000, 200_000)),
        ([250_000, 260_000], 200_000, (0, 30_000)),
    ],
)
def test_the_part_is_what_the_message_said_or_the_first_30_seconds(
    said: list[int] | None, length: int, part: tuple[int, int]
) -> None:
    assert part_of(said, length) == part


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


@pytest.mark.parametrize(
    ("clips", "read"),
    [
        ((), None),
        ((Clip(kind="Preview"),), None),
        ((Clip(start=seconds(1.5)),), [1_500, 0]),
        ((Clip(duration=seconds(20)),), [0, 20_000]),
        ((Clip(start=seconds(10), duration=seconds(20)),), [10_000, 30_000]),
        ((Clip(start=seconds(10), end=seconds(25), duration=seconds(99)),), [10_000, 25_000]),
        ((Clip(start=seconds(10), end=seconds(5)),), None),
        ((Clip(end=seconds(9)), Clip(end=seconds(8), expression="Instructive")), [0, 8_000]),
    ],
)
def test_the_part_is_read_from_the_clip_details(
    clips: tuple[Clip, ...], read: list[int] | None
) -> None:
    assert _clip(clips) == read
