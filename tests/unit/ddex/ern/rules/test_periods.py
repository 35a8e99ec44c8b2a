"""Rule 24: dates and deals that contradict."""

from __future__ import annotations

import time

import pytest

from ddex.ern.model import Deal, Header, Message, Period, Price, Visibility
from ddex.ern.rules.overlaps import check_overlaps
from ddex.ern.rules.periods import check_shown, is_after
from ddex.findings import Finding, Severity
from tests.fixtures.ern_messages import PLANTED, planted
from tests.unit.ddex.ern.rules.planting import KNOWN, codes, found, judge

START = "<StartDate>2026-03-06</StartDate>"
FOURS = ("411", "43")


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-06", "2026-03-05"),
        ("2026-12-31", "2026-01-01"),
        ("9999-12-31", "2026-01-01"),
        ("2026-03-06T00:00:00", "2026-03-05T23:59:59"),
        ("2026-03-06T12:00:00+02:00", "2026-03-06T09:59:00Z"),
        ("2026-03-06", "2026-03-05T10:00:00"),
    ],
)
def test_an_end_before_the_start(version: str, start: str, end: str) -> None:
    kinds = ["DateTime" if "T" in each else "Date" for each in (start, end)]
    period = f"<Start{kinds[0]}>{start}</Start{kinds[0]}><End{kinds[1]}>{end}</End{kinds[1]}>"
    one = found(version, START, period, "ERN-2401")
    assert (one.rule, one.severity, one.value) == (24, Severity.HOLD, end)


@pytest.mark.parametrize(
    ("start", "end", "after"),
    [
        ("2026-03-06", "2026-03-06", False),
        ("2026-03-06T10:00:00", "2026-03-06", False),
        ("2026-03-07T00:00:00", "2026-03-06", True),
        ("2026-03", "2026-03-01", False),
        ("2026", "2025-12-31", True),
        ("2026-03-06T12:00:00+02:00", "2026-03-06T10:00:00Z", False),
        ("2026-03-06T12:00:01+02:00", "2026-03-06T10:00:00Z", True),
        ("2026-03-06T12:00:00", "2026-03-06T11:00:00Z", True),
        ("", "2026-03-06", False),
    ],
)
def test_after(start: str, end: str, after: bool) -> None:  # noqa: FBT001 - a table
    assert is_after(start, end) is after


DISPLAY = {
    "382": [
        "<ReleaseDisplayStartDate>{}</ReleaseDisplayStartDate>",
        "<TrackListingPreviewStartDate>{}</TrackListingPreviewStartDate>",
        "<CoverArtPreviewStartDate>{}</CoverArtPreviewStartDate>",
        "<ClipPreviewStartDate>{}</ClipPreviewStartDate>",
    ],
    "43": ["<ReleaseDisplayStartDateTime>{}T00:00:00</ReleaseDisplayStartDateTime>"],
}
DISPLAY["411"] = DISPLAY["382"]


@pytest.mark.parametrize(
    ("version", "index"),
    [(version, i) for version in PLANTED for i in range(len(DISPLAY[version]))],
)
def test_shown_after_the_start(version: str, index: int) -> None:
    part = DISPLAY[version][index]
    one = found(version, part.format("2026-02-27"), part.format("2026-03-07"), "ERN-2403")
    assert (one.rule, one.severity, one.value[:10]) == (24, Severity.HOLD, "2026-03-07")
    assert codes(planted(version, part.format("2026-02-27"), part.format("2026-03-06"))) == []


def test_a_visibility_of_one_territory_goes_before_that_of_all() -> None:
    deals = (
        Deal(
            release_references=("R0",), territories=("JP",), periods=(Period(start="2026-05-01"),)
        ),
        Deal(
            release_references=("R0",), territories=("DE",), periods=(Period(start="2026-04-01"),)
        ),
    )
    world = Visibility(
        reference="V1",
        release_references=("R0",),
        territories=("Worldwide",),
        release_display_start="2026-04-01",
    )
    japan = Visibility(
        reference="V2",
        release_references=("R0",),
        territories=("JP",),
        release_display_start="2026-05-01",
    )
    late = Visibility(
        reference="V3",
        release_references=("R0",),
        territories=("DE",),
        release_display_start="2026-04-02",
    )
    assert list(check_shown(message(deals, world, japan), KNOWN)) == []
    assert [each.value for each in check_shown(message(deals, world, late), KNOWN)] == [
        "2026-04-02"
    ]


