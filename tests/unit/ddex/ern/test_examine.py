"""The whole examination: official samples, the table of rules, hostile XML."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from ddex.ern.examine import examine
from ddex.ern.rules import Context, Feed
from ddex.findings import Outcome, Severity
from ddex.xml import Limits
from tests.fixtures.environment import lacking
from tests.unit.ddex.ern.messages import ALBUM, SENDER, US, Remembered, many_tracks, planted

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

FEED = Feed(dpids=frozenset({SENDER}), our_dpid=US)
FILES = {
    "resources/01.flac": 10,
    "resources/02.flac": 10,
    "resources/cover.jpg": 10,
    "resources/empty.flac": 0,
}
EMPTY_MD5 = bytes.fromhex("d41d8cd98f00b204e9800998ecf8427e")
HASHES = {(path, "md5"): EMPTY_MD5 for path in FILES}
FULL = Context(
    feed=FEED,
    history=Remembered(),
    digest="these",
    today=date(2026, 11, 21),
    files={path: size for path, size in FILES.items() if size},
    hashes=HASHES,
)


def no_schema(name: str) -> bytes:
    raise FileNotFoundError(name)


def codes(data: bytes, context: Context | None = None) -> set[str]:
    return {f.code for f in examine(data, resource=no_schema, context=context).findings}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("ern43/1 Audio.xml", Outcome.ACCEPT),
        ("ern43/3 MixedMedia.xml", Outcome.ACCEPT),
        ("ern43/4 SimpleAudioSingle.xml", Outcome.ACCEPT),
        ("ern43/8 DjMix.xml", Outcome.HOLD),  # its MessageId is empty
        ("ern42/1 Audio.xml", Outcome.ACCEPT),
        ("ern42/4 SimpleAudioSingle.xml", Outcome.ACCEPT),
        ("ern411/1 Audio.xml", Outcome.ACCEPT),
    ],
)
def test_official_samples_are_accepted_or_held_for_a_stated_reason(
    schema_folder: SchemaFolder, name: str, outcome: Outcome
) -> None:
    assert schema_folder.root is not None
    path = schema_folder.root.parent / "samples" / name
    if not path.is_file():
        lacking(f"no official sample {name} beside the schemas", "put `samples` beside `xsd`")
    found = examine(path.read_bytes(), resource=schema_folder)
    assert found.outcome is outcome, found.findings
    assert found.schema == "used"
    assert found.skipped == (3, 4, 5, 17, 18, 20, 21)
    assert not [f for f in found.findings if f.severity is Severity.REJECT]


def test_our_album_is_valid_and_faultless(schema_folder: SchemaFolder) -> None:
    found = examine(ALBUM.encode(), resource=schema_folder, context=FULL)
    assert found.findings == ()
    assert found.outcome is Outcome.ACCEPT
    assert found.skipped == (5, 17, 18, 21)
    assert found.version == "43"


def test_without_schema_the_rest_is_judged_and_rule_2_is_named_as_skipped() -> None:
    found = examine(planted("GBAYE0601498", "NONSENSE"), resource=no_schema)
    assert found.schema == "absent"
    assert found.skipped == (2, 3, 4, 5, 17, 18, 20, 21)
    assert [f.code for f in found.findings] == ["ERN-1101"]


def test_all_findings_come_at_once_with_place_column_and_remedy(
    schema_folder: SchemaFolder,
) -> None:
    data = planted("<UseType>OnDemandStream</UseType>", "<UseType>Streem</UseType>").replace(
        b"<ICPN>4006381333931</ICPN>", b"<ICPN>12345</ICPN>"
    )
    found = examine(data, resource=schema_folder)
    by_code = {f.code: f for f in found.findings}
    assert set(by_code) == {"ERN-0205", "ERN-1201"}
    held = by_code["ERN-0205"]
    assert held.severity is Severity.HOLD
    assert held.value == "Streem"
    assert "Stream" in held.expected
    assert held.xpath == ("/NewReleaseMessage/DealList/ReleaseDeal/Deal/DealTerms/UseType")
    refused = by_code["ERN-1201"]
    line = data.decode().splitlines()[refused.line - 1]
    assert line[refused.column - 1 :].startswith("<ICPN>12345")
    assert found.outcome is Outcome.REJECT


def test_same_fault_in_many_places_is_folded_and_the_list_is_bounded() -> None:
    data = many_tracks(1_500)
    spoiled = data.replace(b"<ISRC>GBAYE", b"<ISRC>?GBAYE")
    found = examine(spoiled, resource=no_schema)
    assert len(found.findings) == 1_000
    same = data.replace(b"<ArtistPartyReference>P1<", b"<ArtistPartyReference>P9<")
    folded = [f for f in examine(same, resource=no_schema).findings if f.code == "ERN-0602"]
    assert [f.count for f in folded] == [1_501]


def test_a_flood_of_unknown_values_is_held(schema_folder: SchemaFolder) -> None:
    data = many_tracks(2).replace(
        b"<UseType>OnDemandStream</UseType>", b"<UseType>MindStream</UseType>\n" * 40_000
    )
    found = [f for f in examine(data, resource=schema_folder).findings if f.rule == 2]
    assert [(f.code, f.count, f.severity) for f in found] == [
        ("ERN-0205", 1_000, Severity.HOLD),
    ]


def test_a_flood_of_schema_errors_is_cut_short(schema_folder: SchemaFolder) -> None:
    data = many_tracks(2).replace(
        b"<UseType>OnDemandStream</UseType>",
        b"<UseType>MindStream</UseType>\n" * 20_000 + b"<UseTipe/>" * 20_000,
    )
    found = [f for f in examine(data, resource=schema_folder).findings if f.rule == 2]
    assert {f.code for f in found} == {"ERN-0205", "ERN-0207"}
    assert found[-1].severity is Severity.REJECT


def test_five_hundred_tracks_take_less_than_a_second(schema_folder: SchemaFolder) -> None:
    data = many_tracks(500)
    examine(ALBUM.encode(), resource=schema_folder)  # compiles the schema
    start = time.process_time()
    found = examine(data, resource=schema_folder)
    assert found.findings == ()
    assert found.message is not None
    assert len(found.message.resources) == 501
    assert time.process_time() - start < 1


def test_no_tracks_is_refused() -> None:
    found = examine(many_tracks(0), resource=no_schema)
    assert "ERN-0804" in {f.code for f in found.findings}
    assert found.outcome is Outcome.REJECT


ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BOMB = (
    f'<?xml version="1.0"?><!-- hi --><!DOCTYPE l [<!ENTITY a0 "aaaaaaaaaa">{ENTITIES}]><l>&a9;</l>'
)
OUTSIDE = b'\xef\xbb\xbf\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "ERN-0101"),
    "text": (b"not xml", "ERN-0101"),
    "cut short": (ALBUM.encode()[:-30], "ERN-0101"),
    "NUL": (ALBUM.replace("M1", "M\x001").encode(), "ERN-0101"),
    "unknown entity": (ALBUM.replace("M1", "&nbsp;").encode(), "ERN-0101"),
    "lone surrogate": (ALBUM.replace("M1", "&#xD800;").encode(), "ERN-0101"),
    "entity bomb": (BOMB.encode(), "ERN-0102"),
    "entity bomb in UTF-16": (BOMB.encode("utf-16"), "ERN-0102"),
    "external DTD": (OUTSIDE, "ERN-0102"),
    "300 deep": (b"<a>" * 300 + b"</a>" * 300, "ERN-0103"),
    "10 MB attribute": (b'<a b="' + b"x" * 10_500_000 + b'"/>', "ERN-0104"),
    "10 MB text": (b"<a>" + b"x" * 10_500_000 + b"</a>", "ERN-0104"),
    "broken UTF-8": (b"<a>\xff\xfe</a>", "ERN-0105"),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><a/>', "ERN-0105"),
    "no namespace": (b"<a/>", "ERN-0111"),
    "foreign namespace": (b'<a xmlns="urn:x"/>', "ERN-0111"),
    "old version": (b'<m xmlns="http://ddex.net/xml/ern/37"/>', "ERN-0112"),
    "unknown root": (b'<m xmlns="http://ddex.net/xml/ern/43"/>', "ERN-0113"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_end_in_one_clear_finding(name: str) -> None:
    data, code = HOSTILE[name]
    found = examine(data, resource=no_schema)
    assert [f.code for f in found.findings] == [code]
    assert found.message is None
    assert found.outcome is Outcome.REJECT
    assert found.findings[0].remedy


def test_doctype_is_named_with_line_and_column() -> None:
    found = examine(b"<?xml version='1.0'?>\n<!-- a\nb --> <!DOCTYPE a><a/>", resource=no_schema)
    assert (found.findings[0].line, found.findings[0].column) == (3, 7)


def test_malformed_xml_is_named_with_line_and_column() -> None:
    found = examine(b"<a>\n <b></c></a>", resource=no_schema)
    assert (found.findings[0].line, found.findings[0].column) == (2, 9)


def test_size_limits_are_those_of_the_caller() -> None:
    small = examine(ALBUM.encode(), resource=no_schema, limits=Limits(max_bytes=100))
    many = examine(ALBUM.encode(), resource=no_schema, limits=Limits(max_markup=100))
    assert [f.code for f in (*small.findings, *many.findings)] == ["ERN-0104", "ERN-0104"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "utf-16-be"])
def test_every_encoding_reads_the_same(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding.removesuffix("-be")
    text = ALBUM.replace("UTF-8", declared).replace("Ferry", "Fährenlichter")
    data = text.encode(encoding)
    if encoding == "utf-16-be":
        data = b"\xfe\xff" + data
    found = examine(data, resource=no_schema)
    assert found.findings == ()
    assert found.message is not None
    assert found.message.releases[0].titles[0].text == "Fährenlichter Lights"


def test_lines_beyond_65535_are_right() -> None:
    data = planted("<DealList>", "\n" * 70_000 + "<DealList>").replace(b">R0</Deal", b">R9</Deal")
    found = [f for f in examine(data, resource=no_schema).findings if f.code == "ERN-0602"]
    assert found[0].line == data[: data.index(b"<DealList>")].count(b"\n") + 1


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mutated_messages_never_raise(data: st.DataObject) -> None:
    raw = bytearray(ALBUM.encode())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        kind = data.draw(st.sampled_from(["set", "cut", "twice"]))
        if kind == "set":
            raw[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del raw[at : at + data.draw(st.integers(1, 200))]
        else:
            raw[at:at] = raw[at : at + data.draw(st.integers(1, 400))]
    found = examine(bytes(raw), resource=no_schema, context=FULL)
    assert found.message is not None or found.outcome is Outcome.REJECT


TAGS = st.sampled_from(
    [
        "MessageHeader",
        "MessageId",
        "PartyList",
        "Party",
        "ResourceList",
        "SoundRecording",
        "ResourceReference",
        "SoundRecordingEdition",
        "ResourceId",
        "ISRC",
        "TechnicalDetails",
        "DeliveryFile",
        "File",
        "URI",
        "HashSum",
        "HashSumValue",
        "ReleaseList",
        "Release",
        "ReleaseId",
        "ICPN",
        "ResourceGroup",
        "ResourceGroupContentItem",
        "SequenceNumber",
        "DealList",
        "ReleaseDeal",
        "Deal",
        "DealTerms",
        "ValidityPeriod",
        "EndDate",
        "Duration",
        "DealReleaseReference",
        "RightSharePercentage",
    ]
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8).map(
    lambda text: text.replace("&", "").replace("<", "").replace("\ufffe", "").replace("\uffff", "")
)
TREES = st.recursive(
    st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", TAGS, TEXTS),
    lambda inner: st.builds(
        lambda tag, kids: f"<{tag}>{''.join(kids)}</{tag}>", TAGS, st.lists(inner, max_size=4)
    ),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(body=st.lists(TREES, max_size=5))
def test_any_structure_is_read_without_an_exception(body: list[str]) -> None:
    data = (
        '<n:NewReleaseMessage xmlns:n="http://ddex.net/xml/ern/43">'
        + "".join(body)
        + "</n:NewReleaseMessage>"
    )
    found = examine(data.encode(), resource=no_schema, context=FULL)
    assert found.message is not None
    assert found.outcome is Outcome.REJECT  # no main release, at least
