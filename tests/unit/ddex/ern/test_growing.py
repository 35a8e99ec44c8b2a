"""A message is read the same from a whole tree and from one that is cut off while it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ddex.ern import reader
from ddex.errors import MessageUnreadable
from ddex.positions import Positions
from ddex.spots import Spots
from ddex.xml import Document, begin
from tests.fixtures import ern_messages
from tests.unit.ddex.ern.messages import ALBUM, many_tracks

if TYPE_CHECKING:
    from core.schemas import SchemaFolder
    from ddex.ern.model import Message

VERSIONS = ("382", "383", "411", "42", "43")


def whole(data: bytes) -> Message:
    document = begin(data)
    assert document.tree is not None
    return reader.read(document)


def grown(data: bytes) -> Message:
    known = begin(data)
    return reader.read(Document(data=data, tag=f"{{{known.namespace}}}{known.name}"))


@pytest.mark.parametrize("version", VERSIONS)
def test_base_messages_read_the_same(version: str) -> None:
    data = ern_messages.base(version)
    assert whole(data) == grown(data)


def test_samples_read_the_same(schema_folder: SchemaFolder) -> None:
    assert schema_folder.root is not None
    read = 0
    for path in sorted((schema_folder.root.parent / "samples").glob("ern*/*.xml")):
        data = path.read_bytes()
        try:
            found = grown(data)
        except MessageUnreadable:
            with pytest.raises(MessageUnreadable):
                whole(data)
            continue
        assert whole(data) == found
        assert len(found.resources) + len(found.releases) + len(found.catalog_items) > 0
        read += 1
    assert read > 20


def test_many_stretches_read_the_same() -> None:
    data = many_tracks(200)
    assert len(data) > 1 << 17
    assert whole(data) == grown(data)


def deals(number: int, last: str = "") -> bytes:
    """Equal deals for each of two releases; the last one is another."""
    start = ALBUM.index("<Deal>")
    end = ALBUM.index("</Deal>") + len("</Deal>")
    deal = ALBUM[start:end]
    other = deal.replace("Worldwide", last) if last else ""
    return (ALBUM[:start] + f"\n{deal}" * number + other + ALBUM[end:]).encode()


def test_equal_deals_have_places_of_their_own() -> None:
    found = whole(deals(3, "DE")).deals
    assert [each.territories for each in found[:4]] == [("Worldwide",)] * 3 + [("DE",)]
    lines = [each.place.line for each in found[:4]]
    assert lines[0] < lines[1] < lines[2] <= lines[3]
    paths = [each.place.xpath for each in found[:3]]
    assert [path[-len("Deal[1]") :] for path in paths] == ["Deal[1]", "Deal[2]", "Deal[3]"]
    assert len({id(each.periods) for each in found[:3]}) == 1, "what is equal is kept once"
    after = found[3].place.xpath
    assert after.endswith("Deal[4]")


@pytest.mark.parametrize(
    "text",
    [
        ALBUM,
        ALBUM.replace("\n", "\r\n"),
        ALBUM.replace("\n", "\r"),
        ALBUM.replace("\n", ""),
        ALBUM.replace("><", "><!-- <a>\n<b> --><"),
        ALBUM.replace("><", ">\n<?a <Deal>?><"),
        ALBUM.replace("><", ">\n<").replace("<Deal>", "<Deal\n>"),
    ],
    ids=["plain", "crlf", "cr", "one line", "comments", "instructions", "tags over lines"],
)
def test_places_are_the_same_by_tree_and_by_bytes(text: str) -> None:
    data = text.encode()
    tree = begin(data).tree
    assert tree is not None
    by_tree, by_bytes = Spots(data, tree), Positions(data)
    for ordinal in range(1, sum(1 for _ in tree.iter()) + 1):
        xpath = by_bytes.xpath(ordinal)
        assert by_tree.xpath(ordinal) == xpath
        assert by_tree.line(ordinal) == by_bytes.line(ordinal), xpath
        assert by_tree.find(xpath) == by_bytes.find(xpath), xpath
    for xpath in ("", "/x", "/NewReleaseMessage/x", "/NewReleaseMessage/DealList[2]", "/[", "//"):
        assert by_tree.find(xpath) == by_bytes.find(xpath)
