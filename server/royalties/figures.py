"""Revenue and subscribers as operators enter them: each entry a row; the newest of a key counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from catalog.models import Account, RevenueFigure, SubscriberCount
from core.errors import Conflict, Misuse, NotAllowed, NotFound
from server.royalties import fields
from server.royalties.documents import MOST_FINDINGS, read_csv
from server.royalties.periods import parse_month
from server.royalties.terms import Finding, plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from server.royalties.documents import Line
    from server.royalties.periods import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who enters something, and whether a second operator must approve it."""

    name: str
    clock: Clock
    four_eyes: bool = False

    @property
    def approval(self) -> str | None:
        """Who has approved what this author enters."""
        return None if self.four_eyes else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One figure as entered: texts. `tier` or `model` may be empty, `gross` too."""

    period: str
    territory: str
    amount: str
    currency: str
    tier: str = ""
    model: str = ""
    gross: str = ""


_REVENUE = ("period", "territory", "tier", "model", "currency", "amount", "gross")
_NEEDED = ("period", "territory", "currency", "amount")


def set_revenue(
    session: Session, author: Author, entry: Entry, *, other_currency: bool = False
) -> dict[str, Any]:
    """Enter a figure, or replace the one of the same period, territory, tier, model and currency.

    Raises:
        Misuse: a value is none of its kind, with what would be right.
        Conflict: there is a figure in another currency, and `other_currency` doesn't say that both
            are meant.
    """
    row = _figure(entry, author)
    _judge_currency(session, row, other_currency=other_currency)
    session.add(row)
    session.flush()
    return revenue_json(row)


def _figure(entry: Entry, author: Author) -> RevenueFigure:
    tier, model = entry.tier.strip(), entry.model.strip()
    if not tier and not model:
        raise Misuse("neither tier nor model is given", remedy="add a tier, a model or both")
    row = RevenueFigure(
        period=str(parse_month(entry.period)),
        territory=fields.territory(entry.territory),
        tier=fields.word(tier, "tier") if tier else "",
        model=fields.model(model) if model else "",
        currency=fields.currency(entry.currency),
        amount=fields.amount(entry.amount),
        gross=fields.amount(entry.gross) if entry.gross.strip() else None,
        withdrawn=False,
        set_at=author.clock(),
        set_by=author.name,
        approved_by=author.approval,
    )
    if row.gross is not None and row.gross < row.amount:
        raise Misuse(
            f"gross {plain(row.gross)} is less than net {plain(row.amount)}",
            remedy="gross is before deductions; turn them round",
        )
    return row


def _judge_currency(session: Session, row: RevenueFigure, *, other_currency: bool) -> None:
    """A second currency for the same money is rather a slip than meant."""
    if other_currency:
        return
    for other in newest_figures(session, parse_month(row.period), approved=False):
        same = (other.territory, other.tier, other.model) == (row.territory, row.tier, row.model)
        if same and other.currency != row.currency:
            what = " ".join(word for word in (row.territory, row.tier, row.model) if word)
            raise Conflict(
                f"{what} in {row.period} has revenue in {other.currency}, not in {row.currency}",
                remedy=f"use {other.currency}; or take that figure back with `--withdraw`; or say"
                " `--other-currency` when money was earned in both",
            )


def withdraw_revenue(session: Session, author: Author, entry: Entry) -> dict[str, Any]:
    """Take a figure back: of the entry's period, territory, tier, model and currency.

    Raises:
        NotFound: there is none.
    """
    row = _figure(entry, author)
    row.withdrawn = True
    key = _key(row)
    known = newest_figures(session, parse_month(row.period), approved=False)
    if key not in {_key(one) for one in known}:
        raise NotFound(
            "there is no such figure", remedy=f"segue revenue list --period {row.period}"
        )
    session.add(row)
    session.flush()
    return revenue_json(row)


def newest_figures(session: Session, month: Month, *, approved: bool = True) -> list[RevenueFigure]:
    """The figures that count in a month, in the order of their first entry.

    `approved`: leave out what waits for a second operator.
    """
    query = select(RevenueFigure).where(RevenueFigure.period == str(month))
    if approved:
        query = query.where(RevenueFigure.approved_by.is_not(None))
    found: dict[tuple[str, ...], RevenueFigure] = {}
    for row in session.scalars(query.order_by(RevenueFigure.id)):
        found[_key(row)] = row
    return [row for row in found.values() if not row.withdrawn]


def _key(row: RevenueFigure) -> tuple[str, ...]:
    return row.period, row.territory, row.tier, row.model, row.currency


def list_revenue(session: Session, period: str = "") -> list[dict[str, Any]]:
    """The figures that count or wait in one period, or in all."""
    if period:
        months = [parse_month(period)]
    else:
        query = select(RevenueFigure.period).distinct().order_by(RevenueFigure.period)
        months = [parse_month(found) for found in session.scalars(query)]
    rows = [row for month in months for row in newest_figures(session, month, approved=False)]
    rows.sort(key=lambda row: (row.period, row.territory, row.tier, row.model, row.currency))
    return [revenue_json(row) for row in rows]


def revenue_json(row: RevenueFigure) -> dict[str, Any]:
    """A figure as JSON values; amounts are text, so that no digit is lost."""
    return {
        "id": row.id,
        "period": row.period,
        "territory": row.territory,
        "tier": row.tier,
        "model": row.model,
        "amount": plain(row.amount),
        "gross": None if row.gross is None else plain(row.gross),
        "currency": row.currency,
        "withdrawn": row.withdrawn,
        "set_at": row.set_at.isoformat(),
        "set_by": row.set_by,
        "approved_by": row.approved_by,
    }


def approve_revenue(session: Session, author: Author, period: str) -> list[dict[str, Any]]:
    """Approve all figures of a month that others entered.

    Raises:
        NotAllowed: the author has entered them all.
        NotFound: nothing waits.
    """
    month = parse_month(period)
    waiting = session.scalars(
        select(RevenueFigure)
        .where(RevenueFigure.period == str(month), RevenueFigure.approved_by.is_(None))
        .order_by(RevenueFigure.id)
        .with_for_update()
    ).all()
    if not waiting:
        raise NotFound(f"no revenue of {month} waits for approval")
    mine = [row for row in waiting if row.set_by == author.name]
    if len(mine) == len(waiting):
        raise NotAllowed(
            f"{author.name} has entered them: another operator must approve",
            remedy="segue revenue approve --by NAME",
        )
    for row in waiting:
        if row.set_by != author.name:
            row.approved_by = author.name
    session.flush()
    return [revenue_json(row) for row in waiting if row.approved_by]


def import_revenue(
    session: Session, author: Author, path: Path, *, other_currency: bool = False
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Enter all figures of a CSV file, or none when a line is wrong.

    Columns: period, territory, tier, model, currency, amount, gross; tier, model, gross optional.
    """
    entered: list[dict[str, Any]] = []
    findings: list[Finding] = []
    seen: dict[tuple[str, ...], int] = {}
    whole = session.begin_nested()
    for line in read_csv(path, _NEEDED, _REVENUE):
        try:
            row = _line_figure(line, author, seen)
            _judge_currency(session, row, other_currency=other_currency)
        except Misuse as no:
            findings.append(_of_line(line.number, line.cells, no))
            if len(findings) >= MOST_FINDINGS:
                break
            continue
        session.add(row)
        if not findings:
            session.flush()
            entered.append(revenue_json(row))
    if findings:
        whole.rollback()
        return [], findings
    whole.commit()
    return entered, []


