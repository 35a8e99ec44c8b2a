"""Every word of a MEAD message is in the model."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from ddex.errors import MessageUnreadable
from ddex.mead.keys import KEY_LIMIT, keys
from ddex.mead.model import PARTY, RECORDING, RELEASE, WORK, Fact, Mead
from ddex.mead.paths import IDENTIFIERS, ROWS, SHELVES
from ddex.others import read
from ddex.xml import parse
from tests.fixtures.environment import REPOSITORY, lacking
from tests.fixtures.mead import mead_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

SENDER = "PADPIDA2013042401U"
SAMPLE = REPOSITORY.parent / "shared/ddex/samples/mead101/MEAD_USUM71804534.xml"
WORKS = f"""<m:MeadMessage xmlns:m="http://ddex.net/xml/mead/11" AvsVersionId="7">
<MessageHeader><MessageId>M</MessageId><MessageSender><PartyId>{SENDER}</PartyId></MessageSender>
<MessageRecipient><PartyId>{SENDER}</PartyId></MessageRecipient><MessageCreatedDateTime>
2026-01-01T00:00:00Z</MessageCreatedDateTime></MessageHeader>
<WorkInformationList><WorkInformation><MusicalWorkReference>W1</MusicalWorkReference><WorkSummary>
<MusicalWorkId><ISWC>T0345246801</ISWC></MusicalWorkId><WorkTitle>Étude</WorkTitle><Writer><FullName>
<Name>A. Quill</Name></FullName></Writer></WorkSummary><Activity><Value>Cooking</Value><Description
 LanguageAndScriptCode="en">stirring</Description></Activity><RhythmStyle><Value>Waltz</Value>
</RhythmStyle><Intensity><Value>3</Value></Intensity><Tempo>Allegro</Tempo><SomethingNew><Deep
 colour="red">x</Deep></SomethingNew></WorkInformation></WorkInformationList></m:MeadMessage>
""".encode()


def sample() -> bytes:
    if not SAMPLE.exists():
        lacking(f"no MEAD sample at {SAMPLE}", "put the DDEX samples beside the checkout")
    return SAMPLE.read_bytes()


def leaves(element: Element) -> Iterator[str]:
    """Every text and attribute value, but those of the root and the header's party names."""
    for each in element.iter():
        if (each.text or "").strip():
            yield (each.text or "").strip()
        if each is not element:
            yield from (str(value) for value in each.attrib.values() if value)


def said(found: Mead) -> set[str]:
    """Every text in the model."""
    words: set[str] = set()
    waiting: list[object] = [asdict(found)]
    while waiting:
        at = waiting.pop()
        if isinstance(at, str):
            words |= {at, *at.replace("/", " ").split()}
        elif isinstance(at, dict):
            waiting += at.values()
        elif isinstance(at, (list, tuple)):
            waiting += at
    return words


LEFT = {"UserDefined"}
"""Left out on purpose: it only says that the sender's own word follows, which is in the model."""


@pytest.mark.parametrize(
    "data",
    [sample(), mead_message(sender=SENDER, recipient=SENDER, mood_territory="FR"), WORKS],
    ids=["sample", "full", "1.1"],
)
def test_no_leaf_is_lost(data: bytes) -> None:
    words = said(read(data))
    lost = [
        leaf
        for leaf in leaves(parse(data).root)
        if leaf not in words and leaf not in LEFT and leaf != "Universal Music Group"
    ]
    assert lost == []


def facts(found: Mead, kind: str) -> dict[str, list[str]]:
    """The values of one subject, by kind of fact."""
    made: dict[str, list[str]] = {}
    for subject in found.subjects:
        for fact in subject.facts if subject.kind == kind else ():
            made.setdefault(fact.kind, []).append(fact.value)
    return made


def test_the_sample_says_what_it_says() -> None:
    found = read(sample())
    assert found.message.header.message_id == "be1ff3e5-2dba-4271-a7bd-3b6663a84eb6"
    assert (found.message.type, found.message.version) == ("MeadMessage", "101")
    [subject] = found.subjects
    assert (subject.kind, subject.title) == (RECORDING, "Two Miles of Bad Road")
    told = facts(found, RECORDING)
    assert told["mood"] == ["Positive", "Dramatic", "Sentimental", "Uplifting"]
    assert told["subgenre"] == ["JazzFusion", "JazzFunk", "Funk"]
    assert (told["bpm"], told["key"], told["tempo"]) == (["120"], ["C Major"], ["Medium Fast"])
    assert told["theme"] == ["Carnival", "Commitment", "Togetherness", "Eternity"]


