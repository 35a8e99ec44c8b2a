"""What a release's deals mean for its delivery."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.deal_terms import DealTerms
from catalog.models import Release
from catalog.rights_terms import ReleaseTerms, Subject
from core.database import Base, Database
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


def stands(*deals: dict[str, Any], locked: str = "") -> str:
    said = tuple(DealTerms.from_json(deal) for deal in deals)
    terms = ReleaseTerms((Subject(reference="R0", deals=tuple(range(len(said)))),), said)
    release = Release(
        feed_id="none", rights=terms.to_json(), rights_digest=terms.digest, locked=locked
    )
    database = Database("sqlite://")
    Base.metadata.create_all(database.engine)
    with database.read() as session:
        return availability(session, release, WANTED, NOW)


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
        ([_deal(territories=["Worldwide"], excluded_territories=["GB"])], "live"),
        ([_deal(start="some day")], "hidden"),
    ],
)
def test_availability(deals: list[dict[str, Any]], state: str) -> None:
    assert stands(*deals) == state


def test_the_day_begins_where_the_listener_is() -> None:
    """In Auckland the first of December begins eleven hours before it does in UTC."""
    assert stands(_deal(start="2026-11-22", territories=["NZ"])) == "live"
    assert stands(_deal(start="2026-11-22", territories=["US"])) == "scheduled"


def test_what_a_decision_keeps_down_is_hidden() -> None:
    assert stands(_deal(), locked="take_down") == "hidden"


def test_a_deal_for_very_many_territories_is_looked_at_whole() -> None:
    names = [f"{a}{b}" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    assert stands(_deal(territories=[*names * 70, "ZW"])) == "live"
