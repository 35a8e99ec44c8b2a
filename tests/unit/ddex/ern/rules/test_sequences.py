"""Rule 16: the order of tracks, discs and artists."""

from __future__ import annotations

import pytest

from ddex.findings import Severity
from tests.fixtures.ern_messages import PLANTED, compact, planted, pretty
from tests.unit.ddex.ern.rules.planting import codes, found, judge

FOURS = ("411", "43")
OPEN = "<ResourceGroupContentItem><SequenceNumber>"
_END = "</ReleaseResourceReference></ResourceGroupContentItem>"
AFTER = {
    "382": (
        "</SequenceNumber><ResourceType>SoundRecording</ResourceType>"
        f'<ReleaseResourceReference ReleaseResourceType="PrimaryResource">{{}}{_END}'
    ),
    "4": f"</SequenceNumber><ReleaseResourceReference>{{}}{_END}",
}
COVER = {
    "382": "<ResourceGroupContentItem><ResourceType>Image",
    "4": "<LinkedReleaseResourceReference>A3</LinkedReleaseResourceReference></ResourceGroup>",
}


def item(version: str, number: str, reference: str) -> str:
    after = AFTER.get(version, AFTER["4"]).format(reference)
    if not number:
        return OPEN.removesuffix("<SequenceNumber>") + after.removeprefix("</SequenceNumber>")
    return OPEN + number + after


def both(version: str, first: str, second: str) -> str:
    return item(version, first, "A1") + item(version, second, "A2")


@pytest.mark.parametrize("version", PLANTED)
def test_the_album_has_both_tracks(version: str) -> None:
    assert both(version, "1", "2") in compact(version).decode()


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("numbers", "code", "value"),
    [
        (("1", "1"), "ERN-1601", "1"),
        (("2", "2"), "ERN-1601", "2"),
        (("1", "3"), "ERN-1602", "3"),
        (("0", "1"), "ERN-1602", "0"),
        (("2", "3"), "ERN-1602", "3"),
        (("1", "-2"), "ERN-1602", "-2"),
        (("1", "two"), "ERN-1602", "two"),
        (("1", ""), "ERN-1603", "A2"),
        (("", "1"), "ERN-1603", "A1"),
    ],
)
def test_numbers_of_tracks(version: str, numbers: tuple[str, str], code: str, value: str) -> None:
    one = found(version, both(version, "1", "2"), both(version, *numbers), code)
    data = planted(version, both(version, "1", "2"), both(version, *numbers))
    assert {each.code for each in judge(data) if each.rule == 16} == {code}
    assert (one.rule, one.severity, one.value) == (16, Severity.HOLD, value)


@pytest.mark.parametrize("version", PLANTED)
def test_the_order_of_elements_does_not_matter(version: str) -> None:
    swapped = item(version, "2", "A2") + item(version, "1", "A1")
    assert codes(planted(version, both(version, "1", "2"), swapped)) == []


@pytest.mark.parametrize("version", FOURS)
def test_a_cover_with_a_number(version: str) -> None:
    right = both(version, "1", "2")
    one = found(version, right, right + item(version, "3", "A3"), "ERN-1604")
    assert one.value == "3"


def test_a_cover_with_a_number_in_ern_3() -> None:
    part = COVER["382"]
    one = found(
        "382",
        part,
        part.replace("<Res", "<SequenceNumber>3</SequenceNumber><Res", 2).replace(
            "<SequenceNumber>3</SequenceNumber><ResourceGroup", "<ResourceGroup"
        ),
        "ERN-1604",
    )
    assert one.value == "3"


def discs(version: str, *numbers: str) -> str:
    group = "<ResourceGroup><SequenceNumber>{}</SequenceNumber>{}</ResourceGroup>"
    if version in FOURS:
        group = group.replace("<ResourceGroup>", '<ResourceGroup ResourceGroupType="Component">')
    parts = [
        group.format(number, item(version, "1", f"A{index}"))
        for index, number in enumerate(numbers, start=1)
    ]
    return "".join(parts).replace("<SequenceNumber></SequenceNumber>", "")


