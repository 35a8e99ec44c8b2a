"""What must hold for all deals, everywhere, at all times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from catalog.deal_terms import DateUnreadable, end_instant, start_instant
from catalog.rights import DealTerms, decide, timetable
from ddex.data.territories import find
from tests.unit.catalog.test_rights import FREE, OFFLINE, SUBSCRIPTION

DATES = st.sampled_from(
    ["", "2026-01-01", "2026-02-10", "2026-02-10T12:00:00", "2026-03-05T01:00:00Z", "2026-05",
     "2027", "2026-02-31", "9999-12-31", "2026-03-29", "2026-10-25"]
)  # fmt: skip
DEALS = st.lists(
    st.builds(
        DealTerms,
        territories=st.sampled_from([(), ("Worldwide",), ("DE",), ("US", "FR"), ("2136",)]),
        excluded_territories=st.sampled_from([(), (), ("FR",), ("US",)]),
        commercial_models=st.sampled_from(
            [(), ("SubscriptionModel",), ("SubscriptionModel", "AdvertisementSupportedModel")]
        ),
        use_types=st.sampled_from([(), ("Stream",), ("OnDemandStream",), ("TetheredDownload",)]),
        periods=st.lists(st.tuples(DATES, DATES), max_size=3).map(tuple),
        is_takedown=st.sampled_from([False, False, False, False, True]),
        is_out_of_band=st.sampled_from([False, False, False, True]),
    ),
    max_size=5,
).map(tuple)
INSTANTS = st.datetimes(
    datetime(2025, 12, 30), datetime(2028, 1, 3), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip
PLACES = st.sampled_from(["DE", "US", "FR", "AU"])
WANTED = st.lists(st.sampled_from([SUBSCRIPTION, OFFLINE, FREE]), min_size=1, max_size=3).map(tuple)


def naive(
    deals: tuple[DealTerms, ...],
    territory: str,
    instant: datetime,
    wanted: tuple[tuple[str, str], ...],
) -> bool:
    """The rules read one after the other, for one instant only."""
    place = find(territory)
    assert place is not None

    def here(deal: DealTerms) -> bool:
        named = not deal.territories or {"Worldwide", territory} & set(deal.territories)
        some = bool(deal.territories or deal.excluded_territories)
        return bool(some and named and territory not in deal.excluded_territories)

    def within(deal: DealTerms) -> bool:
        for start, end in deal.periods:
            try:
                if start_instant(start, place.tzinfo) <= instant < end_instant(end, place.tzinfo):
                    return True
            except DateUnreadable:
                if deal.is_takedown:
                    return True
        return deal.is_takedown and not deal.periods

    now = [deal for deal in deals if here(deal) and within(deal)]
    if any(deal.is_takedown for deal in now):
        return False
    uses = {
        "OnDemandStream": {"Stream", "OnDemandStream"},
        "ConditionalDownload": {"TetheredDownload"},
    }
    return any(
        model in deal.commercial_models and uses[use] & set(deal.use_types)
        for deal in now
        if not deal.is_out_of_band
        for model, use in wanted
    )


@given(deals=DEALS, territory=PLACES, instant=INSTANTS, wanted=WANTED)
def test_the_timetable_equals_the_rules_read_naively(
    deals: tuple[DealTerms, ...],
    territory: str,
    instant: datetime,
    wanted: tuple[tuple[str, str], ...],
) -> None:
    verdict = decide(deals, territory=territory, instant=instant, wanted=wanted)
    assert verdict.allowed == naive(deals, territory, instant, wanted)


@given(deals=DEALS, territory=PLACES, instant=INSTANTS, wanted=WANTED, share=st.floats(0, 1))
def test_a_verdict_stays_until_its_next_change_and_changes_there(
    deals: tuple[DealTerms, ...],
    territory: str,
    instant: datetime,
    wanted: tuple[tuple[str, str], ...],
    share: float,
) -> None:
    table = timetable(deals, territory=territory, wanted=wanted)
    verdict = table.at(instant)
    if verdict.next_change is None:
        assert table.at(instant + timedelta(days=36_500)) == verdict
        return
    assert verdict.next_change > instant
    tick = timedelta(microseconds=1)
    assert table.at(verdict.next_change - tick) == verdict
    assert table.at(instant + (verdict.next_change - tick - instant) * share) == verdict
    after = table.at(verdict.next_change)
    assert replace(after, next_change=None) != replace(verdict, next_change=None)


@given(deals=DEALS, territory=PLACES, instant=INSTANTS, wanted=WANTED)
def test_since_and_until_bound_an_unbroken_stretch(
    deals: tuple[DealTerms, ...],
    territory: str,
    instant: datetime,
    wanted: tuple[tuple[str, str], ...],
) -> None:
    table = timetable(deals, territory=territory, wanted=wanted)
    verdict = table.at(instant)
    tick = timedelta(microseconds=1)
    if verdict.until:
        assert table.at(verdict.until).allowed is not verdict.allowed
        assert table.at(verdict.until - tick).allowed is verdict.allowed
    if verdict.since:
        assert table.at(verdict.since).allowed is verdict.allowed
        assert table.at(verdict.since - tick).allowed is not verdict.allowed
    assert verdict.allowed or verdict.reason.message
