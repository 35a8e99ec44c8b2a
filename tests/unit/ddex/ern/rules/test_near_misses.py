"""Faults that look like what is allowed: a default of nothing, an artist twice, foreign digits."""

from __future__ import annotations

import pytest

from ddex.ern.examine import examine
from ddex.findings import Severity
from tests.fixtures.ern_messages import ICPN, PLANTED, compact, planted, pretty
from tests.unit.ddex.ern.rules.planting import codes, found, judge, no_schema

ARTIST = '<DisplayArtist SequenceNumber="1">'


def doubled(version: str, role: str) -> bytes:
    """The album whose first recording has its artist twice, the second time in another role."""
    text = compact(version).decode()
    start = text.index(ARTIST)
    end = text.index("</DisplayArtist>", start) + len("</DisplayArtist>")
    again = text[start:end].replace("MainArtist", role)
    return pretty((text[:end] + again + text[end:]).encode())


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(("role", "wrong"), [("MainArtist", ["ERN-1607"]), ("Composer", [])])
def test_an_artist_twice_under_one_number(version: str, role: str, wrong: list[str]) -> None:
    assert [code for code in codes(doubled(version, role)) if code[4:6] == "16"] == wrong


def test_a_recording_of_38_has_artists_of_its_own() -> None:
    text = compact("382").decode()
    start = text.index(ARTIST)
    end = text.index("</DisplayArtist>", start) + len("</DisplayArtist>")
    found_ = judge(pretty((text[:start] + text[end:]).encode()))
    assert [each.code for each in found_] == ["ERN-1503"]


def test_nothing_is_inherited_from_details_that_say_nothing() -> None:
    label = "<LabelName>Night Owl Records</LabelName>"
    text = compact("382").decode()
    start = text.index('<Release IsMainRelease="true">')
    end = text.index("</ReleaseDetailsByTerritory>", start) + len("</ReleaseDetailsByTerritory>")
    details = text[start:end].replace(label, "")
    germany = (
        "<ReleaseDetailsByTerritory><TerritoryCode>DE</TerritoryCode>"
        f"{label}</ReleaseDetailsByTerritory>"
    )
    found_ = judge(pretty((text[:start] + details + germany + text[end:]).encode()))
    assert [(each.code, each.value) for each in found_] == [("ERN-1504", "Worldwide")]


@pytest.mark.parametrize("version", PLANTED)
def test_digits_of_other_scripts_are_no_product_code(version: str) -> None:
    wide = "".join(chr(0xFF10 + int(digit)) for digit in ICPN)
    one = found(version, f"<ICPN>{ICPN}</ICPN>", f"<ICPN>{wide}</ICPN>", "ERN-1201")
    assert one.severity is Severity.REJECT


@pytest.mark.parametrize("version", PLANTED)
def test_an_empty_product_code_is_told_once(version: str) -> None:
    data = compact(version).decode()
    start = data.index("<GRid>")
    end = data.index("</ICPN>", start) + len("</ICPN>")
    assert codes(planted(version, data[start:end], "<ICPN></ICPN>")) == ["ERN-1002"]


@pytest.mark.parametrize("name", ["", "  ", "./"])
def test_a_file_without_a_name(name: str) -> None:
    one = found("382", "<FileName>01.flac</FileName>", f"<FileName>{name}</FileName>", "ERN-1901")
    assert one.severity is Severity.REJECT


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "out_of_place",
    [
        "<ReleaseDate>2026-03-06</ReleaseDate>",
        "<ReleaseType>Album</ReleaseType>",
        "<ResourceGroup><SequenceNumber>1</SequenceNumber></ResourceGroup>",
        "<IsMultiArtistCompilation>true</IsMultiArtistCompilation>",
        "<DealReference>D1</DealReference>",
    ],
)
def test_elements_where_no_schema_has_them_are_read_over(version: str, out_of_place: str) -> None:
    data = compact(version).decode().replace("<PLine>", f"{out_of_place}<PLine>")
    found_ = examine(pretty(data.encode()), resource=no_schema)
    assert found_.message is not None
    assert len(found_.message.resources) == 3


def test_two_covers_of_the_only_track_are_two_of_the_release() -> None:
    text = compact("43").decode()
    link = "<LinkedReleaseResourceReference>A3</LinkedReleaseResourceReference>"
    items = text.index("<ResourceGroupContentItem>"), text.index(link)
    image = text[text.index("<Image>") : text.index("</Image>") + len("</Image>")]
    second = image.replace(">A3<", ">A4<").replace(">T3<", ">T4<").replace("COVER-1", "COVER-2")
    item = (
        "<ResourceGroupContentItem><SequenceNumber>1</SequenceNumber>"
        "<ReleaseResourceReference>A1</ReleaseResourceReference>"
        f"{link}{link.replace('A3', 'A4')}</ResourceGroupContentItem>"
    )
    single = text[: items[0]] + item + text[items[1] :].replace(link, "", 1)
    assert "ERN-1804" in codes(pretty(single.replace(image, image + second).encode()))
