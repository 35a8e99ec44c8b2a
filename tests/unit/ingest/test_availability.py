"""What a release's deals mean for its delivery."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.models import Release
from ingest.availability import availability

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WANTED = (("SubscriptionModel", "OnDemandStream"), ("FreeOfChargeModel", "OnDemandStream"))


def _deal(start: str = "2026-01-01", end: str = "", **terms: Any) -> dict[str, Any]:
    return {
        "territories": ["Worldwide"],
        "commercial_models": ["SubscriptionModel"],
        "use_types": ["OnDemandStream"],
        "periods": [[start, end]],
        **terms,
    }


@pytest.mark.parametrize(
    ("deals", "state"),
    [
        ([], "hidden"),
        ([_deal()], "live"),
        ([_deal(territories=["JP"])], "live"),
        ([_deal(start="2026-12-01")], "scheduled"),
        ([_deal(start="2026-12-01"), _deal(territories=["FR"])], "live"),
        ([_deal(start="2026-12-01"), _deal(end="2026-02-01")], "scheduled"),
        ([_deal(end="2026-11-20")], "hidden"),
        ([_deal(use_types=["ConditionalDownload"])], "hidden"),
        ([_deal(commercial_models=["PayAsYouGoModel"])], "hidden"),
        ([_deal(commercial_models=["FreeOfChargeModel"])], "live"),
        ([_deal(is_takedown=True)], "hidden"),
        ([_deal(territories=["Worldwide"], excluded_territories=["GB"])], "hidden"),
        ([_deal(start="some day")], "hidden"),
    ],
)
def test_availability(deals: list[dict[str, Any]], state: str) -> None:
    assert availability(Release(deals=deals), WANTED, "GB", NOW) == state


def test_the_day_begins_where_the_listener_is() -> None:
    """In Auckland the first of December begins eleven hours before it does in UTC."""
    release = Release(deals=[_deal(start="2026-11-22", territories=["NZ"])])
    assert availability(release, WANTED, "GB", NOW) == "live"
    release = Release(deals=[_deal(start="2026-11-22", territories=["US"])])
    assert availability(release, WANTED, "GB", NOW) == "scheduled"


def test_a_deal_for_very_many_territories_is_looked_at_in_part() -> None:
    names = [f"{a}{b}" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    release = Release(deals=[_deal(territories=names * 70)])
    assert availability(release, WANTED, "GB", NOW) == "live"
