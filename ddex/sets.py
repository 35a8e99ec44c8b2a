"""Allowed-value sets: what a type of theirs allows, and a schema that takes any value of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_XS = "{http://www.w3.org/2001/XMLSchema}"
_NAMESPACES = ("http://ddex.net/xml/avs/", "http://ddex.net/xml/allowed-value-sets")


def is_set(namespace: str) -> bool:
    """Whether a namespace is that of allowed-value sets."""
    return namespace.startswith(_NAMESPACES)


def _parsed(data: bytes) -> etree._Element:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    return etree.fromstring(data, parser)


def opened(data: bytes) -> bytes:
    """An allowed-value schema that allows every text; any other schema unchanged."""
    root = _parsed(data)
    if not is_set(root.get("targetNamespace") or ""):
        return data
    for value in list(root.iter(f"{_XS}enumeration")):
        parent = value.getparent()
        if parent is not None:
            parent.remove(value)
    changed: bytes = etree.tostring(root)
    return changed


def values_of(name: str, schemas: Iterable[bytes]) -> tuple[str, ...]:
    """All values of a simple type, through the members of unions, in their order."""
    for data in schemas:
        root = _parsed(data)
        types = {each.get("name") or "": each for each in root.iter(f"{_XS}simpleType")}
        if name in types and is_set(root.get("targetNamespace") or ""):
            return tuple(dict.fromkeys(_values(name, types, 0)))
    return ()


def _values(name: str, types: dict[str, etree._Element], depth: int) -> Iterator[str]:
    found = types.get(name)
    if found is None or depth > 8:  # far more than any set nests
        return
    for each in found.iter(f"{_XS}enumeration", f"{_XS}union", f"{_XS}restriction"):
        if each.tag == f"{_XS}enumeration":
            yield each.get("value") or ""
        else:
            for member in (each.get("memberTypes") or each.get("base") or "").split():
                yield from _values(member.rpartition(":")[2], types, depth + 1)
