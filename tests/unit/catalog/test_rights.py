"""What the matrix does not ask: sentences, several pairs, JSON, hostile deals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.rights import DealTerms, ReasonCode, Verdict, decide, timetable
from ddex.data.territories import territories
from tests.unit.catalog.rights_cases import terms as deal

SUBSCRIPTION = ("SubscriptionModel", "OnDemandStream")
OFFLINE = ("SubscriptionModel", "ConditionalDownload")
FREE = ("AdvertisementSupportedModel", "OnDemandStream")
STREAM = deal("Worldwide : Sub / Stream : 2026-01-01..", 1)
NOON = "2026-07-01T12:00:00+00:00"


def ask(
    *deals: DealTerms | str,
    territory: str = "DE",
    at: str = NOON,
    wanted: tuple[tuple[str, str], ...] = (SUBSCRIPTION,),
    plan: str = "",
) -> Verdict:
    """The verdict on these deals; a text is one in the language of the matrix."""
    said = [deal(one, n) if isinstance(one, str) else one for n, one in enumerate(deals, 1)]
    instant = datetime.fromisoformat(at)
    return decide(said, territory=territory, instant=instant, wanted=wanted, plan=plan)


@pytest.mark.parametrize(
    ("deals", "sentence"),
    [
        (("FR : Sub / OD : 2026-01-01..",), "No deal for Germany (DE)."),
        ((), "Its sender has no deal for it, anywhere."),
        (("DE : Sub / OD : 2026-12-12..",), "Not available in DE until 12 December 2026."),
        (
            ("DE : Sub / OD : 2026-12-12T09:30:00..",),
            "Not available in DE until 12 December 2026 at 09:30 local time.",
        ),
        (("DE : Sub / OD : ..2026-03-31",), "Ended in Germany on 31 March 2026."),
        (
            ("DE : Sub / OD : ..2026-03-31T18:00:00Z",),
            "Ended in Germany on 31 March 2026 at 20:00 local time.",
        ),
        (
            ("DE : Pay / OD : 2026-01-01..",),
            "The deal for Germany is for PayAsYouGoModel, not for SubscriptionModel.",
        ),
        (("DE : Sub / PD : 2026-01-01..",), "The deal for Germany is for PermanentDownload only."),
        (
            ("DE : Sub / OD : 2026-13-45..",),
            "The deal for Germany has a date that is none: '2026-13-45'.",
        ),
        (
            ("2136 : Sub / OD : 2026-01-01..",),
            "No deal for Germany (DE). A deal names '2136', no territory we know or agreed on.",
        ),
        (("DE : / : : down",), "Taken down in Germany by its sender."),
        (("DE : / : : band",), "The deal for Germany was agreed outside the message."),
        (
            ("DE : Sub / OD : 2026-01-01.. : pre",),
            "In Germany it can only be pre-ordered.",
        ),
    ],
)
def test_sentences(deals: tuple[str, ...], sentence: str) -> None:
    assert ask(*deals).reason.message == sentence


def test_the_plan_is_named_and_countries_have_their_article() -> None:
    free = ask(STREAM, wanted=(FREE,), plan="Free", territory="US")
    assert free.reason.message == "Not in the Free plan in the United States."
    assert (free.reason.code, free.reason.missing) == (
        ReasonCode.NOT_IN_PLAN,
        "CommercialModelType",
    )
    assert free.deal is STREAM


def test_the_preferred_pair_is_granted_when_both_are() -> None:
    both = "DE : Sub / Stream,TD : 2026-01-01.."
    preferred = ask(both, wanted=(OFFLINE, SUBSCRIPTION))
    assert (preferred.model, preferred.use) == OFFLINE
    assert ask(both, wanted=(SUBSCRIPTION, OFFLINE)).use == "OnDemandStream"


def test_nothing_wanted_is_nothing_granted() -> None:
    assert not ask(STREAM, wanted=()).allowed
    assert not ask(STREAM, wanted=(("", ""),)).allowed


def test_a_deal_is_named_by_its_place_else_by_its_number() -> None:
    placed = DealTerms.from_json({**STREAM.to_json(), "reference": "/x/Deal[2]"})
    data = ask(placed).to_json()
    assert (data["deal"], data["reason"], data["missing"]) == ("/x/Deal[2]", "allowed", None)
    assert data["since"] == "2025-12-31T23:00:00+00:00"
    assert data["until"] is None
    assert ask("FR : Sub / OD : 2026-01-01..", STREAM).reference == "deal 1"
    assert ask().to_json()["deal"] is None


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ask(STREAM, at="2026-07-01T12:00:00")


def test_terms_survive_json() -> None:
    rich = deal("DE -FR : Sub,Ad / OD : 2026-01-01..2026-02-01 & 2027-01-01.. : pre gift=A1", 7)
    assert DealTerms.from_json(rich.to_json()) == rich


@pytest.mark.timeout(120)
def test_fifty_thousand_codes_in_a_deal_stay_quick() -> None:
    strange = tuple(f"T{number}" for number in range(50_000))
    known = tuple(territories()) * 200
    for codes in (strange, known, (*strange, "DE")):
        included: dict[str, Any] = {**STREAM.to_json(), "territories": codes}
        excluded = {**STREAM.to_json(), "territories": (), "excluded_territories": codes}
        assert ask(DealTerms.from_json(included)).allowed is (codes is not strange)
        assert not ask(DealTerms.from_json(excluded)).allowed


@pytest.mark.timeout(120)
def test_many_deals_and_nonsense_do_no_harm() -> None:
    many = [
        deal(f"DE : Sub / OD : 20{year:02}-0{month}-01..20{year:02}-0{month}-09", 1)
        for year in range(83)
        for month in range(1, 10)
    ]
    table = timetable([tuple(many)], territory="DE", wanted=(SUBSCRIPTION,))
    assert len(table.starts) == 1 + 2 * len(many)  # 747 deals
    nonsense = DealTerms.from_json({**STREAM.to_json(), "periods": [["\x00" * 1000, "💥"]]})
    assert not ask(nonsense).allowed


def test_an_overlap_of_many_deals_and_takedowns_stays_quick() -> None:
    deals = [deal(f"DE : Sub / OD : 2026-01-01..{2027 + n}-01-01", n) for n in range(700)]
    downs = [deal(f"DE : / : {2030 + n}-01-01..{2030 + n}-01-02 : down", n) for n in range(300)]
    table = timetable([(*deals, *downs)], territory="DE", wanted=(SUBSCRIPTION,))
    assert table.at(datetime(2026, 7, 1, tzinfo=UTC)).allowed
    assert not table.at(datetime(2040, 1, 1, 12, tzinfo=UTC)).allowed
