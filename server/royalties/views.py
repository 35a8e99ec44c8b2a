"""Reading a month: a closed one from its issue's files, an open one as it stands now.

Each number of a statement is the sum of rows that `rows` gives under the same conditions.
"""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import ClosedMonth, Feed, Statement
from core.errors import Misuse, NotFound
from server.royalties.close import TABLES, computed
from server.royalties.periods import parse_month
from server.royalties.terms import plain
from server.usage import duck

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

    from server.royalties.close import Office

MEMORY_MB = 250
FILTERS = (
    "recipient", "agreement", "territory", "tier", "model", "use", "label", "artist",
    "release_id", "recording_id",
)  # fmt: skip
"""What rows can be asked for by."""
COLUMNS = (
    "recipient", "agreement", "territory", "tier", "model", "use", "currency", "isrc",
    "recording_id", "title", "artist", "release_id", "icpn", "release_title", "release_artist",
    "label", "feed_id", "usages", "net_revenue", "deducted", "rate", "top_up", "payment",
)  # fmt: skip
WITHHELD = ("recipient", "agreement", "feed_id", "territory", "tier", "release_id",
            "recording_id", "isrc", "verdict", "reason", "usages")  # fmt: skip
GROUPS = ("label", "artist", "territory", "tier")
_BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A month to read from: `issue` is 0 when it was computed just now."""

    period: str
    issue: int
    connection: DuckDBPyConnection
    statements: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def viewed(office: Office, period: str, issue: int | None = None) -> Iterator[View]:
    """The newest issue of a month, the one asked for, or (0, or never closed) how it stands now.

    Raises:
        NotFound: there is no such issue.
    """
    month = parse_month(period)
    with office.database.read() as session:
        closed = _closed(session, str(month), issue)
        paid = _statements(session, closed) if closed else []
        names = _called(session)
    if closed is None:
        with computed(office, period) as found:
            told = _named([one.to_json() for one in found.paid], names)
            problems = [one.to_json() for one in found.problems]
            yield View(
                period=str(month), issue=0, connection=found.connection, statements=told,
                problems=problems,
            )  # fmt: skip
        return
    folder = office.folder / closed.folder
    with duck.connect(office.folder / "scratch", memory_mb=MEMORY_MB) as connection:
        for file, table in TABLES.items():
            path = folder / f"{file}.parquet"
            if not path.is_file():
                raise NotFound(f"{path.name} of {month}, issue {closed.issue}, is missing",
                               remedy="restore the data folder from its backup")  # fmt: skip
            connection.execute(f"CREATE VIEW {table} AS FROM read_parquet({duck.text(str(path))})")
        yield View(
            period=str(month), issue=closed.issue, connection=connection,
            statements=_named(paid, names), problems=[], facts=closed_json(closed),
        )  # fmt: skip


def _called(session: Session) -> dict[str, str]:
    """DPID -> what the newest feed of it is called."""
    query = select(Feed.dpid, Feed.name).order_by(Feed.created_at, Feed.id)
    return {row.dpid: row.name for row in session.execute(query)}


def _named(statements: list[dict[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**one, "recipient_name": names.get(one["recipient"], "")} for one in statements]


def closed_json(row: ClosedMonth) -> dict[str, Any]:
    """An issue as JSON values."""
    return {
        "period": row.period,
        "issue": row.issue,
        "digest": row.digest,
        "reason": row.reason,
        "closed_at": row.closed_at.isoformat(),
        "closed_by": row.closed_by,
        "totals": row.totals,
    }


def issues(session: Session, period: str = "") -> list[dict[str, Any]]:
    """All issues of a month, or of all, the newest first."""
    query = select(ClosedMonth).order_by(ClosedMonth.period.desc(), ClosedMonth.issue.desc())
    if period:
        query = query.where(ClosedMonth.period == str(parse_month(period)))
    return [closed_json(row) for row in session.scalars(query)]


def _closed(session: Session, period: str, issue: int | None) -> ClosedMonth | None:
    if issue == 0:
        return None
    query = select(ClosedMonth).where(ClosedMonth.period == period)
    query = query if issue is None else query.where(ClosedMonth.issue == issue)
    found = session.scalars(query.order_by(ClosedMonth.issue.desc()).limit(1)).first()
    if found is None and issue is not None:
        raise NotFound(f"{period} has no issue {issue}", remedy=f"segue royalties list {period}")
    return found


def _statements(session: Session, closed: ClosedMonth) -> list[dict[str, Any]]:
    query = (
        select(Statement)
        .where(Statement.period == closed.period, Statement.issue == closed.issue)
        .order_by(Statement.recipient, Statement.agreement)
    )
    return [
        {
            "recipient": row.recipient,
            "agreement": row.agreement,
            "currency": row.currency,
            "usages": sum(line.get("usages", 0) for line in row.lines),
            **{name: plain(getattr(row, name))
               for name in ("earned", "recouped", "balance", "payable")},
            "lines": row.lines,
        }
        for row in session.scalars(query)
    ]  # fmt: skip


def groups(view: View, by: str, where: Mapping[str, str]) -> list[dict[str, Any]]:
    """Usages and money by label, artist, territory or tier, and currency; the most paid first.

    Raises:
        Misuse: rows can't be grouped or asked for like this.
    """
    if by not in GROUPS:
        raise Misuse(f"rows have no {by!r} to group by", remedy=f"one of {', '.join(GROUPS)}")
    condition, values = _condition(where)
    found = view.connection.execute(
        f"""
        SELECT {by}, currency, sum(usages)::BIGINT, sum(net_revenue), sum(top_up), sum(payment)
        FROM named WHERE {condition} GROUP BY ALL ORDER BY sum(payment) DESC, 1, 2
        """,  # noqa: S608 - names of our own
        values,
    ).fetchall()
    names = (by, "currency", "usages", "net_revenue", "top_up", "payment")
    return [_plain(dict(zip(names, row, strict=True))) for row in found]


def rows(
    view: View, where: Mapping[str, str], *, limit: int = 100, offset: int = 0
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows under conditions in a fixed order, and the sums of all that there are, by currency."""
    condition, values = _condition(where)
    found = view.connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM named WHERE {condition} ORDER BY {_ORDER}"  # noqa: S608
        f" LIMIT {int(limit)} OFFSET {int(offset)}",
        values,
    ).fetchall()
    sums = view.connection.execute(
        "SELECT currency, count(*), sum(usages)::BIGINT, sum(net_revenue), sum(top_up),"  # noqa: S608
        f" sum(payment) FROM named WHERE {condition} GROUP BY currency ORDER BY currency",
        values,
    ).fetchall()
    names = ("currency", "rows", "usages", "net_revenue", "top_up", "payment")
    money = [_plain(dict(zip(names, row, strict=True))) for row in sums]
    return (
        [_plain(dict(zip(COLUMNS, row, strict=True))) for row in found],
        {
            "rows": sum(one["rows"] for one in money),
            "usages": sum(one["usages"] for one in money),
            "money": money,
        },
    )


