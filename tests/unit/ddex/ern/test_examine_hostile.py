"""Odd but legal XML reads as it means; hostile XML ends in one finding, soon and in bounds."""

from __future__ import annotations

import codecs
import time
import tracemalloc

import pytest

from ddex.ern.examine import examine
from ddex.ern.reader import read
from ddex.findings import Outcome
from ddex.xml import begin
from tests.unit.ddex.ern.messages import ALBUM, HEADER, many_tracks, planted

ROOT_START = "<ern:NewReleaseMessage"


def no_schema(name: str) -> bytes:
    raise FileNotFoundError(name)


def title(data: bytes) -> str:
    return read(begin(data)).releases[0].titles[0].text


def isrc(data: bytes) -> str:
    return read(begin(data)).resources[0].identifier("ISRC")


def codes(data: bytes) -> list[str]:
    return [each.code for each in examine(data, resource=no_schema).findings]


@pytest.mark.parametrize(
    "isrc_text",
    [
        "GB<!-- a -->AYE0601498",
        "GB<?pi x?>AYE0601498",
        "<![CDATA[GBAYE]]>0601498",
        "GBAYE06&#48;1498",
        "\n  GBAYE0601498\t",
        "<!-- a --><![CDATA[GBAYE0601498]]><?b?>",
        "G<!-- > ' \" <b> -->BAYE0601498",
    ],
)
def test_text_is_whole_around_comments_instructions_and_cdata(isrc_text: str) -> None:
    assert isrc(planted("GBAYE0601498", isrc_text)) == "GBAYE0601498"


def test_comments_and_instructions_may_stand_anywhere_between_elements() -> None:
    noise = "<!-- <Release/> --><?x <Release/> ?>"
    text = ALBUM.replace("><", f">{noise}<").replace("\n<", f"\n{noise}<")
    data = text.replace(f"{noise}{ROOT_START}", ROOT_START).encode()
    found = read(begin(data))
    assert [each.reference for each in found.releases] == ["R0", "R1", "R2"]
    assert found.resources[0].identifier("ISRC") == "GBAYE0601498"


@pytest.mark.parametrize(
    "data",
    [
        ALBUM.replace("UTF-8", "UTF-16").encode("utf-16-le"),
        codecs.BOM_UTF16_LE + ALBUM.replace("UTF-8", "UTF-16").encode("utf-16-le"),
        codecs.BOM_UTF16_BE + ALBUM.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        ALBUM.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        ALBUM.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        ALBUM.replace("UTF-8", "windows-1252").encode("cp1252"),
        ALBUM.replace("UTF-8", "Shift_JIS").encode("shift_jis"),
        ALBUM.replace("UTF-8", "US-ASCII").encode("ascii"),
        codecs.BOM_UTF8 + ALBUM.encode(),
        ALBUM.partition("?>")[2].strip().encode(),
    ],
    ids=["le", "le+bom", "be+bom", "be", "latin-1", "cp1252", "sjis", "ascii", "bom", "undeclared"],
)
def test_encodings_read_the_same_and_places_are_right(data: bytes) -> None:
    found = read(begin(data))
    assert found.releases[0].titles[0].text == "Ferry Lights"
    place = found.releases[0].identifiers[0].place
    assert place.xpath == "/NewReleaseMessage/ReleaseList/Release/ReleaseId/ICPN"
    lines = ALBUM.partition("?>")[2].strip() if ROOT_START.encode() == data[:22] else ALBUM
    assert place.line == lines[: lines.index("<ICPN>")].count("\n") + 1
    assert place.find(place.xpath) is not None


@pytest.mark.parametrize(
    "text",
    [
        "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c",
        "e\u0301\u0323\u20dd",
        "\U0001f3b5\u200d\U0001f3a4",
        "\ufeffx",
    ],
    ids=["right to left", "combining", "joined", "mark"],
)
def test_any_script_survives(text: str) -> None:
    assert title(planted("Ferry Lights", text)) == text
    data = planted("GBAYE0601498", text)
    found = examine(data, resource=no_schema).findings
    assert found
    assert all(each.line and each.column for each in found if each.xpath)


