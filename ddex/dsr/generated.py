"""Records of a profile as its DSRF schema has them: cells, and a test for each typed value.

The schemas are DDEX's and come through `resource`. What the tables of this package say of a cell's
type stays (it gives better sentences); the schema's own word is added, and its structure wins.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from ddex.dsr.records import Cell, Record, Test
from ddex.errors import SchemaUnusable

if TYPE_CHECKING:
    from ddex.dsr.records import Profile
    from ddex.xsd import Resource

_XS = "{http://www.w3.org/2001/XMLSchema}"
_KINDS = {
    "decimal": "decimal",
    "integer": "integer",
    "boolean": "boolean",
    "duration": "duration",
    "dateTime": "datetime",
}
_UNTESTED = {"RecordType", "MessageVersion"}  # the second has a fault in the schemas


def generated(profile: Profile, resource: Resource) -> dict[str, Record]:
    """The profile's records by what the first cell says.

    Raises:
        FileNotFoundError, KeyError: `resource` has no schema of this profile.
        SchemaUnusable: it can't be read, or lacks a record.
    """
    return dict(_generated(profile, resource))


@lru_cache(maxsize=16)
def _generated(profile: Profile, resource: Resource) -> dict[str, Record]:
    source = _Source(profile.schema, resource)
    return {name: source.record(record, profile) for name, record in profile.records.items()}


class _Source:
    """A schema and those it imports."""

    def __init__(self, name: str, resource: Resource) -> None:
        self._types: dict[str, etree._Element] = {}
        self._root = self._read(name, resource)
        self._name = name

    def _read(self, name: str, resource: Resource) -> etree._Element:
        parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
        try:
            root = etree.fromstring(resource(name), parser)
        except etree.XMLSyntaxError as wrong:
            raise SchemaUnusable(name, str(wrong)) from wrong
        for kind in ("simpleType", "complexType"):
            for found in root.iterchildren(f"{_XS}{kind}"):
                self._types.setdefault(found.get("name", ""), found)
        for used in root.iterchildren(f"{_XS}import", f"{_XS}include"):
            place = used.get("schemaLocation", "")
            self._read(posixpath.normpath(posixpath.join(posixpath.dirname(name), place)), resource)
        return root

    def record(self, known: Record, profile: Profile) -> Record:
        """One record type as the schema has it."""
        wanted = f"RecordType-{known.type}"
        places = [e for e in self._root.iter(f"{_XS}element") if e.get("name") == wanted]
        own = [e for e in places if _top(e) == profile.root] or places
        if not own:
            raise SchemaUnusable(self._name, f"it has no {wanted}")
        fields = self._types[_local(own[0].get("type", ""))].iter(f"{_XS}element")
        types = {cell.name: cell for cell in known.cells}
        cells = tuple(self._cell(field, types) for field in fields)
        return replace(known, cells=cells)

    def _cell(self, field: etree._Element, known: dict[str, Cell]) -> Cell:
        name = field.get("name", "").strip()
        kind, test = self._type(field)
        if name in known:
            kind = known[name].type
        return Cell(
            name=name,
            type=kind,
            mandatory=field.get("minOccurs", "1") != "0",
            multiple=field.get("maxOccurs", "1") != "1",
            test=None if name in _UNTESTED else test,
        )

    def _type(self, field: etree._Element) -> tuple[str, Test | None]:
        """The type of a cell in our words, and the test of its values, if there is one."""
        name = _local(field.get("type", ""))
        if name in _KINDS:
            return _KINDS[name], None
        definition = self._types.get(name) if name else field
        if definition is None:
            return "text", None
        values: set[str] = set()
        patterns: list[str] = []
        self._collect(definition, values, patterns)
        if not values and not patterns:
            return "text", None
        return "text", Test(frozenset(values), tuple(re.compile(p, re.ASCII) for p in patterns))

    def _collect(self, definition: etree._Element, values: set[str], patterns: list[str]) -> None:
        """All that a type allows, by enumeration or pattern, through unions and bases."""
        own = set(values), len(patterns)
        values.update(e.get("value", "") for e in definition.iter(f"{_XS}enumeration"))
        patterns.extend(e.get("value", "") for e in definition.iter(f"{_XS}pattern"))
        for found in definition.iter(f"{_XS}union"):
            for member in found.get("memberTypes", "").split():
                self._follow(member, values, patterns)
        if (set(values), len(patterns)) == own:
            for found in definition.iter(f"{_XS}restriction", f"{_XS}extension"):
                self._follow(found.get("base", ""), values, patterns)

    def _follow(self, name: str, values: set[str], patterns: list[str]) -> None:
        definition = self._types.get(_local(name))
        if definition is not None:
            self._collect(definition, values, patterns)


def _top(element: etree._Element) -> str:
    """The name of the schema component that an element stands in."""
    above = [a.get("name", "") for a in element.iterancestors() if a.getparent() is not None]
    return above[-1] if above else ""


def _local(name: str) -> str:
    return name.rpartition(":")[2]
