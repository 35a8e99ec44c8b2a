"""The Atom feed of ERN part 4 (choreography for web services, 1.7 and 1.8), clause 7.4. Pure.

A sender lists in it what it has for us, the oldest first; an entry links to its message by
`alternate`, and to the call that takes it off the list by `delete`. Pages are linked by `next`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ddex.errors import MessageUnreadable
from ddex.xml import Limits, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
LIMITS = Limits(max_bytes=8 << 20, max_markup=500_000)
MOST = 1000
"""Entries of a page that are read."""
_ID = re.compile(r"[^A-Za-z0-9]+")
_RELEASE_IDS = ("GRid", "ICPN", "ISRC", "CatalogNumber", "ProprietaryId")


class NotAtom(ValueError):
    """The document is no Atom feed that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message that waits. `release_id` is fit for a file name, empty when none is said;
    `message` is absolute, as is `delete`, which may be empty."""

    id: str
    updated: str
    title: str
    release_id: str
    message: str
    delete: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the oldest first, and the address of the next page, empty on the last."""

    entries: tuple[Entry, ...]
    next: str


def read(data: bytes, base: str) -> Page:
    """A page; `base` is the address that it came from. Entries without a message are left out.

    Raises:
        NotAtom: it is something else, or broken, or too large.
    """
    try:
        root = parse(data, LIMITS).root
    except MessageUnreadable as wrong:
        raise NotAtom("; ".join(each.message for each in wrong.findings)) from wrong
    if root.tag != f"{{{ATOM}}}feed":
        raise NotAtom(f"the root element is {str(root.tag)[:100]!r}, not an Atom feed")
    base = _base(root, base)
    found = [_entry(each, base) for each in root.iterchildren(f"{{{ATOM}}}entry")][:MOST]
    links = _links(root, base)
    return Page(tuple(one for one in found if one is not None), links.get("next", ""))


def _entry(node: etree._Element, base: str) -> Entry | None:
    links = _links(node, _base(node, base))
    message = links.get("alternate", "")
    if not message:
        return None
    return Entry(
        id=_text(node, "id") or message,
        updated=_text(node, "updated"),
        title=_text(node, "title")[:200],
        release_id=_release_id(node),
        message=message,
        delete=links.get("delete", ""),
    )


def _links(node: etree._Element, base: str) -> dict[str, str]:
    """Absolute addresses by relation; the first of each counts. RFC 4287: no relation means
    `alternate`."""
    found: dict[str, str] = {}
    for link in node.iterchildren(f"{{{ATOM}}}link"):
        href = (link.get("href") or "").strip()
        address = _joined(_base(link, base), href)
        if href and address:
            found.setdefault((link.get("rel") or "alternate").lower(), address)
    return found


def _base(node: etree._Element, outer: str) -> str:
    """RFC 4287, 2: relative addresses stand to the nearest `xml:base`, itself perhaps relative."""
    said = (node.get(_XML_BASE) or "").strip()
    return _joined(outer, said) or outer


def _joined(base: str, address: str) -> str:
    """Empty for what can be no address."""
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _text(node: etree._Element, name: str) -> str:
    child = node.find(f"{{{ATOM}}}{name}")
    return (child.text or "").strip() if child is not None else ""


def _release_id(node: etree._Element) -> str:
    """`ReleaseId/*` of an entry, in whatever namespace; a GRid before others."""
    said: dict[str, str] = {}
    for each in _below(node, "ReleaseId"):
        for part in each.iterchildren():
            said.setdefault(str(part.tag).rpartition("}")[2], _ID.sub("", part.text or "")[:60])
    return next((said[name] for name in _RELEASE_IDS if said.get(name)), "")


def _below(node: etree._Element, name: str) -> Iterator[etree._Element]:
    return (each for each in node.iterchildren() if str(each.tag).rpartition("}")[2] == name)
