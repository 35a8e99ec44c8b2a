"""The second gate: lines rendered as XML and validated by DDEX's own DSRF schema, in chunks.

The schemas are DDEX's and come through `resource`. A chunk holds HEAD, a summary record, some rows
and a footer, so memory stays bounded; positions of records are judged elsewhere. One fault of the
schemas is passed over: MessageVersion's pattern is literally `dsrf/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from ddex.dsr import rules
from ddex.dsr.text import split_values, unescape
from ddex.xml import Document
from ddex.xsd import schema

if TYPE_CHECKING:
    from ddex.dsr.findings import Findings
    from ddex.dsr.records import Profile, Record
    from ddex.xsd import Resource, Violation

_CHUNK = 4000
_GROUPED = {"AS01", "AS01.01", "MW01", "MW01.01", "AS02", "AS02.01", "AS02.02"}
_Line = tuple[int, "Record", list[str]]


class Gate:
    """Takes records in their order; complains to `findings`.

    Raises (when made):
        SchemaAbsent, SchemaUnusable: there is nothing to validate with.
    """

    def __init__(self, profile: Profile, resource: Resource, findings: Findings) -> None:
        self._profile = profile
        self._schema = schema(resource, profile.schema)
        self._namespace = _namespace(resource(profile.schema))
        self._findings = findings
        self._head: _Line | None = None
        self._summary: _Line | None = None
        self._lines: list[_Line] = []
        self._told: set[tuple[int, str]] = set()

    def take(self, line: int, record: Record, cells: list[str], *, begins_block: bool) -> None:
        """One record; `begins_block`: a chunk may end before it."""
        taken = (line, record, cells)
        if record.type == "HEAD":
            self._head = taken
            return
        if record.type in self._profile.summaries:
            self._summary = self._summary or taken
        may_end = begins_block or not self._profile.block or record.type in self._profile.summaries
        if len(self._lines) >= _CHUNK and may_end:
            self._flush(end=False)
        if len(self._lines) < _CHUNK * 10:  # a block of endless length is not validated to its end
            self._lines.append(taken)

    def finish(self) -> None:
        """Validate what is left."""
        self._flush(end=True)

    def _flush(self, *, end: bool) -> None:
        lines, self._lines = self._lines, []
        if self._head is None or (not lines and not end):
            return
        places: list[int] = [0]
        root = self._render(lines, places)
        for violation in self._schema.violations(Document(root=root, data=b"")):
            self._tell(violation, places)

    def _render(self, lines: list[_Line], places: list[int]) -> etree._Element:
        root = etree.Element(f"{{{self._namespace}}}{self._profile.root}")
        _place(root, 1)
        parent, last = root, ""
        first = [self._head] if self._head else []
        if self._summary and not any(r.type in self._profile.summaries for _, r, _ in lines):
            first.append(self._summary)
        for taken in (*first, *lines):
            kind = taken[1].type
            parent = self._parent(root, parent, last, kind)
            _append(parent, taken, places)
            last = kind
        if last != self._profile.last:
            _append(
                root,
                (0, self._profile.records[self._profile.last], ["", "1", "1", "1", "1"]),
                places,
            )
        return root

    def _parent(
        self, root: etree._Element, parent: etree._Element, last: str, kind: str
    ) -> etree._Element:
        """The element under which a record stands: the root, a block, or its resource group."""
        if not self._profile.block or kind not in self._profile.rows:
            return root
        starts = kind == "RE01" or (kind in _GROUPED and last not in {*_GROUPED, "RE01"})
        if parent is root or (starts and last.startswith("SU")):
            parent = _wrapper(root, self._profile.block)
        block = parent if parent.tag == self._profile.block else parent.getparent()
        if block is None:
            return root
        if kind not in _GROUPED:
            return block
        return parent if last in _GROUPED else _wrapper(block, "ResourceIdentificationGrouping")

    def _tell(self, violation: Violation, places: list[int]) -> None:
        index = violation.line - 1
        line = places[index] if 0 <= index < len(places) else 0
        name = violation.path.rpartition("/")[2].partition("[")[0]
        of_record = name.startswith("RecordType-")
        if not line or name == "MessageVersion" or self._findings.has_error(line):
            return
        if (of_record and self._findings.structure) or (line, name) in self._told:
            return
        if len(self._told) < 100_000:
            self._told.add((line, name))
        record = violation.path.partition("RecordType-")[2].partition("/")[0].partition("[")[0]
        cell = "" if of_record else name
        text = f"The schema says: {_plain(violation.message)}"
        self._findings.add(rules.SCHEMA, line, record, "", text, cell=cell)


def _place(element: etree._Element, line: int) -> etree._Element:
    """Give it a line number: lxml has the setter, its stubs do not say so."""
    element.sourceline = line  # type: ignore[misc]
    return element


def _wrapper(parent: etree._Element, name: str) -> etree._Element:
    element = etree.SubElement(parent, name)
    return _place(element, 1)


def _append(parent: etree._Element, taken: _Line, places: list[int]) -> None:
    """A record and its cells as elements; each knows its place as line number."""
    line, record, cells = taken
    places.append(line)
    element = etree.SubElement(parent, f"RecordType-{record.type}")
    _place(element, len(places))
    _cell(element, "RecordType", record.type, len(places))
    last = len(record.cells) - 1
    for position, raw in enumerate(cells[1:], 1):
        cell = record.cells[min(position, last)]
        if not raw or (position > last and not record.open_ended):
            continue
        for value in split_values(raw) if cell.multiple else [unescape(raw)]:
            _cell(element, cell.name, value, len(places))


def _cell(parent: etree._Element, name: str, value: str, place: int) -> None:
    element = etree.SubElement(parent, name)
    _place(element, place)
    try:
        element.text = value
    except ValueError:  # control characters, found already
        element.text = ""


def _namespace(data: bytes) -> str:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    return str(etree.fromstring(data, parser).get("targetNamespace"))


def _plain(message: str) -> str:
    """libxml2's sentence without the element's name, cut to a bearable length."""
    text = message.partition(": ")[2] or message
    return text if len(text) <= 300 else text[:299] + "…"
