"""Whole single-record files from values, line by line: what faults are planted into, and what the
files of `server.reporting`, whose rows DuckDB writes, are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.dsr.text import Value, cell_text
from ddex.dsr.writer import record_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ddex.dsr.records import Profile
    from ddex.dsr.writer import Cells


class ReportWriter:
    """Lines of one single-record file (SRB): `head`, `comment`, `summary`, `row`, then `foot`.

    Each gives the line with its line end; nothing is kept but counts.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.lines = 0
        self.summaries = 0
        self._records = profile.records

    def head(self, cells: Cells) -> str:
        """The first line; Profile, ProfileVersion, FileNumber and NumberOfFiles are filled in."""
        own: dict[str, Value | Sequence[str]] = {
            "Profile": self.profile.name,
            "ProfileVersion": self.profile.version,
            "FileNumber": 1,
            "NumberOfFiles": 1,
        }
        return self._line("HEAD", own | dict(cells))

    def comment(self, text: str) -> str:
        """A line for people; it counts as a line."""
        self.lines += 1
        return f"# {cell_text(text)}\n".replace("\t", " ")

    def summary(self, record: str, cells: Cells) -> str:
        """A summary record."""
        self.summaries += 1
        return self._line(record, cells)

    def row(self, record: str, cells: Cells) -> str:
        """Any other record."""
        return self._line(record, cells)

    def foot(self) -> str:
        """The last line."""
        return self._line(
            self.profile.last,
            {
                "NumberOfLinesInReport": self.lines + 1,
                "NumberOfSummaryRecords": self.summaries,
            },
        )

    def _line(self, name: str, cells: Cells) -> str:
        self.lines += 1
        return record_line(self._records[name], cells)


def write_report(
    profile: Profile,
    *,
    head: Cells,
    summaries: Iterable[Cells],
    rows: Iterable[Cells],
    comments: Sequence[str] = (),
) -> Iterator[str]:
    """All lines of a single-record file with one kind of summary and one kind of row."""
    writer = ReportWriter(profile)
    yield writer.head(head)
    for comment in comments:
        yield writer.comment(comment)
    for cells in summaries:
        yield writer.summary(profile.summaries[0], cells)
    for cells in rows:
        yield writer.row(profile.rows[0], cells)
    yield writer.foot()