def _line_figure(line: Line, author: Author, seen: dict[tuple[str, ...], int]) -> RevenueFigure:
    """The figure of a line, which no line before it has."""
    if "" in line.cells:
        raise Misuse("the line has more cells than the heading", remedy="quote values with commas")
    row = _figure(Entry(**{name: line.cells.get(name, "") for name in _REVENUE}), author)
    before = seen.setdefault(_key(row), line.number)
    if before != line.number:
        raise Misuse(f"line {before} has the same figure", remedy="leave one of them out")
    return row


def _of_line(number: int, cells: dict[str, str], no: Misuse) -> Finding:
    """The finding of a line, at the cell that its message quotes."""
    at = next(
        (name for name, cell in cells.items() if cell and fields.shown(cell.strip()) in no.message),
        "",
    )
    return Finding(
        place=f"line {number}" + (f", {at}" if at else ""),
        value=fields.shown(cells.get(at, "")),
        message=no.message,
        remedy=no.remedy,
    )


# ── subscribers ──────────────────────────────────────────────────────────────


def set_subscribers(
    session: Session,
    author: Author,
    *,
    period: str,
    territory: str,
    tier: str,
    kind: str,
    count: str,
) -> dict[str, Any]:
    """Enter how many subscribers of a type a tier had.

    Raises:
        Misuse: a value is none of its kind.
    """
    row = SubscriberCount(
        period=str(parse_month(period)),
        territory=fields.territory(territory),
        tier=fields.word(tier, "tier"),
        type=fields.word(kind, "type of subscriber"),
        count=fields.count(count),
        source="entered",
        set_at=author.clock(),
        set_by=author.name,
    )
    session.add(row)
    session.flush()
    return subscribers_json(row)


def count_accounts(session: Session, author: Author, period: str) -> list[dict[str, Any]]:
    """Enter listeners' accounts that were there before the month ended, as `individual`."""
    month = parse_month(period)
    query = (
        select(Account.territory, Account.tier, func.count())
        .where(Account.role == "listener", Account.created_at < month.end)
        .group_by(Account.territory, Account.tier)
        .order_by(Account.territory, Account.tier)
    )
    found = []
    for territory, tier, number in session.execute(query).all():
        row = SubscriberCount(
            period=str(month),
            territory=territory,
            tier=tier,
            type="individual",
            count=number,
            source="accounts",
            set_at=author.clock(),
            set_by=author.name,
        )
        session.add(row)
        session.flush()
        found.append(subscribers_json(row))
    return found


def newest_subscribers(session: Session, month: Month) -> Iterable[SubscriberCount]:
    """The counts of a month that hold."""
    query = select(SubscriberCount).where(SubscriberCount.period == str(month))
    found: dict[tuple[str, str, str], SubscriberCount] = {}
    for row in session.scalars(query.order_by(SubscriberCount.id)):
        found[row.territory, row.tier, row.type] = row
    return found.values()


def list_subscribers(session: Session, period: str) -> list[dict[str, Any]]:
    """The counts of a month that hold."""
    found = [subscribers_json(row) for row in newest_subscribers(session, parse_month(period))]
    return sorted(found, key=lambda row: (row["territory"], row["tier"], row["type"]))


def subscribers_json(row: SubscriberCount) -> dict[str, Any]:
    """A count as JSON values."""
    return {
        "period": row.period,
        "territory": row.territory,
        "tier": row.tier,
        "type": row.type,
        "count": row.count,
        "source": row.source,
        "set_by": row.set_by,
    }
