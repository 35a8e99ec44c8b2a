"""Whatever a message holds, and however deep: reading never raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from lxml import etree

from ddex import xml
from ddex.ern import reader
from ddex.ern.tables import ERN_41, ERN_43, Tables
from ddex.ern.tables_3 import ERN_38

if TYPE_CHECKING:
    from ddex.ern.model import Message


def read(data: bytes) -> Message:
    return reader.read(xml.begin(data))


def deeper(frames: int, data: bytes) -> Message:
    """Read with so many frames on the stack already."""
    return deeper(frames - 1, data) if frames else read(data)


@pytest.mark.parametrize("version", ["382", "43"])
@pytest.mark.parametrize(
    "name", ["ResourceGroup", "Odd", "RelatedRelease", "SoundRecordingEdition"]
)
def test_the_deepest_message_is_read(version: str, name: str) -> None:
    depth = 250
    for around in ("Release", "SoundRecording"):
        inside = f"<{name}>" * depth + "x" + f"</{name}>" * depth
        message = deeper(
            300,
            f'<m:NewReleaseMessage xmlns:m="http://ddex.net/xml/ern/{version}"><ReleaseList>'
            f"<{around}>{inside}</{around}></ReleaseList></m:NewReleaseMessage>".encode(),
        )
        (release,) = message.releases
        assert len(release.primary_references) == 0
        assert release.resource_group is not None or release.more or release.related


NAMES = sorted(
    {
        name
        for tables in (ERN_38, ERN_41, ERN_43)
        for name in Tables.__dataclass_fields__
        if name != "main_releases"
        for name in getattr(tables, name)
    }
    | {"MessageHeader", "PartyList", "Party", "ResourceList", "SoundRecording", "Image"}
    | {"ReleaseList", "Release", "TrackRelease", "DealList", "ReleaseDeal", "Deal", "DealTerms"}
    | {"ReleaseVisibility", "PurgedRelease", "CatalogItem", "SupplementalDocumentList", "Odd"}
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["Namespace", "UserDefinedValue", "IsDefault", "TitleType", "SequenceNumber"]),
    st.sampled_from(["", "true", "1", "x", "-1", "UserDefined"]),
    max_size=2,
)
TEXTS = st.sampled_from(
    ["", "true", "7", "-0", "P1Y", "PT9S", "2026-13-40", "UserDefined", "\u202e"]
)


def elements(depth: int) -> st.SearchStrategy[etree._Element]:
    children = st.lists(elements(depth - 1), max_size=4) if depth else st.just([])
    return st.builds(element, st.sampled_from(NAMES), ATTRIBUTES, TEXTS, children)


def element(
    name: str, attributes: dict[str, str], inside: str, children: list[etree._Element]
) -> etree._Element:
    made = etree.Element(name, attributes)
    made.text = inside
    made.extend(children)
    return made


@pytest.mark.parametrize("version", ["382", "42", "432"])
@given(content=st.lists(elements(4), max_size=3), lists=st.lists(elements(3), max_size=4))
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_reading_never_raises(
    version: str, content: list[etree._Element], lists: list[etree._Element]
) -> None:
    root = etree.Element(f"{{http://ddex.net/xml/ern/{version}}}NewReleaseMessage")
    root.extend(content)
    for name in ("ResourceList", "ReleaseList", "DealList"):
        holder = etree.SubElement(root, name)
        holder.extend(etree.fromstring(etree.tostring(each)) for each in lists)
    message = read(etree.tostring(root))
    assert message.version == version
    assert len(message.resources) >= len(lists)