def with_discs(version: str, *numbers: str) -> bytes:
    text = compact(version).decode()
    old = both(version, "1", "2")
    assert old in text
    data = text.replace(old, discs(version, *numbers), 1)
    return pretty(data.encode())


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        (("1", "2"), ""),
        (("1", "1"), "ERN-1601"),
        (("1", "3"), "ERN-1602"),
        (("2", "3"), "ERN-1602"),
        (("1", ""), "ERN-1605"),
        (("", ""), "ERN-1605"),
    ],
)
def test_numbers_of_discs(version: str, numbers: tuple[str, str], code: str) -> None:
    mine = {each.code for each in judge(with_discs(version, *numbers)) if each.rule == 16}
    assert mine == ({code} if code else set())


@pytest.mark.parametrize("version", FOURS)
@pytest.mark.parametrize(("number", "code"), [("2", ""), ("1", "ERN-1601"), ("4", "ERN-1602")])
def test_groups_and_items_share_one_numbering(version: str, number: str, code: str) -> None:
    work = (
        '<ResourceGroup ResourceGroupType="MultiWorkPart"><SequenceNumber>1</SequenceNumber>'
        f"{item(version, '1', 'A1')}</ResourceGroup>{item(version, number, 'A2')}"
    )
    data = planted(version, both(version, "1", "2"), work)
    assert {each.code for each in judge(data) if each.rule == 16} == ({code} if code else set())


@pytest.mark.parametrize("version", FOURS)
def test_a_bonus_track_may_go_without_number(version: str) -> None:
    bonus = item(version, "", "A2").replace(
        "</ResourceGroupContentItem>",
        "<IsBonusResource>true</IsBonusResource></ResourceGroupContentItem>",
    )
    data = planted(version, both(version, "1", "2"), item(version, "1", "A1") + bonus)
    assert codes(data) == []


ARTIST = '<DisplayArtist SequenceNumber="1">'


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("<DisplayArtist>", "ERN-1606"),
        ('<DisplayArtist SequenceNumber="">', "ERN-1606"),
        ('<DisplayArtist SequenceNumber="0">', "ERN-1607"),
        ('<DisplayArtist SequenceNumber="2">', "ERN-1607"),
    ],
)
def test_the_number_of_an_artist(version: str, written: str, code: str) -> None:
    data = pretty(compact(version).replace(ARTIST.encode(), written.encode(), 1))
    mine = [each for each in judge(data) if each.rule == 16]
    assert [(each.code, each.count) for each in mine] == [(code, 1)]
    assert data.decode().splitlines()[mine[0].line - 1].strip() == written


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(("number", "code"), [("2", ""), ("1", "ERN-1607"), ("3", "ERN-1607")])
def test_the_number_of_a_second_artist(version: str, number: str, code: str) -> None:
    text = compact(version).decode()
    start = text.index(ARTIST)
    end = text.index("</DisplayArtist>", start) + len("</DisplayArtist>")
    second = text[start:end].replace('"1"', f'"{number}"').replace(">P1<", ">P3<")
    second = second.replace("The Lanterns", "Ada Fictional").replace("MainArtist", "FeaturedArtist")
    data = pretty((text[:end] + second + text[end:]).encode())
    assert {each.code for each in judge(data) if each.rule == 16} == ({code} if code else set())


@pytest.mark.parametrize("version", FOURS)
def test_the_artists_of_a_group(version: str) -> None:
    text = compact(version).decode()
    start = text.index(ARTIST)
    end = text.index("</DisplayArtist>", start) + len("</DisplayArtist>")
    wrong = text[start:end].replace(' SequenceNumber="1"', "")
    group = f"<ResourceGroup>{wrong}<ResourceGroupContentItem>"
    one = found(version, "<ResourceGroup><ResourceGroupContentItem>", group, "ERN-1606")
    assert one.xpath.endswith("/ResourceGroup/DisplayArtist")
