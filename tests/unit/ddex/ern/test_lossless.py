"""Every leaf of a message is in the model, in the part that it belongs to, or in `left`."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from ddex import xml
from ddex.ern import reader
from ddex.ern.left import LEFT
from ddex.ern.versions import VERSIONS
from tests.fixtures.environment import REPOSITORY, lacking
from tests.fixtures.leaves import Leaf, largest, marked, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lxml.etree import _Element as Element

    from core.schemas import SchemaFolder
    from ddex.ern.model import Message

FOLDERS = (
    "ern382-business-profiles",
    "ern382-release-profiles",
    "ern411",
    "ern42",
    "ern43",
)
SCHEMAS = ("382", "383", "41", "411", "42", "43")
ROOTS = {version.id: sorted(version.roots) for version in VERSIONS}


def samples_of(schemas: SchemaFolder, folder: str) -> list[Path]:
    assert schemas.root is not None
    found = sorted((schemas.root.parent / "samples" / folder).glob("*.xml"))
    if not found:
        lacking("the official samples are not beside the schemas", "put `samples` beside `xsd`")
    return found


def tree(path: Path) -> Element:
    return etree.parse(str(path), etree.XMLParser(remove_comments=True, remove_pis=True)).getroot()


def read(root: Element) -> Message:
    return reader.read(xml.begin(etree.tostring(root)))


def lost(root: Element) -> list[Leaf]:
    """The leaves that the model does not hold where it should; `root` gets marks."""
    leaves = marked(root)
    message, places = read(root), deal_places(root)
    told_of: dict[tuple[str, int], str] = {}
    missing = []
    for leaf in leaves:
        if leaf.is_flag or leaf.is_left:
            continue
        if leaf.top not in told_of:
            told_of[leaf.top] = "\n".join(told(part) for part in parts(message, leaf.top, places))
        if leaf.value not in told_of[leaf.top]:
            missing.append(leaf)
    return missing


def parts(message: Message, top: tuple[str, int], places: list[range]) -> list[object]:
    """The parts of a model in which a leaf of this piece of the message has to be."""
    around, index = top
    entry = max(index, 0)
    inline = [party for party in message.parties if party.reference.startswith("#")]
    of_pieces: dict[str, Callable[[], list[object]]] = {
        "PartyList": lambda: [message.parties[entry]],
        "ResourceList": lambda: [message.resources[entry], inline, message.other_files],
        "ReleaseList": lambda: [message.releases[entry], inline, message.other_files],
        "PurgedRelease": lambda: [message.releases[entry], inline],
        "MessageHeader": lambda: [message.header],
        "CatalogItem": lambda: [message.catalog_items[entry], inline],
        "DealList": lambda: deals_of(message, places[entry]),
        "SupplementalDocumentList": lambda: [message.other_files],
    }
    if around in of_pieces and index >= 0:
        return of_pieces[around]()
    return [
        message.more,
        message.profile,
        message.profile_variant,
        message.business_profile,
        message.language,
        message.avs_version,
        message.update_indicator,
        message.publication_date,
    ]


def deal_places(root: Element) -> list[range]:
    """For each entry of the list of deals: which deals of the model it makes, none for others."""
    found, first = [], 0
    for entry in root.iterfind("DealList/*"):
        last = first + len(entry.findall("Deal"))
        found.append(range(first, last))
        first = last
    return found


def deals_of(message: Message, place: range) -> list[object]:
    return [message.deals[index] for index in place] or [*message.visibilities]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_leaf_of_a_sample_is_lost(schema_folder: SchemaFolder, folder: str) -> None:
    for path in samples_of(schema_folder, folder):
        assert lost(tree(path)) == [], path.name


@pytest.mark.parametrize("version", SCHEMAS)
def test_no_leaf_of_a_schema_is_lost(schema_folder: SchemaFolder, version: str) -> None:
    for name in ROOTS[version]:
        assert lost(largest(schema(schema_folder, version), name)) == []


@pytest.mark.parametrize("version", ["382", "42", "43"])
def test_every_flag_of_a_schema_makes_a_difference(
    schema_folder: SchemaFolder, version: str
) -> None:
    whole = largest(schema(schema_folder, version), "NewReleaseMessage")
    marked(whole)
    met: set[str] = set()
    for piece in pieces(whole):
        before = read(piece)
        for where, flag in flags(piece):
            assert where in met or not stays_the_same(before, piece, flag), where
            met.add(where)
    assert len(met) > 20


def pieces(whole: Element) -> list[Element]:
    """A message for each entry of its lists, with nothing else in it."""
    found = []
    for child in whole:
        for entry in list(child) if len(child) and str(child.tag).endswith("List") else [None]:
            piece = etree.Element(whole.tag, dict(whole.attrib))
            holder = piece if entry is None else etree.SubElement(piece, child.tag)
            holder.append(deepcopy(child if entry is None else entry))
            found.append(piece)
    return found


def flags(root: Element) -> list[tuple[str, tuple[Element, str]]]:
    """One flag of each kind: by the names of its element and the one around it."""
    found: dict[str, tuple[Element, str]] = {}
    for element in root.iter():
        parent = element.getparent()
        around = str(parent.tag) if parent is not None else ""
        if element.text in {"true", "false"}:
            found.setdefault(f"{around}/{element.tag!s}", (element, ""))
        for name, value in element.attrib.items():
            if value in {"true", "false"}:
                found.setdefault(f"{element.tag!s}/@{name}", (element, str(name)))
    return list(found.items())


def stays_the_same(before: Message, root: Element, flag: tuple[Element, str]) -> bool:
    """Whether the model stays the same when a flag says the contrary."""
    element, name = flag
    old = element.get(name) if name else element.text
    new = "false" if old == "true" else "true"
    if name:
        element.set(name, new)
    else:
        element.text = new
    same = read(root) == before
    if name:
        element.set(name, str(old))
    else:
        element.text = old
    return same


def test_what_is_left_exists(schema_folder: SchemaFolder) -> None:
    known: set[str] = set()
    for version in SCHEMAS:
        for name in ROOTS[version]:
            for leaf in marked(largest(schema(schema_folder, version), name)):
                steps = leaf.path.split("/")
                known.update(steps)
                known.update("/".join(pair) for pair in pairwise(steps))
    assert set(LEFT) - known == set()
    assert all(len(reason) > 20 for reason in LEFT.values())


def schema(schemas: SchemaFolder, version: str) -> Path:
    assert schemas.root is not None
    return schemas.root / "ern" / version / "release-notification.xsd"


def test_what_is_left_is_documented() -> None:
    page = (REPOSITORY / "docs/explanation/reading.md").read_text()
    for name, reason in LEFT.items():
        assert f"| `{name}` | {reason} |" in page