def test_what_stands_deep_is_found() -> None:
    found = read(mead_message(sender=SENDER, recipient=SENDER))
    release = facts(found, RELEASE)
    assert release["similar"] == ["Undertones"]
    assert release["award"] == ["Album of the Year"]
    assert release["image"] == ["https://images.example.net/tones.jpg"]
    recording = facts(found, RECORDING)
    assert (recording["meter"], recording["key"]) == (["3/4"], ["C minor"])
    assert recording["pronunciation"] == ["ləʊ"]
    party = facts(found, PARTY)
    assert "<script>" in party["biography"][0]
    note = next(f for s in found.subjects for f in s.facts if f.kind == "commentary")
    assert (note.language, note.sources, note.detail("Author/Name/FullName/Name")) == (
        "en",
        ("U1",),
        "R. Quill",
    )
    assert (found.sources[0].name, found.sources[0].type) == (
        "The Listening Desk",
        "MetadataProvider",
    )
    assert found.subjects[0].priority == ("2026-11-01", "2026-12-01")


def test_11_is_read_with_its_differences() -> None:
    found = read(WORKS)
    told = facts(found, WORK)
    assert told == {
        "activity": ["Cooking"],
        "rhythm": ["Waltz"],
        "intensity": ["3"],
        "tempo": ["Allegro"],
        "something_new": [""],
    }
    assert found.subjects[0].reference == "W1"
    assert found.message.avs_version == "7"


def test_a_fact_survives_json() -> None:
    for subject in read(sample()).subjects:
        for fact in subject.facts:
            again = Fact.from_json(fact.to_json())
            assert again.to_json() == fact.to_json()


def test_children_in_the_namespace_are_read_too() -> None:
    data = sample().replace(
        b'xmlns:mead="http://ddex.net/xml/mead/101"',
        b'xmlns="http://ddex.net/xml/mead/101" xmlns:mead="http://ddex.net/xml/mead/101"',
    )
    assert facts(read(data), RECORDING)["bpm"] == ["120"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<x/>",
        b'<m:Feed xmlns:m="http://ddex.net/xml/mead/101"/>',
        b'<m:MeadMessage xmlns:m="http://ddex.net/xml/mead/9"/>',
        b'<m:MeadMessage xmlns:m="http://ddex.net/xml/mead/99"/>',
        b'<!DOCTYPE a><m:MeadMessage xmlns:m="http://ddex.net/xml/mead/101"/>',
    ],
)
def test_what_is_no_mead_message(data: bytes) -> None:
    with pytest.raises(MessageUnreadable):
        read(data)


NAMES = st.sampled_from(
    [
        *ROWS,
        *IDENTIFIERS,
        "Value",
        "Text",
        "Title",
        "TitleText",
        "Name",
        "FullName",
        "Pronunciation",
    ]
)
TEXTS = st.text(alphabet="aZ0 .-<&\u202eé日\u0301", max_size=8)
TREES = st.recursive(
    TEXTS.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.lists(st.tuples(NAMES, inner), max_size=4).map(
        lambda pairs: "".join(
            f'<{name} UserDefinedValue="u" LanguageAndScriptCode="en">{text}</{name}>'
            for name, text in pairs
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(TREES, st.sampled_from([shelf.path for shelf in SHELVES]))
def test_any_tree_is_read_and_kept(tree: str, path: str) -> None:
    outer, inner = path.split("/")
    data = (
        '<m:MeadMessage xmlns:m="http://ddex.net/xml/mead/101">'
        f"<{outer}><{inner}>{tree}</{inner}></{outer}></m:MeadMessage>"
    )
    found = read(data.encode())
    for subject in found.subjects:
        assert all(len(key) <= KEY_LIMIT for key in keys(subject))
        for fact in subject.facts:
            assert json.loads(json.dumps(fact.to_json()))["kind"] == fact.kind
