"""HEAD against the file's name, and dates and territories of records against both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ddex.data.territories import find as find_territory
from ddex.dsr import rules
from ddex.dsr.names import NameUnusable, ReportName, parse_name, period_dates, safe_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ddex.dsr.findings import Findings

_MANY = {"", "multi", "worldwide"}


class Head:
    """What HEAD and the name say of the report."""

    def __init__(self, name: str, findings: Findings) -> None:
        self.profile = ""
        self.version = ""
        self.file_number = 0
        self.number_of_files = 0
        self._findings = findings
        self._cells: Mapping[str, str] = {}
        self._line = 0
        self._territory = ""
        self._name = self._parse(name)

    @property
    def report(self) -> tuple[str, ...]:
        """What all parts of a report have in common."""
        named = self._name
        of_name = (named.recipient, named.sender, named.service) if named else ()
        return (*of_name, self._cells.get("MessageId", ""), str(self.number_of_files))

    def _parse(self, name: str) -> ReportName | None:
        try:
            found = parse_name(name)
        except NameUnusable as wrong:
            text = f"The file name can't be read: {wrong}."
            self._findings.add(rules.NAME, 0, "", name, text)
            return None
        if find_territory(found.territory) and found.territory.lower() not in _MANY:
            self._territory = found.territory
        return found

    def take(self, line: int, cells: Mapping[str, str]) -> None:
        """HEAD itself."""
        self._line, self._cells = line, cells
        files = cells.get("NumberOfFiles", "")
        self.number_of_files = int(files) if re.fullmatch(r"[0-9]{1,6}", files) else 0
        number = cells.get("FileNumber", "")
        if self.number_of_files and re.fullmatch(r"[0-9]{1,6}", number):
            self.file_number = int(number)
            if not 1 <= self.file_number <= self.number_of_files:
                text = f"FileNumber is {number}, NumberOfFiles is {files}."
                self._findings.add(rules.PARTS, line, "HEAD", number, text, cell="FileNumber")
        self._dates(line, "HEAD", cells, ("UsageStartDate", "UsageEndDate"))

    def take_record(self, line: int, record: str, cells: Mapping[str, str]) -> None:
        """A later record, for its dates and its territory."""
        if record.startswith("SY"):
            self._dates(line, record, cells, ("ReportingPeriodStartDate", "ReportingPeriodEndDate"))
            self._dates(line, record, cells, ("SubPeriodStartDate", "SubPeriodEndDate"))
        if cells.get("SalesTransactionDate"):
            self._within(line, record, "SalesTransactionDate", cells)
        territory = cells.get("Territory", "")
        if territory and self._territory and territory != self._territory:
            text = f"The file is named after {self._territory}, the record is of {territory[:60]}."
            self._findings.add(
                rules.NAME_TERRITORY, line, record, territory, text, cell="Territory"
            )

    def _dates(
        self, line: int, record: str, cells: Mapping[str, str], names: tuple[str, str]
    ) -> None:
        first, last = (period_dates(cells.get(name, "")) for name in names)
        if first and last and first[0] > last[1]:
            text = f"{names[0]} is after {names[1]}."
            value = cells.get(names[0], "")
            self._findings.add(rules.DATES, line, record, value, text, cell=names[0])
        elif record != "HEAD":
            for name in names:
                if cells.get(name):
                    self._within(line, record, name, cells)

    def holds(self, day: str) -> bool:
        """Whether a date lies in the period of HEAD, or can't be told."""
        start = period_dates(self._cells.get("UsageStartDate", ""))
        end = period_dates(self._cells.get("UsageEndDate", ""))
        found = period_dates(day)
        return not (start and end and found) or (start[0] <= found[1] and found[0] <= end[1])

    def _within(self, line: int, record: str, cell: str, cells: Mapping[str, str]) -> None:
        if not self.holds(cells.get(cell, "")):
            text = f"{cell} {cells[cell]} lies outside the period of HEAD."
            self._findings.add(rules.PERIOD, line, record, cells[cell], text, cell=cell)

    def finish(self) -> None:
        """Compare HEAD with the file's name."""
        if self._name is None or not self._cells:
            return
        self._party("recipient", self._name.recipient, "RecipientPartyId", "RecipientName")
        self._party("sender", self._name.sender, "SenderPartyId", "SenderName")
        if self._name.service.lower() != "multi":
            self._party("service", self._name.service, "ServiceDescription")
        self._period(self._name)
        self._parts(self._name)
        self._stamp(self._name)

    def _party(self, what: str, named: str, *cells: str) -> None:
        said = [self._cells[cell] for cell in cells if self._cells.get(cell)]
        if named and said and _bare(named) not in map(_bare, said):
            text = f"The file name says {what} {named!r}, HEAD says {said[0][:60]!r}."
            self._mismatch(cells[0], named, text)

    def _period(self, name: ReportName) -> None:
        named = period_dates(name.period)
        start = period_dates(self._cells.get("UsageStartDate", ""))
        end = period_dates(self._cells.get("UsageEndDate", ""))
        if named and start and end and named != (start[0], end[1]):
            text = f"The file name says {name.period}, HEAD says {start[0]} to {end[1]}."
            self._mismatch("UsageStartDate", name.period, text)

    def _parts(self, name: ReportName) -> None:
        for cell, named in (("FileNumber", name.part), ("NumberOfFiles", name.parts)):
            said = self._cells.get(cell, "")
            if re.fullmatch(r"[0-9]{1,6}", said) and int(said) != named:
                text = f"The file name says {name.part}of{name.parts}, {cell} is {said}."
                self._mismatch(cell, said, text)

    def _stamp(self, name: ReportName) -> None:
        said = re.sub(r"[-:]", "", self._cells.get("MessageCreatedDateTime", ""))[:15]
        if said and said != name.stamp:
            text = f"The file name says {name.stamp}, MessageCreatedDateTime is {said}."
            self._findings.add(
                rules.NAME_STAMP,
                self._line,
                "HEAD",
                name.stamp,
                text,
                cell="MessageCreatedDateTime",
            )

    def _mismatch(self, cell: str, value: str, text: str) -> None:
        self._findings.add(rules.NAME_HEAD, self._line, "HEAD", value, text, cell=cell)


def _bare(text: str) -> str:
    """A name as it compares: as in a file name, without marks, in lower case."""
    return safe_part(text).replace("-", "").lower()