def test_the_visibility_of_a_track() -> None:
    shown = (
        "</ReleaseVisibility><TrackReleaseVisibility><VisibilityReference>V2</VisibilityReference>"
        "<TrackListingPreviewStartDateTime>2026-03-09T00:00:00</TrackListingPreviewStartDateTime>"
        "</TrackReleaseVisibility>"
    )
    text = planted("43", "</ReleaseVisibility>", shown).decode()
    genre = "<GenreText>Pop</GenreText>\n      </Genre>\n    </TrackRelease>"
    assert genre in text
    named = genre.replace(
        "</Genre>",
        "</Genre><ReleaseVisibilityReference>V2</ReleaseVisibilityReference>",
    )
    mine = [each for each in judge(text.replace(genre, named, 1).encode()) if each.rule == 24]
    assert [each.code for each in mine] == ["ERN-2403"]
    assert mine[0].xpath.endswith("/TrackReleaseVisibility/TrackListingPreviewStartDateTime")
    assert mine[0].line > text[: text.index("<TrackReleaseVisibility>")].count("\n")


RELEASED = {
    "382": "GlobalOriginalReleaseDate",
    "411": "OriginalReleaseDate",
    "43": "OriginalReleaseDate",
}


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("date", ["2026-03-07", "2027-01-01", "2027"])
def test_an_original_date_after_the_release(version: str, date: str) -> None:
    part = f"<{RELEASED[version]}>{{}}</{RELEASED[version]}>"
    one = found(version, part.format("2026-03-06"), part.format(date), "ERN-2404")
    assert (one.value, one.ack_status) == (date, "OriginalReleaseDateLaterThanReleaseDate")


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("date", ["1969", "2026", "2026-03", "2026-03-06"])
def test_good_original_dates(version: str, date: str) -> None:
    part = f"<{RELEASED[version]}>{{}}</{RELEASED[version]}>"
    assert codes(planted(version, part.format("2026-03-06"), part.format(date))) == []


@pytest.mark.parametrize("version", PLANTED)
def test_an_approximate_date_says_the_year_only(version: str) -> None:
    part = f"<{RELEASED[version]}>2026-03-06</{RELEASED[version]}>"
    about = part.replace(">2026", ' IsApproximate="true">2026', 1)
    assert codes(planted(version, part, about.replace("03-06", "12-31"))) == []
    assert codes(planted(version, part, about.replace("2026-", "2027-"))) == ["ERN-2404"]


# overlaps

_COST = '<PriceInformation><{0} Namespace="PADPIDA2013042401U">{{}}</{0}></PriceInformation>'
PRICE = {"382": _COST.format("PriceType"), "4": _COST.format("PriceCode")}


def deal(
    version: str, price: str, *, start: str = "2026-03-06", end: str = "", where: str = "Worldwide"
) -> str:
    end = f"<EndDate>{end}</EndDate>" if end else ""
    period = f"<ValidityPeriod><StartDate>{start}</StartDate>{end}</ValidityPeriod>"
    model = "<CommercialModelType>SubscriptionModel</CommercialModelType>"
    use = "<UseType>OnDemandStream</UseType>"
    place = f"<TerritoryCode>{where}</TerritoryCode>"
    cost = PRICE.get(version, PRICE["4"]).format(price) if price else ""
    if version == "382":
        inner = f"{model}<Usage>{use}</Usage>{place}{cost}{period}"
    else:
        inner = f"{place}{period}{model}{use}{cost}"
    return f"<Deal><DealTerms>{inner}</DealTerms></Deal>"


def overlaps(version: str, *deals: str) -> list[Finding]:
    text = planted(version, "<DealList>", "<DealList><!-- -->").decode()
    start = text.index("<Deal>")
    end = text.index("</Deal>") + len("</Deal>")
    data = (text[:start] + "\n".join(deals) + text[end:]).encode()
    return [each for each in judge(data) if each.rule == 24 and each.code != "ERN-2403"]


@pytest.mark.parametrize("version", PLANTED)
def test_two_prices_at_the_same_time(version: str) -> None:
    found_ = overlaps(version, deal(version, "A"), deal(version, "B"))
    assert [(each.code, each.severity) for each in found_] == [("ERN-2402", Severity.HOLD)]
    assert found_[0].xpath.endswith("/Deal[2]/DealTerms")


@pytest.mark.parametrize("version", PLANTED)
def test_two_prices_in_turn(version: str) -> None:
    first = deal(version, "A", end="2026-05-31")
    assert overlaps(version, first, deal(version, "B", start="2026-06-01")) == []
    assert overlaps(version, first, deal(version, "B", start="2026-05-31"))


@pytest.mark.parametrize("version", PLANTED)
def test_no_price_contradicts_none(version: str) -> None:
    assert overlaps(version, deal(version, "A"), deal(version, "")) == []


