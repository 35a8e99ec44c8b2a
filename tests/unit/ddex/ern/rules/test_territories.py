"""Rule 22: where a deal holds."""

from __future__ import annotations

import time

import pytest

from ddex.ern.model import Deal, Header, Message
from ddex.ern.rules import Feed
from ddex.ern.rules.territories import check_territories
from ddex.findings import Severity
from tests.fixtures.ern_messages import PLANTED, RECIPIENT, SENDER, planted
from tests.unit.ddex.ern.rules.planting import KNOWN, codes, found, knowing

PLACE = {
    "382": "</Usage><TerritoryCode>Worldwide</TerritoryCode>",
    "411": "<DealTerms><TerritoryCode>Worldwide</TerritoryCode>",
    "43": "<DealTerms><TerritoryCode>Worldwide</TerritoryCode>",
}
INSIDE = "<TerritoryCode>Worldwide</TerritoryCode>"


def territory(*codes: str) -> str:
    return "".join(f"<TerritoryCode>{code}</TerritoryCode>" for code in codes)


def excluded(*codes: str) -> str:
    return territory(*codes).replace("TerritoryCode", "ExcludedTerritoryCode")


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("written", "code", "value"),
    [
        ("", "ERN-2201", ""),
        (territory("DE") + excluded("US"), "ERN-2202", "US"),
        (INSIDE + excluded("US"), "ERN-2202", "US"),
        (territory("QQ"), "ERN-2203", "QQ"),
        (territory("DE", "FR", "UK"), "ERN-2203", "UK"),
        (territory("Germany"), "ERN-2203", "Germany"),
        (territory("de"), "ERN-2203", "de"),
        (territory("WORLDWIDE"), "ERN-2203", "WORLDWIDE"),
        (territory("DEU"), "ERN-2203", "DEU"),
        (territory(""), "ERN-2201", ""),
        (excluded("QQ"), "ERN-2203", "QQ"),
        (territory("Worldwide", "DE"), "ERN-2204", "Worldwide"),
        (territory("DE", "FR", "Worldwide"), "ERN-2204", "Worldwide"),
        (excluded("Worldwide"), "ERN-2204", "Worldwide"),
        (territory("2130"), "ERN-2205", "2130"),
        (territory("DE", "276"), "ERN-2205", "276"),
        (territory("SUHH"), "ERN-2206", "SUHH"),
    ],
)
def test_territories_of_a_deal(version: str, written: str, code: str, value: str) -> None:
    right = PLACE[version]
    one = found(version, right, right.replace(INSIDE, written), code)
    assert (one.rule, one.value) == (22, value)
    assert one.severity is (Severity.HOLD if code == "ERN-2206" else Severity.REJECT)


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "written", [territory("DE", "FR", "ES-CN", "XK"), excluded("US", "CA"), territory("GB")]
)
def test_good_territories(version: str, written: str) -> None:
    right = PLACE[version]
    assert codes(planted(version, right, right.replace(INSIDE, written))) == []


@pytest.mark.parametrize("version", PLANTED)
def test_tis_numbers_by_agreement(version: str) -> None:
    right = PLACE[version]
    feed = Feed(dpids=frozenset({SENDER}), our_dpid=RECIPIENT, tis_agreed=True)
    data = planted(version, right, right.replace(INSIDE, territory("2130")))
    assert codes(data, knowing(feed=feed)) == []
    wrong = planted(version, right, right.replace(INSIDE, territory("99999")))
    assert codes(wrong, knowing(feed=feed)) == ["ERN-2203"]


@pytest.mark.parametrize("version", ["411", "43"])
def test_a_deal_told_elsewhere_needs_no_territory(version: str) -> None:
    text = planted(
        version, "<Deal>", "<Deal><IsCommunicatedOutOfBand>true</IsCommunicatedOutOfBand>"
    )
    bare = text.decode()
    start, end = bare.index("<DealTerms>"), bare.index("</DealTerms>") + len("</DealTerms>")
    assert codes((bare[:start] + bare[end:]).encode()) == []


def test_many_codes_take_no_time() -> None:
    deal = Deal(release_references=("R0",), territories=tuple(f"X{n}" for n in range(50_000)))
    message = Message(
        type="NewReleaseMessage", version="43", header=Header(message_id="1"), deals=(deal,)
    )
    start = time.process_time()
    assert len(list(check_territories(message, KNOWN))) == 50_000
    assert time.process_time() - start < 2
