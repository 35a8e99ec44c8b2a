"""Rule 23: what a deal allows."""

from __future__ import annotations

import pytest

from ddex.findings import Severity, outcome
from tests.fixtures.ern_messages import PLANTED, planted
from tests.unit.ddex.ern.rules.planting import codes, found, judge, knowing

SUBSCRIPTION = "<CommercialModelType>SubscriptionModel</CommercialModelType>"
FREE = "<CommercialModelType>AdvertisementSupportedModel</CommercialModelType>"
MODELS = SUBSCRIPTION + FREE
USES = "<UseType>OnDemandStream</UseType><UseType>ConditionalDownload</UseType>"


def model(name: str) -> str:
    return f"<CommercialModelType>{name}</CommercialModelType>" if name else ""


def uses(*names: str) -> str:
    return "".join(f"<UseType>{name}</UseType>" for name in names)


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("written", ["", "<CommercialModelType/>"])
def test_no_model(version: str, written: str) -> None:
    one = found(version, MODELS, written, "ERN-2301")
    assert (one.severity, one.ack_status) == (Severity.HOLD, "UnsupportedUsage")


@pytest.mark.parametrize("version", PLANTED)
def test_no_use(version: str) -> None:
    assert found(version, USES, "", "ERN-2302").severity is Severity.HOLD


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("models", "names"),
    [
        ("PayAsYouGoModel", ("PermanentDownload",)),
        ("PayAsYouGoModel", ("OnDemandStream",)),
        ("SubscriptionModel", ("PermanentDownload",)),
        ("AdvertisementSupportedModel", ("ConditionalDownload",)),
        ("RightsClaimModel", ("UserMakeAvailableUserProvided", "UserMakeAvailableLabelProvided")),
        ("AsPerContract", ("Broadcast",)),
    ],
)
def test_nothing_that_we_do(version: str, models: str, names: tuple[str, ...]) -> None:
    half = planted(version, MODELS, model(models)).decode()
    one = [each for each in judge(_with_uses(half, names).encode()) if each.code == "ERN-2304"]
    assert [(each.severity, each.rule) for each in one] == [(Severity.HOLD, 23)]
    assert models in one[0].value


def _with_uses(text: str, names: tuple[str, ...]) -> str:
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if "<UseType>" in line)
    kept = [line for line in lines if "<UseType>" not in line]
    return "\n".join(
        [*kept[:first], *(f"<UseType>{name}</UseType>" for name in names), *kept[first:]]
    )


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "names",
    [
        ("Stream",),
        ("NonInteractiveStream",),
        ("TimeInfluencedStream",),
        ("ContentInfluencedStream",),
        ("OnDemandStream", "PermanentDownload"),
    ],
)
def test_what_we_do(version: str, names: tuple[str, ...]) -> None:
    assert codes(planted(version, USES, uses(*names))) == []


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("generic", ["Stream", "Download"])
def test_a_generic_use_with_its_kinds(version: str, generic: str) -> None:
    one = found(version, USES, uses(generic) + USES, "ERN-2305")
    assert (one.severity, one.value) == (Severity.HOLD, generic)


@pytest.mark.parametrize("version", PLANTED)
def test_a_generic_use_with_other_kinds(version: str) -> None:
    assert codes(planted(version, USES, uses("Stream", "ConditionalDownload"))) == []


def second_deal(version: str) -> str:
    terms = (
        "<TerritoryCode>Worldwide</TerritoryCode>"
        "<ValidityPeriod><StartDate>2026-03-06</StartDate></ValidityPeriod>"
    )
    buy = model("PayAsYouGoModel")
    use = uses("PermanentDownload")
    inner = f"{buy}<Usage>{use}</Usage>{terms}" if version == "382" else f"{terms}{buy}{use}"
    return f"</Deal><Deal><DealTerms>{inner}</DealTerms></Deal></ReleaseDeal>"


@pytest.mark.parametrize("version", PLANTED)
def test_a_deal_for_others_beside_one_for_us(version: str) -> None:
    data = planted(version, "</Deal></ReleaseDeal>", second_deal(version))
    findings = judge(data)
    assert [(each.code, each.severity) for each in findings] == [("ERN-2303", Severity.WARN)]
    assert findings[0].xpath.endswith("/Deal[2]/DealTerms")
    assert outcome(findings) == "accept"


@pytest.mark.parametrize("version", PLANTED)
def test_what_the_service_can_do_is_told(version: str) -> None:
    shop = frozenset({("PayAsYouGoModel", "PermanentDownload")})
    data = planted(version, "</Deal></ReleaseDeal>", second_deal(version))
    findings = judge(data, knowing(offers=shop))
    assert [each.code for each in findings] == ["ERN-2303"]
    assert findings[0].xpath.endswith("/Deal[1]/DealTerms")


@pytest.mark.parametrize("version", PLANTED)
def test_a_take_down_of_a_download_deal_is_no_offer(version: str) -> None:
    start = "<StartDate>2026-03-06</StartDate>"
    text = planted(version, start, f"{start}<EndDate>2026-06-01</EndDate>").decode()
    text = text.replace("SubscriptionModel", "PayAsYouGoModel").replace(
        "AdvertisementSupportedModel", "AsPerContract"
    )
    assert codes(text.encode()) == ["ERN-2502"]


@pytest.mark.parametrize("version", PLANTED)
def test_a_word_of_a_newer_set_may_be_for_us(version: str) -> None:
    assert codes(planted(version, USES, uses("Streem"))) == []


def test_a_take_down_of_ern_3_needs_no_use() -> None:
    data = planted("382", f"<Usage>{USES}</Usage>", "<TakeDown>true</TakeDown>")
    assert {each.rule for each in judge(data)} == {25}
