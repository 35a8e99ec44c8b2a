"""The table of mends: which codes each is for, and the changes it proposes. Pure.

A mend may propose too much: `doctor` keeps only what makes the message better and nothing worse.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex.ern.repair.changes import (
    Change,
    insert,
    remove,
    set_attribute,
    set_text,
)
from ddex.ern.repair.numbering import renumbered

if TYPE_CHECKING:
    from ddex.ern.repair.outline import Element, Outline
    from ddex.findings import Finding

Propose = Callable[["Outline", tuple["Finding", ...]], Iterable["Change | None"]]


@dataclass(frozen=True, slots=True)
class Mend:
    """One mend: the codes it answers, its function, and what it does in one sentence."""

    codes: tuple[str, ...]
    propose: Propose
    text: str


def _places(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[tuple[Finding, Element]]:
    for finding in findings:
        element = outline.find(finding.xpath) if finding.xpath else None
        if element is not None:
            yield finding, element


def real_namespace(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[Change | None]:
    """`ern/38` is read as 3.8.2, and the message says so elsewhere."""
    root = outline.root
    for name, value in root.attributes.items():
        if name.startswith("xmlns") and value == "http://ddex.net/xml/ern/38":
            yield set_attribute(outline, root, name, "http://ddex.net/xml/ern/382")
    del findings


def drop_parties(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[Change | None]:
    """A party that nothing refers to says nothing of the release."""
    for finding, element in _places(outline, findings):
        if element.name == "Party":
            yield remove(outline, element, f"party {finding.value!r}, which nothing uses, is gone")


def add_up(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[Change | None]:
    """The release's duration becomes the sum of its recordings."""
    for finding, element in _places(outline, findings):
        stated = element if element.name == "Duration" else element.first("Duration")
        if stated is not None and finding.expected.startswith("PT"):
            yield set_text(outline, stated, finding.expected)


def recompute(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[Change | None]:
    """The declared hash becomes that of the file beside the message, in the same notation."""
    for finding, element in _places(outline, findings):
        found = _valued(element, finding.value)
        actual = _bytes(finding.expected)
        if found is not None and actual:
            yield set_text(outline, found, _like(found.text, actual))


def _valued(element: Element, value: str) -> Element | None:
    """The leaf at or below an element whose text is the value of a finding."""
    if not element.children:
        return element if element.text.strip()[:199] == value.strip()[:199] else None
    below = (_valued(child, value) for child in element.children)
    return next((each for each in below if each is not None), None)


def _bytes(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def _like(old: str, digest: bytes) -> str:
    """Hexadecimal or base64, as the old value was; letters as they were."""
    bare = old.strip()
    hexadecimal = digest.hex().upper() if bare.isupper() else digest.hex()
    try:
        binary = len(base64.b64decode(bare, validate=True)) == len(digest)
    except (binascii.Error, ValueError):
        binary = False
    return base64.b64encode(digest).decode() if binary and not _bytes(bare) else hexadecimal


def real_file_name(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[Change | None]:
    """The address is spelled like the file that is there."""
    for finding, element in _places(outline, findings):
        file = element if element.name == "File" else element.parent
        if file is None or not finding.expected:
            continue
        uri, name, path = file.first("URI"), file.first("FileName"), file.first("FilePath")
        if uri is not None:
            yield set_text(outline, uri, finding.expected)
        elif name is not None:
            folder, last = posixpath.split(finding.expected)
            yield set_text(outline, name, last)
            if path is not None and folder:
                yield set_text(outline, path, f"{folder}/")


def number_items(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[Change | None]:
    """Groups and primary items of a ResourceGroup are numbered 1 to n in the order they have."""
    groups: dict[Element, None] = {}
    lacking: set[Element] = set()
    for finding, element in _places(outline, findings):
        part = element if element.name.startswith("ResourceGroup") else element.parent
        if part is not None and part.parent is not None and part.parent.name == "ResourceGroup":
            groups[part.parent] = None
            lacking |= {part} if finding.code in _LACKING else set()
    for group in groups:
        parts = [each for each in group.children if _has_order(each, lacking)]
        yield from _number(outline, parts)


_LACKING = frozenset({"ERN-1603", "ERN-1605"})
_TITLES = frozenset(
    {"Title", "DisplayTitleText", "DisplayTitle", "AdditionalTitle", "FormalTitle", "GroupingTitle"}
)
"""What stands before the SequenceNumber of a group, in every version."""


def _has_order(part: Element, lacking: set[Element]) -> bool:
    """A numbered group or item, or one that a finding says should be; secondary items are none."""
    if part.name not in {"ResourceGroup", "ResourceGroupContentItem"}:
        return False
    reference = part.first("ReleaseResourceReference")
    kind = reference.attributes.get("ReleaseResourceType", "") if reference is not None else ""
    numbered = part.first("SequenceNumber") is not None
    return kind != "SecondaryResource" and (numbered or part in lacking)


def _number(outline: Outline, parts: list[Element]) -> Iterator[Change | None]:
    stated = [part.first("SequenceNumber") for part in parts]
    numbers = [_number_of(each.text) if each is not None else None for each in stated]
    new = renumbered(numbers)
    if new is None or any(part.first("SequenceSubNumber") for part in parts):
        return
    for part, element, number in zip(parts, stated, new, strict=True):
        if element is not None:
            yield set_text(outline, element, str(number))
        else:
            yield insert(outline, part, "SequenceNumber", str(number), after=_TITLES)


def _number_of(text: str) -> int | None:
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 10 else None


def unnumber_secondary(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[Change | None]:
    """A cover or booklet loses the number that belongs to tracks."""
    for _, element in _places(outline, findings):
        number = element if element.name == "SequenceNumber" else element.first("SequenceNumber")
        if number is not None:
            yield remove(outline, number, "the number of a secondary resource is gone")


def number_artists(outline: Outline, findings: tuple[Finding, ...]) -> Iterator[Change | None]:
    """Display artists are numbered 1 to n in the order they have."""
    owners = {e.parent: None for _, e in _places(outline, findings) if e.parent is not None}
    for owner in owners:
        artists = owner.all("DisplayArtist")
        said = [artist.attributes.get("SequenceNumber", "") for artist in artists]
        new = renumbered([_number_of(each) for each in said])
        for artist, number in zip(artists, new or (), strict=bool(new)):
            yield set_attribute(outline, artist, "SequenceNumber", str(number))


MENDS: tuple[Mend, ...] = (
    Mend(("ERN-0114",), real_namespace, "The alias ern/38 becomes the namespace of ERN 3.8.2."),
    Mend(("ERN-0702",), drop_parties, "Parties that nothing refers to are taken out."),
    Mend(("ERN-1604",), unnumber_secondary, "Secondary resources lose their SequenceNumber."),
    Mend(
        ("ERN-1601", "ERN-1602", "ERN-1603", "ERN-1605"),
        number_items,
        "Groups and items of a group are numbered from 1, where their order is beyond doubt.",
    ),
    Mend(
        ("ERN-1606", "ERN-1607"),
        number_artists,
        "Display artists are numbered from 1, where their order is beyond doubt.",
    ),
    Mend(("ERN-1702",), add_up, "A release's duration becomes the sum of its recordings."),
    Mend(("ERN-1903",), real_file_name, "An address is spelled like the file that is there."),
    Mend(("ERN-2001",), recompute, "A hash becomes that of the file beside the message."),
)
"""In this order; the first of several edits of one place stays."""