@pytest.mark.parametrize("version", PLANTED)
def test_equal_terms_may_overlap(version: str) -> None:
    assert overlaps(version, deal(version, ""), deal(version, "")) == []
    assert overlaps(version, deal(version, "A"), deal(version, "A")) == []


@pytest.mark.parametrize("version", PLANTED)
def test_equal_terms_with_other_dates_are_held(version: str) -> None:
    later = deal(version, "A", start="2026-04-01")
    found_ = overlaps(version, deal(version, "A"), later)
    assert [(each.code, each.severity) for each in found_] == [("ERN-2405", Severity.HOLD)]
    assert overlaps(version, deal(version, "A", end="2026-03-31"), later) == []
    assert overlaps(version, deal(version, "A"), later.replace("Worldwide", "DE")) == []


@pytest.mark.parametrize("version", PLANTED)
def test_prices_differ_by_territory(version: str) -> None:
    assert overlaps(version, deal(version, "A", where="DE"), deal(version, "B", where="FR")) == []
    assert overlaps(version, deal(version, "A", where="DE"), deal(version, "B", where="DE"))
    assert overlaps(version, deal(version, "A"), deal(version, "B", where="DE"))


def test_two_policies_for_claims_contradict() -> None:
    policy = (
        "<RightsClaimPolicy><RightsClaimPolicyType>{}</RightsClaimPolicyType></RightsClaimPolicy>"
    )
    one, other = (
        deal("43", "").replace("</UseType>", f"</UseType>{policy.format(what)}")
        for what in ("BlockAccess", "Monetize")
    )
    assert overlaps("43", one, other)
    assert overlaps("43", one, one) == []
    assert overlaps("43", one, deal("43", "")) == []


def test_an_exclusion_is_no_overlap() -> None:
    one = (
        deal("43", "A")
        .replace("TerritoryCode>", "ExcludedTerritoryCode>")
        .replace("Worldwide", "DE")
    )
    assert overlaps("43", one, deal("43", "B", where="DE")) == []
    assert overlaps("43", one, deal("43", "B", where="FR"))


@pytest.mark.parametrize("switch", ["TakeDown", "AllDealsCancelled"])
@pytest.mark.parametrize(
    ("where", "contradicts"), [("DE", True), ("Worldwide", True), ("FR", False)]
)
def test_a_take_down_against_a_grant(switch: str, where: str, contradicts: bool) -> None:  # noqa: FBT001 - a table
    down = deal("382", "", where=where).replace(
        "<Usage><UseType>OnDemandStream</UseType></Usage>", f"<{switch}>true</{switch}>"
    )
    found_ = overlaps("382", deal("382", "", where="DE"), down)
    assert bool(found_) is contradicts


def test_a_take_down_before_a_new_grant() -> None:
    down = deal("382", "", end="2026-03-31").replace(
        "<Usage><UseType>OnDemandStream</UseType></Usage>", "<TakeDown>true</TakeDown>"
    )
    assert overlaps("382", down, deal("382", "", start="2026-04-01")) == []


def message(deals: tuple[Deal, ...], *visibilities: Visibility) -> Message:
    return Message(
        type="NewReleaseMessage",
        version="43",
        header=Header(message_id="1"),
        deals=deals,
        visibilities=visibilities,
    )


def priced(number: int, where: tuple[str, ...], references: tuple[str, ...] = ("R0",)) -> Deal:
    return Deal(
        release_references=references,
        commercial_models=("SubscriptionModel", "AdvertisementSupportedModel"),
        use_types=("OnDemandStream", "NonInteractiveStream"),
        territories=where,
        periods=(Period(start="2026-01-01"),),
        prices=(Price(code=str(number)),),
    )


MANY = {
    "20,000 deals that contradict": tuple(priced(n, ("DE",)) for n in range(20_000)),
    "20,000 deals for all": tuple(priced(n % 999, ("Worldwide",)) for n in range(20_000)),
    "20,000 deals for places": tuple(priced(n, (f"X{n % 250}",)) for n in range(20_000)),
    "50,000 codes": tuple(priced(n, tuple(f"X{i}" for i in range(25_000))) for n in range(2)),
    "1,000 tracks in one block": tuple(
        priced(n % 3, (f"X{n}",), tuple(f"R{i}" for i in range(1_000))) for n in range(250)
    ),
    "1,000 tracks alone": tuple(
        priced(0, tuple(f"X{i}" for i in range(250)), (f"R{n}",)) for n in range(1_000)
    ),
}


@pytest.mark.parametrize("name", MANY)
def test_many_deals_are_judged_in_time(name: str) -> None:
    many = message(MANY[name])
    start = time.process_time()
    list(check_overlaps(many, KNOWN))
    assert time.process_time() - start < 2
