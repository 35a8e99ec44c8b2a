"""Reports of an earlier issue that the figures have no plays for any more.

What was sent is replaced, never taken back: a report without rows takes the place of each of them,
with the summary records of the service as it stands now, or, where nothing is left of it either,
those of the report that it replaces, with zeros.
"""

from __future__ import annotations

import gzip
from decimal import Decimal
from itertools import takewhile
from typing import IO, TYPE_CHECKING, cast

from sqlalchemy import select

from catalog.models import ReportFile
from core.errors import Conflict
from ddex.dsr.records import RECORDS
from ddex.dsr.text import split_line
from server.reporting.envelope import service_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

    from server.reporting.periods import Period
    from server.reporting.recipients import Recipient

    Slice = tuple[date, str, str, str, str]
    """(first day of its month, territory, model, use, currency) of a summary record."""

_CURRENCIES = ("CurrencyOfTransaction", "CurrencyOfReporting", "Currency")


def replace_vanished(
    connection: DuckDBPyConnection,
    session: Session,
    period: Period,
    recipient: Recipient,
    folder: Path,
) -> list[str]:
    """Add an empty report to `report_summaries` for each that vanished; wants `make_rows`.

    `folder` keeps finished files by period. Gives the currencies of what was added.

    Raises:
        Conflict: a file that is to be replaced is not there to be read any more.
    """
    own = "SELECT DISTINCT tier, place FROM report_summaries"
    there = {(service_name(tier), place) for tier, place in connection.execute(own).fetchall()}
    tiers = "SELECT DISTINCT tier FROM period_pools"
    called = {service_name(tier): tier for (tier,) in connection.execute(tiers).fetchall()}
    added: set[str] = set()
    for former in _sent(session, period, recipient):
        if (former.service, former.territory) in there:
            continue
        tier = called.get(former.service, former.service)
        rows = connection.execute(_POOLS_OF, [tier, former.territory, former.territory]).fetchall()
        if not rows:
            lines = _summaries(folder / former.period / former.file)
            nothing = (0, Decimal(0), Decimal(0))
            rows = [(*one, *nothing) for one in dict.fromkeys(_slices(lines, period))]
        for number, row in enumerate(rows, 1):
            values = [format(one, "f") if isinstance(one, Decimal) else one for one in row]
            connection.execute(_ADD, [number, former.territory, tier, *values])
            added.add(row[4])
    return sorted(added)


def _sent(session: Session, period: Period, recipient: Recipient) -> Iterable[ReportFile]:
    """The first part of the newest report of each service and territory, if it has rows."""
    query = select(ReportFile).where(
        ReportFile.period == str(period), ReportFile.recipient == recipient.id
    )
    newest: dict[tuple[str, str], list[ReportFile]] = {}
    for file in session.scalars(query.order_by(ReportFile.created_at, ReportFile.part)):
        parts = newest.setdefault((file.service, file.territory), [])
        if parts and parts[0].message_id != file.message_id:
            parts.clear()
        parts.append(file)
    return [parts[0] for _, parts in sorted(newest.items()) if any(one.rows for one in parts)]


def _summaries(path: Path) -> Iterator[dict[str, str]]:
    """The summary records of a file of ours, cells by name."""
    try:
        with path.open("rb") as raw:
            plain = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
            texts = (line.decode().rstrip("\r\n") for line in plain)
            told = (text for text in texts if not text.startswith(("#", "HEAD")))
            for text in takewhile(lambda text: text.startswith("SY"), told):
                cells = split_line(text)
                names = (cell.name for cell in RECORDS[cells[0]].cells)
                yield dict(zip(names, cells, strict=False))
    except OSError as gone:
        raise Conflict(
            f"{path.name} is to be replaced by an empty report, and can't be read",
            remedy=f"restore {path} from its backup",
        ) from gone


def _slices(lines: Iterable[dict[str, str]], period: Period) -> Iterator[Slice]:
    firsts = {str(month.first): month.first for month in period.months}
    for cells in lines:
        first = firsts.get(cells.get("ReportingPeriodStartDate", ""), period.months[-1].first)
        currency = next(cells[name] for name in _CURRENCIES if cells.get(name))
        yield first, cells["Territory"], cells["CommercialModel"], cells["UseType"], currency


_POOLS_OF = """
SELECT month, territory, model, use, currency, usages, revenue, net_revenue FROM period_pools
WHERE tier = ? AND (territory = ? OR ? = 'multi') ORDER BY ALL
"""
_ADD = """
INSERT INTO report_summaries BY NAME
SELECT 1 + (SELECT coalesce(max(file), 0) FROM report_summaries WHERE place <> $2 OR tier <> $3)
        AS file,
    $1::INTEGER AS summary, $2::VARCHAR AS place, $3::VARCHAR AS tier, $4::DATE AS month,
    $5::VARCHAR AS territory, $6::VARCHAR AS model, $7::VARCHAR AS use, $8::VARCHAR AS currency,
    $9::BIGINT AS usages, $10::DECIMAL(38,10) AS revenue, $11::DECIMAL(38,10) AS net_revenue,
    0::BIGINT AS own_usages
"""
