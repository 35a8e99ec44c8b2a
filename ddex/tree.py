"""Building XML trees out of values that may be hostile. Reading is the business of `ddex.xml`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as Element

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 section 2.2 does not allow, lone surrogates included."""

REPLACEMENT = "\ufffd"


def legal(text: str) -> str:
    """The text with every character that XML 1.0 forbids replaced by U+FFFD."""
    return _ILLEGAL.sub(REPLACEMENT, text)


def root(namespace: str, name: str, prefix: str, attributes: Mapping[str, str]) -> Element:
    """A root element; in DDEX only the root carries the namespace."""
    element: Element = etree.Element(f"{{{namespace}}}{name}", nsmap={prefix: namespace})
    _set(element, attributes)
    return element


def add(parent: Element, name: str, attributes: Mapping[str, str] | None = None) -> Element:
    """Append an element without text. Attributes with an empty value are left out."""
    element: Element = etree.SubElement(parent, name)
    _set(element, attributes or {})
    return element


def put(
    parent: Element, name: str, text: str, attributes: Mapping[str, str] | None = None
) -> Element:
    """Append an element with text, even when the text is empty."""
    element = add(parent, name, attributes)
    element.text = legal(text)
    return element


def put_if(
    parent: Element, name: str, text: str, attributes: Mapping[str, str] | None = None
) -> None:
    """Append an element with text, unless the text is empty."""
    if text:
        put(parent, name, text, attributes)


def serialise(element: Element) -> bytes:
    """UTF-8 with declaration, indented by two blanks."""
    etree.indent(element, space="  ")
    data: bytes = etree.tostring(element, encoding="UTF-8", xml_declaration=True)
    return data


def _set(element: Element, attributes: Mapping[str, str]) -> None:
    for name, value in attributes.items():
        if value:
            element.set(name, legal(value))
