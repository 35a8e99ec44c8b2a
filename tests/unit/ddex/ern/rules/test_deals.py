"""Rule 25: messages without an active deal, values that explain themselves, shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ddex.ern.model import Deal, Period
from ddex.ern.rules import all_rules
from ddex.ern.rules.deals import is_active
from ddex.ern.rules.policy import read_policy
from ddex.findings import Severity, outcome
from tests.fixtures.ern_messages import MESSAGE_ID, PLANTED, SENDER, compact, planted, pretty
from tests.unit.ddex.ern.rules.planting import Remembered, codes, found, judge, knowing

START = "<StartDate>2026-03-06</StartDate>"
TYPE = "<ReleaseType>Album</ReleaseType>"
STRICT = read_policy({"name": "strict"}, all_rules())
SHARE = "<RightSharePercentage>60</RightSharePercentage>"


def without_deals(version: str) -> bytes:
    text = compact(version).decode()
    head, _, rest = text.partition("<DealList>")
    text = head + rest.partition("</DealList>")[2]
    text = text.replace("<ReleaseVisibilityReference>V1</ReleaseVisibilityReference>", "")
    return pretty(text.encode())


@pytest.mark.parametrize("version", PLANTED)
def test_no_deal_is_a_take_down_only_for_a_known_release(version: str) -> None:
    bare = without_deals(version)
    for live, code in ((True, "ERN-2501"), (False, "ERN-2502")):
        findings = judge(bare, knowing(history=Remembered(live=live)))
        assert [(each.code, each.severity) for each in findings] == [(code, Severity.WARN)]
        assert findings[0].ack_status == "NoDealInNewReleaseMessage"


@pytest.mark.parametrize("version", PLANTED)
def test_a_take_down_does_not_wait_for_metadata(version: str) -> None:
    bare = without_deals(version).replace(b'SequenceNumber="1"', b"")
    live = knowing(history=Remembered(live=True))
    assert outcome(judge(bare)) == "hold"
    assert outcome(judge(bare, live)) == "accept"
    assert "ERN-1606" in codes(bare, live)
    assert outcome(judge(bare, replace(live, policy=STRICT))) == "accept"
    nameless = bare.replace(MESSAGE_ID.encode(), b"")
    assert outcome(judge(nameless, live)) == "hold"


@pytest.mark.parametrize("version", PLANTED)
def test_deals_that_ended_are_no_deals(version: str) -> None:
    ended = planted(version, START, f"{START}<EndDate>2026-06-30</EndDate>")
    assert codes(ended, knowing(today=date(2026, 6, 30))) == []
    assert codes(ended) == ["ERN-2502"]
    assert codes(ended, knowing(history=Remembered(live=True))) == ["ERN-2501"]
    assert codes(ended, knowing(today=None)) == []


@pytest.mark.parametrize("switch", ["TakeDown", "AllDealsCancelled"])
def test_the_take_downs_of_ern_3(switch: str) -> None:
    use = "<Usage><UseType>OnDemandStream</UseType><UseType>ConditionalDownload</UseType></Usage>"
    data = planted("382", use, f"<{switch}>true</{switch}>")
    assert codes(data, knowing(history=Remembered(live=True))) == ["ERN-2501"]


@pytest.mark.parametrize(
    ("end", "active"),
    [
        ("", True),
        ("2026-11-21", True),
        ("2026-11-20", True),  # still that day west of here
        ("2026-11-19", False),
        ("2026-11-20T23:00:00Z", True),
        ("2026", True),
        ("2025", False),
        ("2026-10", False),
        ("2026-11", True),
    ],
)
def test_the_end_of_a_deal(end: str, active: bool) -> None:  # noqa: FBT001 - a table
    deal = Deal(release_references=("R0",), periods=(Period(end=end),))
    assert is_active(deal, date(2026, 11, 21)) is active


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("start", "exists"),
    [
        ("2026-02-28", True),
        ("2026-02-29", False),
        ("2024-02-29", True),
        ("2026-13-01", False),
        ("0000-00-00", False),
        ("2026", True),
        ("yesterday", False),
    ],
)
def test_the_date_of_a_deal_is_in_the_calendar(version: str, start: str, exists: bool) -> None:  # noqa: FBT001 - a table
    data = planted(version, START, START.replace("2026-03-06", start))
    assert ("ERN-2505" in codes(data)) is not exists


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("attributes", "missing"),
    [
        ("", "Namespace and UserDefinedValue"),
        (f' Namespace="{SENDER}"', "UserDefinedValue"),
        (' UserDefinedValue="Mixtape"', "Namespace"),
        (f' Namespace="{SENDER}" UserDefinedValue="Mixtape"', ""),
        (f' Namespace="{SENDER}" UserDefinedValue=" "', "UserDefinedValue"),
    ],
)
def test_user_defined_values(version: str, attributes: str, missing: str) -> None:
    wrong = f"<ReleaseType{attributes}>UserDefined</ReleaseType>"
    if missing:
        one = found(version, TYPE, wrong, "ERN-2503")
        assert missing in one.message
        assert one.xpath.endswith("/ReleaseType")
    else:
        assert codes(planted(version, TYPE, wrong)) == []


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("share", ["101", "-1", "all", "100.5", "1e3"])
def test_impossible_shares(version: str, share: str) -> None:
    one = found(version, SHARE, SHARE.replace("60", share), "ERN-2504")
    assert (one.severity, one.value) == (Severity.WARN, share)


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("share", "much"), [("60", False), ("0", False), ("60.01", True), ("100", True)]
)
def test_shares_come_to_100_at_most(version: str, share: str, much: bool) -> None:  # noqa: FBT001 - a table
    found_ = judge(planted(version, SHARE, SHARE.replace("60", share)))
    assert [each.code for each in found_] == (["ERN-2506"] if much else [])


def test_shares_of_different_rights_are_not_added() -> None:
    first = "<RightsControllerPartyReference>P3</RightsControllerPartyReference>"
    kind = "<RightsControlType>RightsAdministrator</RightsControlType>"
    text = planted("43", first, first + kind).decode().replace(">60<", ">100<")
    assert codes(text.encode()) == []