def test_namespaces_are_the_root_s_business() -> None:
    default = ALBUM.replace("xmlns:ern=", "xmlns=").replace("ern:", "")
    children = ALBUM.replace("<ICPN>", '<y:ICPN xmlns:y="urn:y">').replace("</ICPN>", "</y:ICPN>")
    hint = ALBUM.replace(
        "<ern:NewReleaseMessage",
        '<ern:NewReleaseMessage xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="http://ddex.net/xml/ern/43 file:///etc/passwd"',
    ).replace("<Release>", '<Release xsi:type="xs:string">')
    for text in (default, children, hint):
        found = read(begin(text.encode()))
        assert found.releases[0].identifier("ICPN") == "4006381333931"
    assert codes(ALBUM.replace("<ICPN>", "<y:ICPN>").replace("</ICPN>", "</y:ICPN>").encode()) == [
        "ERN-0101"
    ]


def nested(depth: int) -> bytes:
    groups = "<ResourceGroup>" * depth + "</ResourceGroup>" * depth
    return planted("<ReleaseDate>", groups + "<ReleaseDate>")


HOSTILE: dict[str, tuple[bytes, str]] = {
    "truncated": (many_tracks(200)[:-100], "ERN-0101"),
    "cut in a tag": (ALBUM.encode()[: ALBUM.index("<Duration>") + 4], "ERN-0101"),
    "300 deep in a piece": (nested(300), "ERN-0103"),
    "100,000 deep in a piece": (nested(100_000), "ERN-0103"),
    "surrogate pair by halves": (planted("Ferry Lights", "&#xD83C;&#xDFB5;"), "ERN-0101"),
    "NUL by number": (planted("Ferry Lights", "&#0;"), "ERN-0101"),
    "NUL in an attribute": (planted('IsDefault="true"', 'IsDefault="\x00"'), "ERN-0101"),
    "unknown entity": (planted("Ferry Lights", "&title;"), "ERN-0101"),
    "DOCTYPE behind comments": (
        ("<!-- " + "x" * 5_000 + " -->\n<!DOCTYPE a>" + ALBUM.partition("?>")[2].strip()).encode(),
        "ERN-0102",
    ),
    "DOCTYPE far behind": (
        (
            "<!-- " + "x" * 1_200_000 + " --><!DOCTYPE a>" + ALBUM.partition("?>")[2].strip()
        ).encode(),
        "ERN-0102",
    ),
    "DOCTYPE in an attribute's place": (
        planted("<DealList>", "<!DOCTYPE a><DealList>"),
        "ERN-0101",
    ),
    "10 MB attribute": (planted('IsDefault="true"', f'IsDefault="{"x" * 10_500_000}"'), "ERN-0104"),
    "10 MB text": (planted("Ferry Lights", "x" * 10_500_000), "ERN-0104"),
    "10 MB text in pieces": (planted("Ferry Lights", "x<!---->" * 10_500_000)[:-1], "ERN-0104"),
    "names without end": (
        planted("<DealList>", "".join(f"<a{n}/>" for n in range(20_000)) + "<DealList>"),
        "ERN-0104",
    ),
    "attributes without end": (
        planted("<DealList>", "".join(f'<a b{n}=""/>' for n in range(20_000)) + "<DealList>"),
        "ERN-0104",
    ),
    "the same attribute twice": (
        planted('IsDefault="true"', 'IsDefault="1" IsDefault="0"'),
        "ERN-0101",
    ),
    "two roots": (ALBUM.encode() + b"<a/>", "ERN-0101"),
    "bytes behind": (ALBUM.encode() + b"\x00\x00", "ERN-0101"),
    "declared UTF-16, is not": (ALBUM.replace("UTF-8", "UTF-16").encode()[:-40], "ERN-0101"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_ends_in_one_finding(name: str) -> None:
    data, code = HOSTILE[name]
    start = time.process_time()
    found = examine(data, resource=no_schema)
    assert [each.code for each in found.findings] == [code]
    assert found.message is None
    assert found.outcome is Outcome.REJECT
    assert time.process_time() - start < 5


def test_parts_in_twice_and_lists_in_each_other_are_read() -> None:
    doubled = planted(HEADER, HEADER * 2 + "<ResourceList><ResourceList/></ResourceList>text")
    found = read(begin(doubled))
    assert found.header.message_id == "M1"
    assert len(found.resources) >= 3


def test_memory_is_that_of_the_model() -> None:
    code = b"<TerritoryCode>Worldwide</TerritoryCode>"
    deal = ALBUM[ALBUM.index("<Deal>") : ALBUM.index("</Deal>") + len("</Deal>")].encode()
    data = ALBUM.encode().replace(deal, deal.replace(code, code * 100) * 1_000)
    begin(data)
    tracemalloc.start()
    found = read(begin(data))
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.deals) == 1_000
    assert kept < 2_000_000
    assert most < kept + 2_000_000
    assert len({id(each.territories) for each in found.deals}) == 1
