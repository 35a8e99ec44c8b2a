"""Checks anyone's DSR flat file: name, structure, cells, references, sums, footer, schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from ddex.dsr import rules
from ddex.dsr.cells import check_cell, clip
from ddex.dsr.findings import Findings
from ddex.dsr.gate import Gate
from ddex.dsr.generated import generated
from ddex.dsr.head import Head
from ddex.dsr.lines import Block, decode, lines_of, read_blocks
from ddex.dsr.order import Order
from ddex.dsr.parts import OF_REPORT, Part
from ddex.dsr.records import find_profile, versions_of
from ddex.dsr.sieve import Sieve
from ddex.dsr.sums import Sums, decimal_of
from ddex.dsr.text import split_line
from ddex.errors import SchemaAbsent, SchemaUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from ddex.dsr.records import Cell, Profile, Record
    from ddex.dsr.rules import Finding
    from ddex.xsd import Resource

_CONTROLS = {chr(code) for code in range(32)} - {"\t"} | {"\x7f", "\ufffe", "\uffff"}
_REMEMBERED = 20_000
_NO_SCHEMA = (SchemaAbsent, SchemaUnusable, FileNotFoundError, KeyError)
_MOST_ERRORS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome. `schema` is `used` or `absent`; `rows` counts records of usage; `part` is what
    the other parts of its report have to agree with."""

    ok: bool
    file: str
    profile: str
    version: str
    rows: int
    schema: str
    findings: tuple[Finding, ...]
    totals: dict[str, Any] = field(default_factory=dict)
    part: Part = field(default_factory=Part, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `ok` means: no finding of level `error`."""
        return {
            "ok": self.ok,
            "file": self.file,
            "profile": self.profile,
            "version": self.version,
            "rows": self.rows,
            "schema": self.schema,
            "findings": [finding.to_json() for finding in self.findings],
            "totals": self.totals,
        }


def check(
    data: IO[bytes] | bytes,
    name: str,
    *,
    resource: Resource | None = None,
    xsd: bool = False,
    bulk: bool = True,
) -> Report:
    """Check one file, plain or gzip. Never raises for what is in it.

    Args:
        data: the bytes, or a binary stream.
        name: the file's name without folders.
        resource: gives DDEX's schemas by name; None checks by our own tables alone.
        xsd: render each record as XML too and validate it by the schema (slow).
        bulk: judge columns of many rows at once; the outcome is the same without.
    """
    checker = _Checker(name, resource, xsd=xsd, bulk=bulk and not xsd)
    for block in read_blocks(data, name, checker.findings):
        checker.take_block(block)
        if checker.full:
            break  # nobody mends a file by that list, and a hostile one has no end
    return checker.finish()


class _Checker:
    """The state of one check."""

    def __init__(self, name: str, resource: Resource | None, *, xsd: bool, bulk: bool) -> None:
        self.findings = Findings()
        self._name = name
        self._resource = resource
        self._xsd = xsd
        self._bulk = bulk
        self._schema = "absent"
        self._head = Head(name, self.findings)
        self._profile: Profile | None = None
        self._records: dict[str, Record] = {}
        self._order: Order | None = None
        self._sums: Sums | None = None
        self._gate: Gate | None = None
        self._sieve: Sieve | None = None
        self._lines = 0
        self._begun = False
        self._comment = 0
        self._footer: tuple[int, Record, dict[str, str]] | None = None
        self._known: dict[str, list[set[str]]] = {}
        self._part = Part()

    @property
    def full(self) -> bool:
        """Whether there are more faults than anybody wants to know."""
        return self.findings.errors >= _MOST_ERRORS

    def take_block(self, block: Block) -> None:
        """Some lines: in bulk where the sieve can, one by one where it can't."""
        if self._sieve is None:
            block = self._take_lines(block)
        if self._sieve is None:
            return
        for first, start, end in self._sieve.runs(block):
            if self.full:
                return
            data = block.data[start:end]
            sifted = self._sift(data)
            if sifted is None:
                self._take_lines(Block(first, data))
            else:
                self._take_others(first, data, sifted[0].tolist())
                self._lines = first + sifted[1] - 1

    def _sift(self, data: bytes) -> tuple[NDArray[np.int64], int] | None:
        if self._sieve is None or self._order is None:
            return None
        record = self._sieve.record.type
        if not self._order.may_run(record):
            return None
        sifted = self._sieve.sift(data)
        if sifted is not None:
            self._order.run(record)
        return sifted

    def _take_others(self, first: int, data: bytes, others: list[int]) -> None:
        if others:
            lines = data.split(b"\n")
            for place in others:
                number = first + place
                self.take(number, decode(lines[place], number, self.findings))

    def _take_lines(self, block: Block) -> Block:
        """Line by line; gives those behind the first line that tells how to go on in bulk."""
        wanting = self._sieve is None
        for number, line, end in lines_of(block, self.findings):
            self.take(number, line)
            if self.full or (wanting and self._sieve is not None):
                return Block(number + 1, block.data[end:])
        return Block(0, b"")

    def take(self, number: int, line: str) -> None:
        """One line."""
        self._lines = number
        if not line.strip():
            self.findings.add(rules.EMPTY_LINE, number, "", "", "The line is empty.")
            return
        if line.startswith("#"):
            self._comment = number
            return
        self._controls(number, line)
        cells = split_line(line)
        if not self._begun:
            self._begun = True
            self._begin(number, cells)
        elif self._profile is not None:
            self._next(number, cells)

    def _controls(self, number: int, line: str) -> None:
        found = _CONTROLS.intersection(line)
        if found:
            code = f"U+{ord(min(found)):04X}"
            text = f"The line has the control character {code}."
            self.findings.add(rules.CONTROL, number, "", code, text)

    def _begin(self, number: int, cells: list[str]) -> None:
        if cells[0] != "HEAD":
            text = f"The first record is {clip(cells[0])!r}, not HEAD."
            self.findings.add(rules.HEAD_FIRST, number, clip(cells[0]), cells[0], text)
            return
        name, version = ([*cells, "", "", "", ""])[2:4]
        self._head.profile, self._head.version = name, version
        self._profile = self._find(number, name, version)
        if self._profile is None:
            return
        self._records = self._records_of(self._profile)
        self._order = Order(self._profile, self.findings)
        self._sums = Sums(self._profile, self.findings)
        self._gate = self._open_gate(self._profile)
        if self._profile.single_record and self._bulk:
            usage = self._records[self._profile.usage]
            self._sieve = Sieve(usage, self._sums, self._is_sound)
        by_name = self._cells(number, self._records["HEAD"], cells)
        self._head.take(number, by_name)
        if self._gate:
            self._gate.take(number, self._records["HEAD"], cells, begins_block=False)

    def _find(self, number: int, name: str, version: str) -> Profile | None:
        found = find_profile(name, version)
        if found is not None:
            return found
        known = versions_of(name)
        if known:
            text = (
                f"Version {clip(version)!r} of {name} is not known; known are {', '.join(known)}."
            )
            rule, cell, value = rules.VERSION, "ProfileVersion", version
        else:
            text = f"Profile {clip(name)!r} is not known."
            rule, cell, value = rules.PROFILE, "Profile", name
        self.findings.add(rule, number, "HEAD", value, text, cell=cell)
        return None

    def _records_of(self, profile: Profile) -> dict[str, Record]:
        """As the schema has them, else as our tables have them."""
        if self._resource is None or not profile.tested:
            return profile.records
        try:
            found = generated(profile, self._resource)
        except _NO_SCHEMA:
            return profile.records
        self._schema = "used"
        return found

    def _open_gate(self, profile: Profile) -> Gate | None:
        if self._resource is None or not profile.tested or not self._xsd:
            return None
        try:
            return Gate(profile, self._resource, self.findings)
        except _NO_SCHEMA:
            return None

    def _is_sound(self, cell: Cell, raw: str) -> bool:
        """Whether a cell of a usage record has no fault at all."""
        if next(check_cell(cell, raw), None) is not None:
            return False
        return cell.name != "SalesTransactionDate" or self._head.holds(raw)

    def _next(self, number: int, cells: list[str]) -> None:
        record = self._records.get(cells[0])
        if record is None or self._order is None or self._sums is None:
            text = f"{clip(cells[0])!r} is no record of this profile."
            self.findings.structure = True
            self.findings.add(
                rules.RECORD, number, clip(cells[0]), cells[0], text, cell="RecordType"
            )
            return
        after_footer = self._order.finished
        begins = self._order.step(number, record.type, cells)
        if after_footer:
            return
        by_name = self._cells(number, record, cells)
        if begins:
            self._sums.new_block()
        self._sums.take(number, record.type, by_name)
        self._head.take_record(number, record.type, by_name)
        if self._gate:
            self._gate.take(number, record, cells, begins_block=begins)
        if self._order.finished:
            self._footer = (number, record, by_name)

    def _cells(self, number: int, record: Record, cells: list[str]) -> dict[str, str]:
        """Judge the cells of a line; gives them by name."""
        wanted = len(record.cells)
        enough = len(cells) >= wanted if record.open_ended else len(cells) == wanted
        if not enough:
            text = f"{record.type} has {len(cells)} cells instead of {wanted}."
            self.findings.add(rules.CELL_COUNT, number, record.type, str(len(cells)), text)
        for rule, cell, value, text in self._judge(record, cells):
            self.findings.add(rule, number, record.type, value, text, cell=cell)
        return {cell.name: raw for cell, raw in zip(record.cells, cells, strict=False)}

    def _judge(
        self, record: Record, cells: list[str]
    ) -> Iterator[tuple[rules.Rule, str, str, str]]:
        known_cells = self._known.get(record.type)
        if known_cells is None:
            known_cells = self._known[record.type] = [set() for _ in record.cells]
        known_cells[0].add(cells[0])
        for cell, raw, known in zip(record.cells, cells, known_cells, strict=False):
            if raw in known or not (raw or cell.mandatory):
                continue
            sound = True
            for rule, value, text in check_cell(cell, raw):
                sound = False
                yield rule, cell.name, value, text
            if sound and len(known) < _REMEMBERED:
                known.add(raw)

    def _foot(self) -> None:
        """The footer against what was counted; comments behind it are lines of the file too."""
        if self._order is None or self._sums is None or self._footer is None:
            return
        number, record, cells = self._footer
        lines = max(number, self._comment)
        one_file = self._head.number_of_files == 1
        last = one_file or self._head.file_number == self._head.number_of_files > 0
        expected = [
            (rules.LINES, "NumberOfLinesInFile", lines),
            (rules.SUMMARIES, "NumberOfSummaryRecords", self._sums.summary_count),
            (rules.BLOCKS, "NumberOfBlocksInFile", self._order.blocks),
            (rules.LINES, "NumberOfLinesInReport", lines),
            (rules.BLOCKS, "NumberOfBlocksInReport", self._order.blocks),
            (rules.BLOCKS, "NumberOfBlocksInRecord", self._order.blocks),
        ]
        optional = {cell.name for cell in record.cells if not cell.mandatory}
        for rule, cell, found in expected:
            of_report = cell in OF_REPORT
            stated = decimal_of(cells.get(cell, ""))
            if cell in optional and of_report and last and cells.get(cell) == "":
                text = f"{cell} is empty; the last part tells it of the whole report."
                self.findings.add(rules.MANDATORY, number, record.type, "", text, cell=cell)
            if stated is None or stated == found:
                continue
            if one_file or not of_report or stated < found:
                text = f"{cell} is {stated}, counted are {found}."
                self.findings.add(rule, number, record.type, cells[cell], text, cell=cell)
        self._part.foot = {cell: cells.get(cell, "") for cell in OF_REPORT}

    def finish(self) -> Report:
        """All lines are there: compare and report."""
        if self.full:  # what stands behind was not read
            return self._report()
        self._foot()
        if not self._begun and not self.findings.errors:
            self.findings.add(rules.EMPTY, 0, "", "", "The file has no records.")
        if self._order is not None and self._profile is not None and not self._order.finished:
            self.findings.structure = True
            text = f"The file ends without {self._profile.last}."
            self.findings.add(rules.NO_FOOTER, self._lines, self._profile.last, "", text)
        if self._sums is not None and self._head.number_of_files <= 1:
            self._sums.finish()  # rows of one part are not all rows of a summary
        elif self._sums is not None and self._order is not None:
            self._part.take(self._head, self._sums, self._order.blocks_at, self._lines)
        if self._gate is not None:
            self._gate.finish()
        self._head.finish()
        return self._report()

    def _report(self) -> Report:
        totals: dict[str, Any] = {"lines": self._lines}
        if self._sums is not None and self._order is not None:
            totals |= {"blocks": self._order.blocks, **self._sums.totals()}
        return Report(
            ok=self.findings.errors == 0,
            file=self._name,
            profile=self._head.profile[:200],
            version=self._head.version[:200],
            rows=self._sums.rows if self._sums else 0,
            schema=self._schema,
            findings=self.findings.all(),
            totals=totals,
            part=self._part,
        )
