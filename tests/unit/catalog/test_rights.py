"""Verdicts: a matrix of hand-written cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.rights import DealTerms, ReasonCode, Verdict, decide, timetable

SUBSCRIPTION = ("SubscriptionModel", "OnDemandStream")
OFFLINE = ("SubscriptionModel", "ConditionalDownload")
FREE = ("AdvertisementSupportedModel", "OnDemandStream")
STREAM = DealTerms(
    territories=("Worldwide",),
    commercial_models=("SubscriptionModel",),
    use_types=("Stream",),
    periods=(("2026-01-01", ""),),
)
NOON = "2026-07-01T12:00:00+00:00"


def terms(**changes: Any) -> DealTerms:
    return replace(STREAM, **changes)


def ask(
    *deals: DealTerms,
    territory: str = "DE",
    at: str = NOON,
    wanted: tuple[tuple[str, str], ...] = (SUBSCRIPTION,),
    plan: str = "",
) -> Verdict:
    instant = datetime.fromisoformat(at)
    return decide(deals, territory=territory, instant=instant, wanted=wanted, plan=plan)


@pytest.mark.parametrize(
    ("deal", "territory", "allowed"),
    [
        (terms(), "DE", True),
        (terms(territories=("DE", "FR")), "FR", True),
        (terms(territories=("DE",)), "FR", False),
        (terms(territories=("DE",)), "de", True),
        (terms(territories=(), excluded_territories=("FR",)), "DE", True),
        (terms(territories=(), excluded_territories=("FR",)), "FR", False),
        (terms(excluded_territories=("FR",)), "FR", False),
        (terms(excluded_territories=("FR",)), "DE", True),
        (terms(territories=("DE",), excluded_territories=("FR",)), "AT", False),
        (terms(territories=(), excluded_territories=()), "DE", False),
        (terms(territories=(), excluded_territories=("Worldwide",)), "DE", False),
        (terms(territories=(), excluded_territories=("2136",)), "DE", False),
        (terms(territories=("2136",)), "DE", False),
        (terms(territories=("2136", "DE")), "DE", True),
        (terms(territories=("276",)), "DE", False),
        (terms(territories=("ES",)), "ES-CN", True),
        (terms(territories=("ES-CN",)), "ES", False),
        (terms(territories=(), excluded_territories=("ES",)), "ES-CN", False),
        (terms(territories=(), excluded_territories=("FR",)), "Worldwide", False),
        (terms(), "Worldwide", True),
        (terms(), "ZZ", False),
        (terms(), "", False),
    ],
)
def test_territories(deal: DealTerms, territory: str, allowed: bool) -> None:  # noqa: FBT001
    assert ask(deal, territory=territory).allowed is allowed


@pytest.mark.parametrize(
    ("granted", "use", "allowed"),
    [
        ("Stream", "OnDemandStream", True),
        ("Stream", "NonInteractiveStream", True),
        ("Stream", "ContentInfluencedStream", True),
        ("Stream", "TimeInfluencedStream", True),
        ("Stream", "Stream", True),
        ("Stream", "ConditionalDownload", False),
        ("Stream", "TetheredDownload", False),
        ("Stream", "PermanentDownload", False),
        ("OnDemandStream", "OnDemandStream", True),
        ("OnDemandStream", "Stream", False),
        ("NonInteractiveStream", "OnDemandStream", False),
        ("TetheredDownload", "ConditionalDownload", True),
        ("ConditionalDownload", "TetheredDownload", True),
        ("ConditionalDownload", "OnDemandStream", False),
        ("PermanentDownload", "ConditionalDownload", False),
        ("Download", "ConditionalDownload", False),
        ("onDemandStream", "OnDemandStream", False),
        ("OnDemandStream", "", False),
    ],
)
def test_uses(granted: str, use: str, allowed: bool) -> None:  # noqa: FBT001
    verdict = ask(terms(use_types=(granted,)), wanted=(("SubscriptionModel", use),))
    assert verdict.allowed is allowed


@pytest.mark.parametrize(
    ("changes", "allowed", "code"),
    [
        ({"use_types": ()}, False, ReasonCode.USE_NOT_GRANTED),
        ({"commercial_models": ()}, False, ReasonCode.NOT_IN_PLAN),
        ({"periods": ()}, False, ReasonCode.NO_PERIOD),
        ({"periods": (("", ""),)}, True, ReasonCode.ALLOWED),
        ({"periods": (("", "2026-07-01"),)}, True, ReasonCode.ALLOWED),
        ({"periods": (("2026-08-01", "2026-07-01"),)}, False, ReasonCode.NO_PERIOD),
        ({"periods": (("2026-13-45", ""),)}, False, ReasonCode.UNREADABLE),
        ({"periods": (("2026-01-01", "soon"),)}, False, ReasonCode.UNREADABLE),
        ({"periods": (("soon", ""), ("2026-01-01", ""))}, True, ReasonCode.ALLOWED),
        ({"is_out_of_band": True}, False, ReasonCode.OUT_OF_BAND),
        ({"is_pre_order": True}, False, ReasonCode.PRE_ORDER_ONLY),
        ({"is_takedown": True}, False, ReasonCode.TAKEN_DOWN),
        ({"use_types": ("PermanentDownload",)}, False, ReasonCode.USE_NOT_GRANTED),
        ({"territories": ("FR",)}, False, ReasonCode.NO_DEAL_HERE),
        ({"commercial_models": ("PayAsYouGoModel",)}, False, ReasonCode.NOT_IN_PLAN),
        ({"periods": (("2026-12-12", ""),)}, False, ReasonCode.NOT_YET),
        ({"periods": (("2026-01-01", "2026-03-31"),)}, False, ReasonCode.ENDED),
    ],
)
def test_one_deal(changes: dict[str, Any], allowed: bool, code: ReasonCode) -> None:  # noqa: FBT001
    verdict = ask(terms(**changes))
    assert (verdict.allowed, verdict.reason.code) == (allowed, code)


@pytest.mark.parametrize(
    ("territory", "opens"),
    [
        ("DE", "2026-12-11T23:00:00+00:00"),
        ("GB", "2026-12-12T00:00:00+00:00"),
        ("US", "2026-12-12T05:00:00+00:00"),
        ("AU", "2026-12-11T13:00:00+00:00"),
        ("NZ", "2026-12-11T11:00:00+00:00"),
        ("IN", "2026-12-11T18:30:00+00:00"),
        ("BR", "2026-12-12T03:00:00+00:00"),
    ],
)
def test_a_start_date_is_midnight_in_each_place(territory: str, opens: str) -> None:
    deal = terms(periods=(("2026-12-12", "2026-12-13"),))
    opening = datetime.fromisoformat(opens)
    before = ask(deal, territory=territory, at=(opening - timedelta(microseconds=1)).isoformat())
    assert not before.allowed
    assert before.until == before.next_change == opening
    first = ask(deal, territory=territory, at=opens)
    assert first.allowed
    assert first.since == opening
    assert first.until == opening + timedelta(days=2)
    last = ask(deal, territory=territory, at=(opening + timedelta(days=2)).isoformat())
    assert not last.allowed
    assert last.since == opening + timedelta(days=2)
    assert last.until is None


@pytest.mark.parametrize(
    ("deals", "sentence"),
    [
        ((terms(territories=("FR",)),), "No deal for Germany (DE)."),
        ((), "Its sender has no deal for it, anywhere."),
        ((terms(periods=(("2026-12-12", ""),)),), "Opens in Germany on 12 December 2026."),
        (
            (terms(periods=(("2026-12-12T09:30:00", ""),)),),
            "Opens in Germany on 12 December 2026 at 09:30 local time.",
        ),
        ((terms(periods=(("", "2026-03-31"),)),), "Ended in Germany on 31 March 2026."),
        (
            (terms(periods=(("", "2026-03-31T18:00:00Z"),)),),
            "Ended in Germany on 31 March 2026 at 20:00 local time.",
        ),
        (
            (terms(commercial_models=("PayAsYouGoModel",)),),
            "The deal for Germany is for PayAsYouGoModel, not for SubscriptionModel.",
        ),
        (
            (terms(use_types=("PermanentDownload",)),),
            "The deal for Germany is for PermanentDownload only.",
        ),
        (
            (terms(periods=(("2026-13-45", ""),)),),
            "The deal for Germany has a date that is none: '2026-13-45'.",
        ),
        (
            (terms(territories=("2136",)),),
            "No deal for Germany (DE). A deal names '2136', which is no territory we know.",
        ),
        ((terms(is_takedown=True),), "Taken down in Germany by its sender."),
        (
            (terms(is_out_of_band=True),),
            "The deal for Germany was agreed outside the message.",
        ),
        ((terms(is_pre_order=True),), "In Germany it can only be pre-ordered."),
    ],
)
def test_sentences(deals: tuple[DealTerms, ...], sentence: str) -> None:
    assert ask(*deals).reason.message == sentence


def test_the_plan_is_named_and_countries_have_their_article() -> None:
    free = ask(terms(), wanted=(FREE,), plan="Free", territory="US")
    assert free.reason.message == "Not in the Free plan in the United States."
    assert free.reason.code is ReasonCode.NOT_IN_PLAN
    assert free.deal == 0


def test_another_plan_now_beats_a_deal_that_ended_but_not_one_that_opens() -> None:
    ended = terms(commercial_models=("AdvertisementSupportedModel",), periods=(("", "2026-01-31"),))
    opens = replace(ended, periods=(("2026-08-01", ""),))
    assert ask(ended, terms(), wanted=(FREE,)).reason.code is ReasonCode.NOT_IN_PLAN
    assert ask(opens, terms(), wanted=(FREE,)).reason.code is ReasonCode.NOT_YET


def test_overlapping_deals_add_up() -> None:
    first = terms(periods=(("2026-01-01", "2026-07-31"),))
    second = terms(periods=(("2026-07-01", "2026-12-31"),))
    verdict = ask(first, second, territory="GB")
    assert (verdict.allowed, verdict.deal) == (True, 0)
    assert verdict.until == datetime(2027, 1, 1, tzinfo=UTC)
    assert verdict.next_change == datetime(
        2026, 7, 31, 23, tzinfo=UTC
    )  # the second deal takes over
    later = ask(first, second, territory="GB", at="2026-09-01T00:00:00+00:00")
    assert (later.deal, later.since) == (1, verdict.since)


def test_a_gap_between_deals_says_when_it_opens_again() -> None:
    deal = terms(periods=(("2026-01-01", "2026-03-31"), ("2026-09-01", "2026-09-30")))
    verdict = ask(deal, territory="GB")
    assert verdict.reason.message == "Opens in the United Kingdom on 1 September 2026."
    assert verdict.since == datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert verdict.until == datetime(2026, 8, 31, 23, tzinfo=UTC)


def test_the_preferred_pair_is_granted_when_both_are() -> None:
    both = terms(use_types=("Stream", "TetheredDownload"))
    verdict = ask(both, wanted=(OFFLINE, SUBSCRIPTION))
    assert (verdict.model, verdict.use) == OFFLINE
    assert ask(both, wanted=(SUBSCRIPTION, OFFLINE)).use == "OnDemandStream"


def test_a_pair_counts_only_as_a_pair() -> None:
    downloads = terms(commercial_models=("PayAsYouGoModel",), use_types=("Stream",))
    subscription = terms(use_types=("PermanentDownload",))
    assert not ask(downloads, subscription).allowed


def test_a_take_down_beats_other_deals_in_its_place_and_time() -> None:
    down = terms(is_takedown=True, territories=("DE",), periods=(("2026-08-01", ""),))
    verdict = ask(STREAM, down)
    assert verdict.allowed
    assert verdict.until == datetime(2026, 7, 31, 22, tzinfo=UTC)
    after = ask(STREAM, down, at="2026-08-02T00:00:00+00:00")
    assert (after.allowed, after.reason.code, after.deal) == (False, ReasonCode.TAKEN_DOWN, 1)
    assert ask(STREAM, down, territory="FR", at="2026-08-02T00:00:00+00:00").allowed
    unreadable = replace(down, periods=(("whenever", ""),))
    assert ask(STREAM, unreadable).reason.code is ReasonCode.TAKEN_DOWN


def test_nothing_wanted_is_nothing_granted() -> None:
    assert not ask(STREAM, wanted=()).allowed
    assert not ask(STREAM, wanted=(("", ""),)).allowed


def test_the_deal_is_named() -> None:
    verdict = ask(terms(territories=("FR",)), terms(reference="/x/Deal[2]"))
    assert (verdict.deal, verdict.reference) == (1, "/x/Deal[2]")
    data = verdict.to_json()
    assert data["reason"] == "allowed"
    assert data["since"] == "2025-12-31T23:00:00+00:00"
    assert data["until"] is None


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ask(STREAM, at="2026-07-01T12:00:00")


def test_a_deal_that_lasts_to_the_year_9999() -> None:
    verdict = ask(terms(periods=(("2026-01-01", "9999-12-31"),)))
    assert verdict.allowed
    assert verdict.until is None


@pytest.mark.timeout(30)
def test_hostile_deals_do_no_harm() -> None:
    territories = tuple(f"T{number}" for number in range(50_000))
    assert not ask(terms(territories=territories)).allowed
    many = [
        terms(periods=((f"20{year:02}-0{m}-01", f"20{year:02}-0{m}-09"),))
        for year in range(83)
        for m in range(1, 10)
    ]
    table = timetable(tuple(many), territory="DE", wanted=(SUBSCRIPTION,))
    assert len(table.starts) == 1 + 2 * len(many)
    assert not ask(terms(periods=(("\x00" * 1000, "💥"),))).allowed
