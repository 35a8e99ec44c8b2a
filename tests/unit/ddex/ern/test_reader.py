"""The reader: every fact of a message in the model, and nothing invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from ddex.ern import values
from ddex.ern.model import Identifier, Localized, for_territory
from ddex.ern.reader import read
from ddex.ern.versions import VERSIONS
from ddex.xml import parse
from tests.fixtures.environment import lacking
from tests.unit.ddex.ern.messages import ALBUM, SENDER, US, planted

if TYPE_CHECKING:
    from core.schemas import SchemaFolder
    from ddex.ern.model import Message


def message(right: str = "", wrong: str = "") -> Message:
    return read(parse(planted(right, wrong) if right else ALBUM.encode()))


def test_header() -> None:
    header = message().header
    assert header.message_id == "M1"
    assert header.thread_id == "T1"
    assert header.sender_dpid == SENDER
    assert header.sender_name == "Night Owl Distribution"
    assert header.recipients == (US,)
    assert header.created == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert header.control_type == "LiveMessage"
    assert header.place.xpath == "/NewReleaseMessage/MessageHeader"


def test_message() -> None:
    found = message()
    assert (found.type, found.version, found.profile) == ("NewReleaseMessage", "43", "Audio")
    assert (found.language, found.avs_version) == ("en", "3")
    assert [party.name for party in found.parties] == ["The Lanterns", "Night Owl Records"]
    assert [release.reference for release in found.releases] == ["R0", "R1", "R2"]
    assert [resource.reference for resource in found.resources] == ["A1", "A2", "A3"]


def test_recording() -> None:
    found = message().resources[0]
    assert found.kind == "SoundRecording"
    assert found.type == "MusicalWorkSoundRecording"
    assert found.identifier("ISRC") == "GBAYE0601498"
    assert found.titles[0].text == "Rock & Roll"
    assert found.titles[0].kind == "DisplayTitle"
    assert found.display_artists[0].party_reference == "P1"
    assert found.display_artists[0].roles == ("MainArtist",)
    assert found.display_artists[0].sequence == 1
    assert found.p_line is not None
    assert found.p_line.year == "2026"
    assert found.duration == timedelta(minutes=2, seconds=28)
    assert [each.text for each in found.advisories] == ["NotExplicit"]
    assert not found.is_supplemental
    assert found.place.xpath == "/NewReleaseMessage/ResourceList/SoundRecording[1]"


def test_file() -> None:
    found = message().resources[1].files[0]
    assert found.uri == "resources/02.flac"
    assert found.technical_reference == "T2"
    assert (found.codec, found.channels) == ("FLAC", "2")
    assert (found.sampling_rate, found.bit_depth) == ("44.1", "16")
    assert found.hashes[0].algorithm == "MD5"
    assert found.hashes[0].value == "d41d8cd98f00b204e9800998ecf8427e"
    assert found.provided is None
    assert not found.is_clip
    cover = message().resources[2].files[0]
    assert (cover.uri, cover.technical_reference) == ("resources/cover.jpg", "T3")


def test_main_release() -> None:
    found = message().main_release
    assert found is not None
    assert found.types == ("Album",)
    assert found.identifiers[0].kind == "ICPN"
    assert found.identifiers[0].value == "4006381333931"
    title = for_territory(found.titles)
    assert title is not None
    assert (title.text, title.subtitle) == ("Ferry Lights", "Deluxe")
    assert found.labels == (Localized(text="Night Owl Records", kind="P2"),)
    assert [(each.text, each.subtitle) for each in found.genres] == [("Pop", "Dream Pop")]
    assert found.release_date == "2026-03-01"
    assert found.resource_group is not None
    assert [item.resource_reference for item in found.resource_group.flat()] == ["A1", "A2"]
    assert [item.sequence for item in found.resource_group.items] == [1, 2]
    assert found.resource_group.linked_references == ("A3",)


def test_track_release() -> None:
    found = message().releases[1]
    assert (found.kind, found.is_main) == ("TrackRelease", False)
    assert found.resource_references == ("A1",)
    assert found.identifiers == (
        Identifier(
            kind="ProprietaryId",
            value="T-1",
            namespace=SENDER,
            place=found.identifiers[0].place,
        ),
    )


def test_deal() -> None:
    found = message().deals[0]
    assert found.release_references == ("R0",)
    assert found.territories == ("Worldwide",)
    assert found.commercial_models == ("SubscriptionModel",)
    assert found.use_types == ("OnDemandStream",)
    assert [(period.start, period.end) for period in found.periods] == [("2026-01-01", "")]


def test_nested_groups_keep_their_order_and_numbers() -> None:
    disc = (
        '<ResourceGroup ResourceGroupType="Component"><SequenceNumber>{0}</SequenceNumber>'
        "<ResourceGroupContentItem><SequenceNumber>1</SequenceNumber>"
        "<NoDisplaySequence>true</NoDisplaySequence>"
        "<ReleaseResourceReference>A{0}</ReleaseResourceReference>"
        "<IsBonusResource>true</IsBonusResource></ResourceGroupContentItem></ResourceGroup>"
    )
    start = "<ResourceGroup><ResourceGroupContentItem>"
    found = message(
        start, f"<ResourceGroup>{disc.format(2)}{disc.format(1)}<ResourceGroupContentItem>"
    )
    group = found.releases[0].resource_group
    assert group is not None
    assert [(each.sequence, each.type) for each in group.groups] == [
        (2, "Component"),
        (1, "Component"),
    ]
    assert group.groups[0].items[0].is_bonus
    assert group.groups[0].items[0].is_hidden
    assert [i.resource_reference for i in group.flat()] == ["A1", "A2", "A2", "A1"]


def test_comments_and_sections_inside_values_do_not_hide_text() -> None:
    found = message("GBAYE0601498", "GB<!-- x -->AYE<?y?><![CDATA[0601498]]>")
    assert found.resources[0].identifier("ISRC") == "GBAYE0601498"


def test_any_prefix_and_even_a_default_namespace_are_read() -> None:
    text = ALBUM.replace("ern:", "").replace("xmlns:ern", "xmlns").replace("<ern", "<")
    found = read(parse(text.encode()))
    assert found.resources[0].identifier("ISRC") == "GBAYE0601498"


def test_purge() -> None:
    data = (
        b'<e:PurgeReleaseMessage xmlns:e="http://ddex.net/xml/ern/43" AvsVersionId="3"'
        b' LanguageAndScriptCode="en"><MessageHeader><MessageId>P1</MessageId></MessageHeader>'
        b"<PurgedRelease><ReleaseId><ICPN>4006381333931</ICPN></ReleaseId>"
        b"<Title><TitleText>Gone</TitleText></Title></PurgedRelease></e:PurgeReleaseMessage>"
    )
    found = read(parse(data))
    assert found.main_release is not None
    assert found.main_release.kind == "PurgedRelease"
    assert found.main_release.identifier("ICPN") == "4006381333931"
    assert found.main_release.titles[0].text == "Gone"


def test_4_1_family_keeps_the_facts_on_the_recording(schema_folder: SchemaFolder) -> None:
    assert schema_folder.root is not None
    samples = schema_folder.root.parent / "samples"
    if not (samples / "ern411").is_dir():
        lacking("no official samples beside the schemas", "put `samples` beside `xsd`")
    facts = []
    for version in ("ern411", "ern42", "ern43"):
        found = read(parse((samples / version / "1 Audio.xml").read_bytes()))
        recording = found.resources[0]
        facts.append(
            (
                recording.identifier("ISRC"),
                recording.files[0].uri,
                recording.p_line,
                recording.duration,
                [title.text for title in recording.titles],
                len(found.resources),
                len(found.releases),
                len(found.deals),
            )
        )
    assert facts[0] == facts[1] == facts[2]
    assert facts[0][0] == "JPTO09404900"
    assert facts[0][5:] == (22, 22, 3)


def test_versions_are_rows() -> None:
    assert {version.label for version in VERSIONS} == {
        "4.3.2",
        "4.3.1",
        "4.3",
        "4.2",
        "4.1.1",
        "4.1",
        "3.8.3",
        "3.8.2",
    }
    assert len({version.namespace for version in VERSIONS}) == len(VERSIONS)
    assert VERSIONS[0].schema == "ern/43/release-notification.xsd"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT2M28S", 148),
        ("PT4M23.583S", 263.583),
        ("PT1H", 3600),
        ("P1DT1S", 86401),
        ("-PT1S", -1),
        ("P", None),
        ("PT", None),
        ("2:28", None),
        ("", None),
        ("PT1X", None),
        ("P999999Y", None if timedelta.max.days < 999999 * 365 else 999999 * 365 * 86400),
        ("PT" + "9" * 40 + "S", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    found = values.duration(text)
    assert (found.total_seconds() if found is not None else None) == seconds


@given(st.text(max_size=40))
def test_values_never_raise(text: str) -> None:
    for reading in (
        values.duration,
        values.whole,
        values.number,
        values.truth,
        values.instant,
    ):
        reading(text)
    assert values.truth("maybe") is None
