"""Writes one recipient's reports from `report_rows`: header, rows by DuckDB, footer; in parts.

Memory stays bounded: rows go from DuckDB into a file, line by line, and from there behind the
header. The same rows, terms and instant give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from dataclasses import dataclass, fields
from typing import IO, TYPE_CHECKING, Any, cast

from core.errors import Misuse
from ddex.dsr.records import RECORDS
from ddex.dsr.text import cell_text
from ddex.dsr.writer import record_line
from server.reporting.files import forced, writing
from server.reporting.shapes import PREPARED, SHAPES, Shape, Total, line_sql
from server.usage import duck

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from server.reporting.envelope import Envelope
    from server.reporting.rows import Exchange

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file as it lies in the folder of drafts.

    Attributes:
        rows, usages: of this part; `report_rows`, `report_usages` and `amounts` of all parts.
    """

    path: Path
    name: str
    message_id: str
    service: str
    territory: str
    part: int
    parts: int
    rows: int
    usages: int
    report_rows: int
    report_usages: int
    amounts: Mapping[str, str]
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one file: where they lie, and how many lines, blocks, rows and plays they are."""

    rows: Path
    lines: int
    blocks: int
    items: int
    usages: int


class ReportFiles:
    """Reports of one recipient. `subscribed(territory, tier)` gives subscribers by type."""

    def __init__(
        self,
        connection: DuckDBPyConnection,
        folder: Path,
        exchanges: Mapping[str, Exchange],
        subscribed: Callable[[str, str], Mapping[str, int]],
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._exchanges = exchanges
        self._subscribed = subscribed

    def every(self) -> list[tuple[int, str, str]]:
        """(number, tier, territory or `multi`) of each report."""
        query = "SELECT DISTINCT file, tier, place FROM report_summaries ORDER BY file"
        return self._connection.execute(query).fetchall()

    def write(self, file: int, envelope: Envelope) -> list[Written]:
        """All parts of one report.

        Raises:
            DiskFull, Unavailable: nothing is left behind.
            Misuse: the report is too big for a profile that has no parts.
        """
        shape = shape_of(envelope)
        totals = self.totals(file, envelope)
        summaries = [pair for total in totals for pair in shape.summaries(total, envelope)]
        scratch = self._folder / f".rows-{file}"
        scratch.mkdir(parents=True, exist_ok=True)
        try:
            parts = list(self._parts(file, shape, envelope, scratch))
            if not shape.block and parts[0].rows.stat().st_size > envelope.recipient.part_bytes:
                raise Misuse(
                    f"the report of {envelope.recipient.name} has more than"
                    f" {envelope.recipient.part_bytes} bytes, and its profile has no parts",
                    remedy="report territories one by one, or agree on a profile with blocks",
                )
            return [
                self._put_together(number, parts, envelope, summaries, totals)
                for number in range(1, len(parts) + 1)
            ]
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def totals(self, file: int, envelope: Envelope) -> list[Total]:
        """The summary records of a report."""
        rows = self._connection.execute(_TOTALS, [file])
        names = [column[0] for column in rows.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
        whole = all(row["own_usages"] == row["usages"] for row in found)
        return [self._total(row, envelope, whole=whole) for row in found]

    def _total(self, row: dict[str, Any], envelope: Envelope, *, whole: bool) -> Total:
        month = row.pop("month")
        period = envelope.period
        own = [one for one in period.months if one.first == month] if period.whole_months else []
        row |= {
            "first": own[0].first if own else period.first,
            "last": own[0].last if own else period.last,
            "exchange": self._exchanges[row["currency"]],
            "subscribers": self._subscribed(row["territory"], row["tier"]),
            "whole": whole,
        }
        return Total(**{field.name: row[field.name] for field in fields(Total)})

    def _parts(self, file: int, shape: Shape, envelope: Envelope, scratch: Path) -> Iterator[_Part]:
        if shape.block:
            yield from self._block_parts(file, shape, envelope, scratch)
            return
        key, cells = shape.records[0]
        named = _NAMED.format(file=int(file))
        query = _SINGLE.format(line=line_sql(key, cells), prepared=PREPARED, named=named)
        path = scratch / "rows"
        duck.copy_lines(self._connection, query, path)
        counted = self._connection.execute(_COUNT, [file]).fetchone() or (0, 0)
        yield _Part(path, int(counted[0]), 0, int(counted[0]), int(counted[1]))

    def _block_parts(
        self, file: int, shape: Shape, envelope: Envelope, scratch: Path
    ) -> Iterator[_Part]:
        first = " || chr(10) || ".join(line_sql(*record) for record in shape.records[:-1])
        usage = line_sql(*shape.records[-1])
        self._connection.execute(
            _BLOCKS.format(
                first=first, usage=usage, prepared=PREPARED, named=_NAMED.format(file=int(file)),
                head=len(shape.records) - 1, limit=int(envelope.recipient.part_bytes),
            )
        )  # fmt: skip
        counts = self._connection.execute(_OF_PARTS).fetchall() or [(0, 0, 0, 0, 0)]
        for part, lines, blocks, items, usages in counts:
            path = scratch / f"part-{part}"
            query = f"SELECT line FROM blocks WHERE part = {int(part)} ORDER BY block"  # noqa: S608
            duck.copy_lines(self._connection, query, path)
            yield _Part(path, int(lines), int(blocks), int(items), int(usages))

    def _put_together(
        self,
        number: int,
        parts: Sequence[_Part],
        envelope: Envelope,
        summaries: Sequence[tuple[str, Mapping[str, Any]]],
        totals: Sequence[Total],
    ) -> Written:
        form = envelope.recipient.form
        part = parts[number - 1]
        head = [record_line(form.records["HEAD"], envelope.head(number, len(parts)))]
        head += [f"# {cell_text(note)}\n".replace("\t", " ") for note in envelope.notes]
        head += [_summary_line(key, cells) for key, cells in summaries]
        lines = len(head) + part.lines + 1
        every = sum(one.lines + len(head) + 1 for one in parts)
        last = number == len(parts)
        foot = {
            "NumberOfLinesInFile": lines,
            "NumberOfLinesInReport": every if last else None,
            "NumberOfSummaryRecords": len(summaries),
            "NumberOfBlocksInFile": part.blocks,
            "NumberOfBlocksInReport": sum(one.blocks for one in parts) if last else None,
            "NumberOfBlocksInRecord": sum(one.blocks for one in parts) if last else None,
        }
        name = envelope.file_name(number, len(parts))
        path = self._folder / name
        with writing(path) as file:
            sealed = _Sealed(file, packed=envelope.recipient.gzip)
            sealed.write("".join(head).encode())
            with part.rows.open("rb") as rows:
                shutil.copyfileobj(rows, cast("IO[bytes]", sealed), _PIECE)
            sealed.write(_summary_line(form.foot, foot).encode())
            sealed.close()
        part.rows.unlink()
        return Written(
            path=path, name=name, message_id=envelope.message_id, service=envelope.service,
            territory=envelope.territory, part=number, parts=len(parts), rows=part.items,
            usages=part.usages, report_rows=sum(one.items for one in parts),
            report_usages=sum(one.usages for one in parts), amounts=_amounts(totals, envelope),
            size=path.stat().st_size, digest=_digest(path),
        )  # fmt: skip


class _Sealed:
    """Bytes into a file, packed or as they are; gzip without a time, so that bytes repeat."""

    def __init__(self, file: IO[bytes], *, packed: bool) -> None:
        self._file = file
        self._to = gzip.GzipFile("", "wb", 6, file, mtime=0) if packed else None

    def write(self, data: bytes) -> None:
        (self._to or self._file).write(data)

    def close(self) -> None:
        if self._to is not None:
            self._to.close()
        forced(self._file)


def shape_of(envelope: Envelope) -> Shape:
    """How the recipient's profile is written."""
    terms = envelope.recipient
    found = SHAPES.get((terms.profile, terms.version))
    if found is None:
        raise Misuse(f"{terms.profile} {terms.version} is not written here")
    return found


