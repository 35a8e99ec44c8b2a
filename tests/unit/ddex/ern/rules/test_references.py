"""Rules 6 and 7: references that reach nothing or the wrong thing, and things nobody refers to."""

from __future__ import annotations

import pytest

from ddex.findings import Severity
from tests.fixtures.ern_messages import PLANTED, compact, planted
from tests.unit.ddex.ern.rules.planting import codes, found, judge

DEAL = "<DealReleaseReference>R0</DealReleaseReference>"
FIRST = "<DealReleaseReference>R1</DealReleaseReference>"
RELEASE = "<ReleaseReference>R2</ReleaseReference>"
FOURS = ("411", "43")


def definition(letter: str) -> str:
    element = {"A": "ResourceReference", "T": "TechnicalResourceDetailsReference"}[letter]
    return f"<{element}>{letter}2</{element}>"


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("letter", ["A", "T"])
def test_a_repeated_anchor(version: str, letter: str) -> None:
    right = definition(letter)
    one = found(version, right, right.replace(f"{letter}2", f"{letter}1"), "ERN-0601")
    assert one.severity is Severity.REJECT
    assert one.value == f"{letter}1"


@pytest.mark.parametrize("version", PLANTED)
def test_a_repeated_release(version: str) -> None:
    assert found(version, RELEASE, RELEASE.replace("R2", "R1"), "ERN-0601").value == "R1"


@pytest.mark.parametrize("version", FOURS)
def test_a_repeated_party(version: str) -> None:
    party = "<PartyReference>P3</PartyReference>"
    assert found(version, party, party.replace("P3", "P1"), "ERN-0601").value == "P1"


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("name", ["R999", "r0", "", "XR0"])
def test_a_deal_for_no_release(version: str, name: str) -> None:
    one = found(version, DEAL, DEAL.replace("R0", name), "ERN-0602")
    assert (one.value, one.expected) == (name, "release")


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("name", ["A1", "T1"])
def test_a_deal_for_something_else(version: str, name: str) -> None:
    one = found(version, DEAL, DEAL.replace("R0", name), "ERN-0603")
    assert (one.value, one.expected) == (name, "release")


def group_item(version: str, wrong: str) -> tuple[str, str]:
    kind = ' ReleaseResourceType="PrimaryResource"' if version == "382" else ""
    part = (
        f"<ReleaseResourceReference{kind}>A2</ReleaseResourceReference></ResourceGroupContentItem>"
    )
    end = "</ResourceGroup><ResourceGroupContentItem>" if version == "382" else "<Linked"
    return part + end, part.replace("A2", wrong) + end


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(("wrong", "code"), [("A9", "ERN-0602"), ("R0", "ERN-0603")])
def test_a_group_item_of_no_resource(version: str, wrong: str, code: str) -> None:
    assert found(version, *group_item(version, wrong), code).value == wrong


@pytest.mark.parametrize("version", FOURS)
@pytest.mark.parametrize(
    ("element", "name"),
    [("LinkedReleaseResourceReference", "A3"), ("RightsControllerPartyReference", "P3")],
)
@pytest.mark.parametrize(("wrong", "code"), [("A99", "ERN-0602"), ("R1", "ERN-0603")])
def test_references_of_ern_4(version: str, element: str, name: str, wrong: str, code: str) -> None:
    part = f"<{element}>{name}</{element}>"
    assert found(version, part, part.replace(name, wrong), code).value == wrong


@pytest.mark.parametrize(("wrong", "code"), [("V9", "ERN-0602"), ("R1", "ERN-0603")])
def test_visibility(wrong: str, code: str) -> None:
    part = "<ReleaseVisibilityReference>V1</ReleaseVisibilityReference>"
    assert found("43", part, part.replace("V1", wrong), code).expected == "visibility"


@pytest.mark.parametrize(("wrong", "code"), [("A9", "ERN-0602"), ("R1", "ERN-0603")])
def test_lists_of_ern_3(wrong: str, code: str) -> None:
    part = '<ReleaseResourceReference ReleaseResourceType="SecondaryResource">A3</{0}></{0}List>'
    right = part.format("ReleaseResourceReference")
    assert found("382", right, right.replace("A3", wrong), code).value == wrong


IMAGES = {
    "382": "<Image><ImageType>BackCoverImage</ImageType><ImageId>"
    '<ProprietaryId Namespace="DPID:PADPIDA2013042401U">B</ProprietaryId></ImageId>'
    "<ResourceReference>A9</ResourceReference><ImageDetailsByTerritory>"
    "<TerritoryCode>Worldwide</TerritoryCode></ImageDetailsByTerritory></Image>",
    "411": "<Image><ResourceReference>A9</ResourceReference><Type>BackCoverImage</Type>"
    '<ResourceId><ProprietaryId Namespace="PADPIDA2013042401U">B</ProprietaryId></ResourceId>'
    "</Image>",
}


@pytest.mark.parametrize("version", PLANTED)
def test_a_resource_that_nobody_refers_to(version: str) -> None:
    image = IMAGES.get(version, IMAGES["411"])
    one = found(version, "</ResourceList>", f"{image}</ResourceList>", "ERN-0701")
    assert (one.severity, one.value) == (Severity.WARN, "A9")


@pytest.mark.parametrize("version", FOURS)
def test_a_party_that_nobody_refers_to(version: str) -> None:
    party = (
        "<Party><PartyReference>P9</PartyReference>"
        "<PartyName><FullName>The Understudy</FullName></PartyName></Party></PartyList>"
    )
    one = found(version, "</PartyList>", party, "ERN-0702")
    assert (one.severity, one.value) == (Severity.WARN, "P9")


@pytest.mark.parametrize("version", PLANTED)
def test_a_release_that_no_deal_refers_to(version: str) -> None:
    one = found(version, FIRST, "", "ERN-0703")
    assert (one.severity, one.value) == (Severity.WARN, "R1")


@pytest.mark.parametrize("version", PLANTED)
def test_tracks_that_are_not_sold_singly_need_no_deal(version: str) -> None:
    second = FIRST.replace("R1", "R2")
    assert codes(planted(version, FIRST + second, "")) == []


@pytest.mark.parametrize("version", PLANTED)
def test_a_main_release_without_deal(version: str) -> None:
    assert found(version, DEAL, "", "ERN-0703").value == "R0"


@pytest.mark.parametrize("version", PLANTED)
def test_without_deals_nobody_misses_references_to_releases(version: str) -> None:
    whole = compact(version).decode()
    deals = whole[whole.index("<DealList>") : whole.index("</DealList>") + len("</DealList>")]
    assert "ERN-0703" not in codes(planted(version, deals, ""))


def test_a_contained_resource_is_in_use() -> None:
    text = compact("43").decode()
    first = text[text.index("<SoundRecording>") : text.index("</SoundRecording>")]
    sample = first.replace("A1", "A8").replace("T1", "T8").replace("QZNWL2600001", "QZNWL2600008")
    related = (
        "<RelatedResource><ResourceRelationshipType>HasContentFrom</ResourceRelationshipType>"
        "<ResourceRelatedResourceReference>A8</ResourceRelatedResourceReference>"
        "</RelatedResource></SoundRecording>"
    )
    data = text.replace("</SoundRecording>", f"{related}{sample}</SoundRecording>", 1)
    assert not [each for each in judge(data.encode()) if each.rule == 7]
