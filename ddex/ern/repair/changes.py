"""What a mend proposes, and the small changes that mends are made of. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from ddex.ern.repair.outline import Edit

if TYPE_CHECKING:
    from collections.abc import Collection

    from ddex.ern.repair.outline import Element, Outline


@dataclass(frozen=True, slots=True)
class Change:
    """One proposal: the edit, the line it is on, and what it does in one sentence."""

    edit: Edit
    line: int
    says: str


def set_text(outline: Outline, element: Element, text: str) -> Change | None:
    """Other text for an element; None when it has that text, or holds elements."""
    old = element.text.strip()
    if element.children or old == text:
        return None
    says = f"<{element.name}> {old!r} becomes {text!r}"
    if element.inner == element.inner_end == element.end:  # <a/>
        tag = outline.utf8[element.start : element.end].decode()
        name = re.match(r"<([^\s/>]+)", tag)
        closing = f"</{name[1]}>" if name else ""
        edit = Edit(element.start, element.end, f"{tag[:-2].rstrip()}>{escape(text)}{closing}")
    else:
        edit = Edit(element.inner, element.inner_end, escape(text))
    return Change(edit, outline.line_of(element), says)


def remove(outline: Outline, element: Element, why: str) -> Change:
    """Take an element out, with the white space before it."""
    start, end = outline.whole_line(element)
    return Change(Edit(start, end, ""), outline.line_of(element), why)


def insert(
    outline: Outline, parent: Element, name: str, text: str, *, after: Collection[str] = ()
) -> Change | None:
    """A new child before all others but those named; None for a parent without any.

    It is indented like the child that it stands before.
    """
    later = [child for child in parent.children if child.name not in after]
    if not later:
        return None
    first = later[0]
    made = f"<{name}>{escape(text)}</{name}>{outline.white_before(first)}"
    says = f"<{parent.name}> gets <{name}>{text}</{name}>"
    return Change(Edit(first.start, first.start, made), outline.line_of(parent), says)


def set_attribute(outline: Outline, element: Element, name: str, value: str) -> Change | None:
    """Another value of an attribute, or a new attribute; None when it has that value."""
    old = element.attributes.get(name)
    if old == value:
        return None
    tag = outline.utf8[element.start : element.inner]
    found = re.search(rb"\s" + name.encode() + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""", tag)
    line = outline.line_of(element)
    if found is not None:
        at = element.start + found.start()
        edit = Edit(at, element.start + found.end(), f" {name}={quoteattr(value)}")
        return Change(edit, line, f"{name} of <{element.name}>: {old!r} becomes {value!r}")
    head = re.match(rb"<[^\s/>]+", tag)
    if head is None:
        return None
    at = element.start + head.end()
    edit = Edit(at, at, f" {name}={quoteattr(value)}")
    return Change(edit, line, f"<{element.name}> gets {name}={value!r}")