def _summary_line(key: str, cells: Mapping[str, Any]) -> str:
    """A record's line; cells that this version of it does not have are left out."""
    record = RECORDS[key]
    known = {cell.name for cell in record.cells}
    return record_line(record, {name: value for name, value in cells.items() if name in known})


def _amounts(totals: Sequence[Total], envelope: Envelope) -> dict[str, str]:
    """Currency -> what is to be paid, over all summary records."""
    found: dict[str, Any] = {}
    for total in totals:
        found[total.currency] = found.get(total.currency, 0) + total.t_payment
    return {name: envelope.number(amount) for name, amount in sorted(found.items())}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_NAMED = """
    (SELECT * FROM report_rows WHERE file = {file}) rr
    LEFT JOIN recording_names rn USING (recording_id)
    LEFT JOIN release_names re USING (release_id)
"""
_SINGLE = "SELECT {line} AS line FROM (SELECT {prepared} FROM {named}) ORDER BY place"
_COUNT = "SELECT count(*), coalesce(sum(usages), 0) FROM report_rows WHERE file = ?"
_TOTALS = """
SELECT s.summary AS number, s.*, coalesce(returns, 0) AS returns,
    coalesce(t_revenue, 0)::DECIMAL(38,10) AS t_revenue,
    coalesce(a_revenue, 0)::DECIMAL(38,10) AS a_revenue,
    coalesce(t_net, 0)::DECIMAL(38,10) AS t_net, coalesce(a_net, 0)::DECIMAL(38,10) AS a_net,
    coalesce(t_payment, 0)::DECIMAL(38,10) AS t_payment,
    coalesce(a_payment, 0)::DECIMAL(38,10) AS a_payment
FROM report_summaries s LEFT JOIN report_sums USING (file, summary)
WHERE s.file = ? ORDER BY s.summary
"""
_BLOCKS = """
CREATE OR REPLACE TEMP TABLE blocks AS
WITH numbered AS (
    SELECT {prepared}, dense_rank() OVER (ORDER BY rr.isrc, recording_id, release_id) AS block_no
    FROM {named}
), lined AS (
    SELECT block_no, place, usages, block_no::VARCHAR AS block, {first} AS first, {usage} AS line
    FROM numbered
), grouped AS (
    SELECT block_no AS block, count(*) AS items, sum(usages) AS usages, count(*) + {head} AS lines,
        any_value(first) || chr(10) || string_agg(line, chr(10) ORDER BY place) AS line
    FROM lined GROUP BY block_no
), sized AS (
    SELECT *, strlen(line) + 1 AS size, sum(strlen(line) + 1) OVER (ORDER BY block) AS until
    FROM grouped
)
SELECT block, line, items, usages, lines,
    1 + ((until - size) // greatest({limit} - 20000 - max(size) OVER (), 1000))::INTEGER AS part
FROM sized
"""
_OF_PARTS = """
SELECT part, sum(lines), count(*), sum(items), sum(usages) FROM blocks GROUP BY part ORDER BY part
"""
