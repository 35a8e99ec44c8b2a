"""Closing a month: everything computed once, kept for good, never overwritten.

Each issue of a month is a folder of Parquet files (`rows`, `shares`, `pools`, `withheld`) and one
transaction that names it, with the statements. A folder that no transaction names, after a crash,
is made anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, fields as fields_of
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from catalog.models import ClosedMonth, Statement
from core.errors import Conflict, Misuse
from server.royalties import ledger
from server.royalties.allocate import allocate, problems_of
from server.royalties.judge import judge
from server.royalties.naming import name_rows
from server.royalties.periods import parse_month
from server.royalties.recoup import Past
from server.royalties.statement import SharedRow, statements
from server.royalties.terms import plain, to_json
from server.usage import duck

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from server.royalties.book import Book
    from server.royalties.periods import Month
    from server.royalties.problems import Problem
    from server.royalties.statement import Paid
    from server.usage.store import UsageStore

TABLES = {"rows": "named", "shares": "shares", "pools": "pools", "withheld": "withheld"}
"""File of an issue -> table."""


class MonthNotReady(Misuse):
    """A month has errors and can't be closed; `problems` are all that was found."""

    exit_code = 3

    def __init__(self, message: str, problems: list[Problem]) -> None:
        super().__init__(message, remedy="segue royalties preview tells all of them")
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What computing and closing need; `folder` holds the closed months."""

    database: Database
    clock: Clock
    usage: UsageStore
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A month with its tables in `connection`; all problems, errors first."""

    month: Month
    book: Book
    connection: DuckDBPyConnection
    paid: list[Paid]
    problems: list[Problem]

    @property
    def errors(self) -> list[Problem]:
        """Those that stop the closing."""
        return [one for one in self.problems if one.level == "error"]


@contextmanager
def computed(office: Office, period: str, *, memory_mb: int = 250) -> Iterator[Computed]:
    """A month as it stands now: allocated, named, stated."""
    month = parse_month(period)
    with office.usage.connect(memory_mb=memory_mb) as connection, office.database.read() as session:
        book = ledger.read_book(session, month)
        allocate(connection, month, book)
        name_rows(connection, session)
        paid, wrong = statements(_shared(connection), book, month, past(session, month))
        problems = {
            *problems_of(connection),
            *wrong,
            *ledger.waiting(session, month),
            *judge(connection, session, book, month, office.clock()),
        }
        ordered = sorted(problems, key=lambda one: (one.level, one))
        yield Computed(month=month, book=book, connection=connection, paid=paid, problems=ordered)


def close_month(office: Office, period: str, by: str, reason: str = "") -> dict[str, Any]:
    """Close a month, or issue it again with a reason; gives the issue as JSON values.

    Raises:
        MonthNotReady: it has errors; nothing was written.
        Misuse: it was closed before and there is no reason.
        Conflict: another operator closed it at the same time.
    """
    with computed(office, period) as found:
        if found.errors:
            count = len(found.errors)
            first = found.errors[0]
            raise MonthNotReady(
                f"{found.month} can't be closed: {count} errors, the first: {first.message}",
                found.problems,
            )
        with office.database.read() as session:
            issue = newest_issue(session, found.month) + 1
        if issue > 1 and not reason.strip():
            raise Misuse(
                f"{found.month} is closed: issue {issue - 1} stands",
                remedy="say why it is issued again: --reason",
            )
        folder = _write(office, found, issue)
        try:
            return _note(office, found, issue, folder, by, reason.strip())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def newest_issue(session: Session, month: Month) -> int:
    """The number of the newest issue; 0 when the month was never closed."""
    query = select(func.max(ClosedMonth.issue)).where(ClosedMonth.period == str(month))
    return session.scalar(query) or 0


def past(session: Session, month: Month) -> dict[str, list[Past]]:
    """Earlier months of each agreement, by their newest issues."""
    query = (
        select(Statement).where(Statement.period < str(month))
        .order_by(Statement.period, Statement.issue)
    )  # fmt: skip
    newest = {(row.agreement, row.period): row for row in session.scalars(query)}
    found: dict[str, list[Past]] = {}
    for (name, period), row in newest.items():
        one = Past(month=parse_month(period), earned=row.earned, recouped=row.recouped)
        found.setdefault(name, []).append(one)
    return found