def withheld(view: View, where: Mapping[str, str], limit: int = 1_000) -> list[dict[str, Any]]:
    """Plays that don't count, with verdict and reason, the most first."""
    known = {name: value for name, value in where.items() if name not in {"label", "artist"}}
    condition, values = _condition(known)
    found = view.connection.execute(
        f"SELECT {', '.join(WITHHELD)} FROM withheld WHERE {condition}"  # noqa: S608
        f" ORDER BY usages DESC, {', '.join(WITHHELD)} LIMIT {int(limit)}",
        values,
    ).fetchall()
    return [dict(zip(WITHHELD, row, strict=True)) for row in found]


def reasons(view: View, where: Mapping[str, str]) -> list[dict[str, Any]]:
    """Plays that don't count by verdict and reason."""
    known = {name: value for name, value in where.items() if name not in {"label", "artist"}}
    condition, values = _condition(known)
    found = view.connection.execute(
        f"SELECT verdict, reason, sum(usages)::BIGINT FROM withheld WHERE {condition}"  # noqa: S608
        " GROUP BY ALL ORDER BY 3 DESC, 1, 2",
        values,
    ).fetchall()
    return [{"verdict": a, "reason": b, "usages": c} for a, b, c in found]


def rows_csv(view: View, where: Mapping[str, str]) -> Iterator[str]:
    """All rows under conditions as CSV (RFC 4180), heading first, a batch at a time."""
    condition, values = _condition(where)
    yield _line(COLUMNS)
    found = view.connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM named WHERE {condition} ORDER BY {_ORDER}",  # noqa: S608
        values,
    )
    while batch := found.fetchmany(_BATCH):
        yield "".join(_line([_cell(value) for value in row]) for row in batch)


_ORDER = "isrc, recording_id, release_id, feed_id, agreement, territory, tier, model, use"


def _condition(where: Mapping[str, str]) -> tuple[str, list[str]]:
    strange = sorted(set(where) - set(FILTERS))
    if strange:
        raise Misuse(f"rows have no {strange[0]!r}", remedy=f"one of {', '.join(FILTERS)}")
    given = {name: value for name, value in where.items() if value}
    return " AND ".join(["true", *(f"{name} = ?" for name in given)]), list(given.values())


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: plain(value) if isinstance(value, Decimal) else value for name, value in row.items()
    }


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: object) -> object:
    """A cell; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, Decimal):
        return plain(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _line(cells: Any) -> str:  # noqa: ANN401 - values of a row
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
