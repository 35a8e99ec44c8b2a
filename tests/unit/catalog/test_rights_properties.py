"""What must hold for all deals at all times; an oracle of its own says what is right."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from catalog.rights import DealTerms, timetable
from tests.unit.catalog.test_rights import FREE, OFFLINE, SUBSCRIPTION

ZONES = {
    "DE": ZoneInfo("Europe/Berlin"),
    "US": ZoneInfo("America/New_York"),
    "FR": ZoneInfo("Europe/Paris"),
    "AU": ZoneInfo("Australia/Sydney"),
    "CU": ZoneInfo("America/Havana"),
}
DATES = st.sampled_from(
    ["", "2026-01-01", "2026-02-10", "2026-02-10T12:00:00", "2026-03-05T01:00:00+00:00",
     "2026-02-31", "2026-03-29", "2026-10-25", "2026-11-01", "2027-06-30", "soon"]
)  # fmt: skip
DEALS = st.lists(
    st.builds(
        DealTerms,
        territories=st.sampled_from([(), ("Worldwide",), ("DE",), ("US", "FR", "CU"), ("2136",)]),
        excluded_territories=st.sampled_from([(), (), ("FR",), ("US",), ("ZZ",)]),
        commercial_models=st.sampled_from(
            [(), ("SubscriptionModel",), ("SubscriptionModel", "AdvertisementSupportedModel")]
        ),
        use_types=st.sampled_from([(), ("Stream",), ("OnDemandStream",), ("TetheredDownload",)]),
        periods=st.lists(st.tuples(DATES, DATES), max_size=3).map(tuple),
        is_takedown=st.sampled_from([False, False, False, False, True]),
        is_out_of_band=st.sampled_from([False, False, False, True]),
        is_pre_order=st.sampled_from([False, False, False, True]),
        instant_gratification=st.sampled_from([(), (), ("A1",), ("A2",)]),
    ),
    max_size=4,
).map(tuple)
GROUPS = st.lists(DEALS, min_size=1, max_size=3).map(tuple)
INSTANTS = st.datetimes(
    datetime(2025, 12, 30), datetime(2027, 8, 3), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip
PLACES = st.sampled_from(sorted(ZONES))
WANTED = st.lists(st.sampled_from([SUBSCRIPTION, OFFLINE, FREE]), min_size=1, max_size=3).map(tuple)
Groups = tuple[tuple[DealTerms, ...], ...]
Pairs = tuple[tuple[str, str], ...]


def _boundary(text: str, zone: ZoneInfo, *, is_end: bool) -> datetime | None:
    """The instant of a date; raises ValueError for what is none. None means open."""
    if not text:
        return None
    if "T" in text:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    day = date.fromisoformat(text) + timedelta(days=is_end)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _holds(deal: DealTerms, zone: ZoneInfo, instant: datetime) -> bool:
    if deal.is_takedown and not deal.periods:
        return True
    for start, end in deal.periods:
        try:
            begin = _boundary(start, zone, is_end=False)
            finish = _boundary(end, zone, is_end=True)
        except ValueError:
            if deal.is_takedown:
                return True
            continue
        if (begin is None or begin <= instant) and (finish is None or instant < finish):
            return True
    return False


def _here(deal: DealTerms, place: str) -> bool:
    if "ZZ" in deal.excluded_territories or place in deal.excluded_territories:
        return False
    if not deal.territories:
        return bool(deal.excluded_territories)
    return "Worldwide" in deal.territories or place in deal.territories


def _grants(deal: DealTerms, wanted: Pairs) -> bool:
    if deal.is_takedown or deal.is_out_of_band:
        return False
    if deal.is_pre_order and "A1" not in deal.instant_gratification:
        return False
    uses = set(deal.use_types)
    if "Stream" in uses:
        uses.add("OnDemandStream")
    if "TetheredDownload" in uses:
        uses.add("ConditionalDownload")
    return any(model in deal.commercial_models and use in uses for model, use in wanted)


def naive(groups: Groups, place: str, instant: datetime, wanted: Pairs) -> bool:
    """The rules read one after the other, for one instant only."""
    now = [
        [deal for deal in deals if _here(deal, place) and _holds(deal, ZONES[place], instant)]
        for deals in groups
    ]
    if any(deal.is_takedown for deal in now[0]):
        return False
    alive = [deals for deals in now if not any(deal.is_takedown for deal in deals)]
    return any(_grants(deal, wanted) for deals in alive for deal in deals)


@given(GROUPS, PLACES, INSTANTS, WANTED)
def test_the_timetable_equals_the_rules_read_naively(
    groups: Groups, place: str, instant: datetime, wanted: Pairs
) -> None:
    table = timetable(groups, territory=place, wanted=wanted, resources=frozenset({"A1"}))
    edges = [start for start in table.starts if start.year > 1]
    near = [edge + step for edge in edges for step in (timedelta(0), -timedelta(microseconds=1))]
    for moment in [instant, *near]:
        assert table.at(moment).allowed is naive(groups, place, moment, wanted)


@given(GROUPS, PLACES, INSTANTS, WANTED)
def test_a_verdict_stays_until_its_next_change_and_changes_there(
    groups: Groups, place: str, instant: datetime, wanted: Pairs
) -> None:
    table = timetable(groups, territory=place, wanted=wanted)
    verdict = table.at(instant)
    change = verdict.next_change
    assert change is None or change > instant
    later = change - timedelta(microseconds=1) if change else datetime.max.replace(tzinfo=UTC)
    assert table.at(later) is verdict
    assert change is None or table.at(change) != verdict


@given(GROUPS, PLACES, INSTANTS, WANTED)
def test_since_and_until_bound_an_unbroken_stretch(
    groups: Groups, place: str, instant: datetime, wanted: Pairs
) -> None:
    table = timetable(groups, territory=place, wanted=wanted)
    verdict = table.at(instant)
    if verdict.since:
        assert table.at(verdict.since).allowed is verdict.allowed
        assert table.at(verdict.since - timedelta(microseconds=1)).allowed is not verdict.allowed
    if verdict.until:
        assert table.at(verdict.until - timedelta(microseconds=1)).allowed is verdict.allowed
        assert table.at(verdict.until).allowed is not verdict.allowed
    assert verdict.allowed is bool(verdict.model)


@given(DEALS, PLACES, INSTANTS, WANTED)
def test_the_order_of_deals_does_not_matter(
    deals: tuple[DealTerms, ...], place: str, instant: datetime, wanted: Pairs
) -> None:
    tables = [timetable([each], territory=place, wanted=wanted) for each in (deals, deals[::-1])]
    assert tables[0].at(instant).allowed is tables[1].at(instant).allowed