def _shared(connection: DuckDBPyConnection) -> list[SharedRow]:
    names = [field.name for field in fields_of(SharedRow)]
    rows = connection.execute(f"SELECT {', '.join(names)} FROM shares ORDER BY ALL").fetchall()  # noqa: S608
    return [SharedRow(**dict(zip(names, row, strict=True))) for row in rows]


def _write(office: Office, found: Computed, issue: int) -> Path:
    """The folder of the issue, whole under its name or not at all."""
    name = f"{found.month}-{issue}-{hashlib.sha256(str(office.clock()).encode()).hexdigest()[:8]}"
    folder, fresh = office.folder / name, office.folder / f".{name}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        for file, table in TABLES.items():
            order = " ORDER BY ALL" if file == "withheld" else ""
            duck.copy(found.connection, f"FROM {table}{order}", fresh / f"{file}.parquet")
        fresh.rename(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return folder


def _note(
    office: Office, found: Computed, issue: int, folder: Path, by: str, reason: str
) -> dict[str, Any]:
    told = [one.to_json() for one in found.paid]
    totals = totals_of(found)
    book = {
        "agreements": [{**to_json(one), "version": one.version} for one in found.book.agreements],
        "figures": [
            {"territory": one.territory, "tier": one.tier, "model": one.model,
             "currency": one.currency, "net": plain(one.net)}
            for one in found.book.figures
        ],
    }  # fmt: skip
    digest = hashlib.sha256(json.dumps([told, totals], sort_keys=True).encode()).hexdigest()
    with office.database.write() as session:
        if newest_issue(session, found.month) != issue - 1:
            raise Conflict(
                f"another operator has closed {found.month} meanwhile",
                remedy="look at its issue before you issue it again",
            )
        session.add(
            ClosedMonth(
                period=str(found.month), issue=issue, folder=folder.name, digest=digest, book=book,
                totals=totals, reason=reason, closed_at=office.clock(), closed_by=by,
            )
        )  # fmt: skip
        for one in found.paid:
            session.add(
                Statement(
                    period=str(found.month), issue=issue, recipient=one.recipient,
                    agreement=one.agreement, currency=one.currency,
                    earned=one.earned + one.guaranteed, recouped=one.recouped,
                    balance=one.balance, payable=one.payable, lines=list(one.lines),
                )
            )  # fmt: skip
        before = _before(session, found.month, issue)
    return {
        "period": str(found.month),
        "issue": issue,
        "digest": digest,
        "totals": totals,
        "difference": difference(before, found.paid),
        "statements": told,
        "problems": [one.to_json() for one in found.problems],
    }


def _before(session: Session, month: Month, issue: int) -> dict[str, Statement]:
    query = select(Statement).where(Statement.period == str(month), Statement.issue == issue - 1)
    return {row.agreement: row for row in session.scalars(query)}


def difference(before: dict[str, Statement], paid: list[Paid]) -> list[dict[str, str]]:
    """What a new issue changes, by agreement."""
    found = []
    for one in paid:
        old = before.get(one.agreement)
        if old is not None and old.payable != one.payable:
            found.append(
                {
                    "agreement": one.agreement,
                    "currency": one.currency,
                    "before": plain(old.payable),
                    "now": plain(one.payable),
                    "difference": plain(one.payable - old.payable),
                }
            )
    return found


def totals_of(found: Computed) -> dict[str, Any]:
    """Usages and money of the month by currency, from the pools and from the rows."""
    rows = found.connection.execute(
        """
        SELECT currency, sum(usages), sum(net_revenue), sum(rows), sum(top_up), sum(payment)
        FROM (SELECT currency, usages, net_revenue, 0::DECIMAL(38,10) AS rows,
                     0::DECIMAL(38,10) AS top_up, 0::DECIMAL(38,10) AS payment FROM pools
              UNION ALL
              SELECT currency, 0, 0, net_revenue, top_up, payment FROM allocated)
        GROUP BY currency ORDER BY currency
        """
    ).fetchall()
    return {
        currency: {
            "usages": int(usages),
            **{
                name: plain(Decimal(value))
                for name, value in zip(
                    ("net_revenue", "allocated", "top_up", "payment"), money, strict=True
                )
            },
        }
        for currency, usages, *money in rows
    }
