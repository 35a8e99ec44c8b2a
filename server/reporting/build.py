"""Builds the reports of one recipient and month: read, plan, write, check, publish, note.

An open period makes provisional reports: they say so in their MessageId, in a comment, in the
table and in the answer. Whatever is built again is a new issue with a new MessageId and file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Feed, Report, RevenueFigure
from core.errors import Misuse, NotFound, SegueError
from ddex import identifiers
from ddex.dsr.checker import check
from ddex.dsr.records import FINANCIAL
from ddex.dsr.text import number
from server.reporting.files import Draft
from server.reporting.part9 import Envelope, Party, render, service_of
from server.reporting.periods import Month, parse_month
from server.reporting.plan import Pool, Pools, ReportPlan, plan_reports
from server.reporting.usage import Usage, read_usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from ddex.xsd import Resource

_FALLBACK_CURRENCY = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What building needs. `inbox` is the folder of all feeds' views; `resource` gives schemas."""

    database: Database
    clock: Clock
    inbox: Path
    drafts: Path
    sender: Party
    resource: Resource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addressee:
    party: Party
    feed_id: str
    folder: Path


def build_reports(shop: Workshop, recipient: str, period: str) -> dict[str, Any]:
    """Build and publish; gives `{"recipient", "period", "provisional", "reports", "warnings"}`.

    Raises:
        Misuse: the period is none, or the recipient no DPID.
        NotFound: no feed has this DPID.
        DiskFull, Unavailable: nothing was published.
    """
    month, now = parse_month(period), shop.clock().replace(microsecond=0)
    with shop.database.read() as session:
        addressee = _addressee(session, shop.inbox, recipient)
        usage = read_usage(session, month, addressee.party.dpid)
        pools, warnings = _pools(session, month, usage)
        plans = plan_reports(usage, pools, addressee.party.dpid)
        created = _free_instant(session, addressee, plans, _envelope(shop, addressee, month, now))
    if not plans:
        warnings.append(f"No plays were counted in {month}: there is nothing to report.")
    envelope = replace(_envelope(shop, addressee, month, now), created=created)
    built = _publish(shop, addressee, envelope, plans)
    return {
        "recipient": addressee.party.dpid,
        "period": str(month),
        "provisional": envelope.provisional,
        "reports": built,
        "warnings": warnings,
    }


def _envelope(shop: Workshop, addressee: _Addressee, month: Month, now: datetime) -> Envelope:
    return Envelope(
        sender=shop.sender,
        recipient=addressee.party,
        month=month,
        created=now,
        provisional=month.is_open(now),
    )


def _addressee(session: Session, inbox: Path, recipient: str) -> _Addressee:
    dpid = identifiers.dpid(recipient)
    if dpid is None:
        raise Misuse(f"{recipient!r} is no DPID", remedy="it looks like PADPIDA2014120301L")
    query = select(Feed).where(Feed.dpid == dpid).order_by(Feed.disabled, Feed.created_at, Feed.id)
    feed = session.scalars(query).first()
    if feed is None:
        raise NotFound(f"no feed has the DPID {dpid}", remedy="see `segue feeds list`")
    folder = inbox / feed.id / "reports"
    return _Addressee(party=Party(dpid=dpid, name=feed.name), feed_id=feed.id, folder=folder)


def _pools(session: Session, month: Month, usage: Usage) -> tuple[Pools, list[str]]:
    """The revenue of each (model, territory) that was used; what was not entered is 0."""
    everything = session.scalars(select(RevenueFigure).order_by(RevenueFigure.id)).all()
    entered = {(r.model, r.territory): r for r in everything if r.period == str(month)}
    pools: Pools = {}
    warnings = []
    for model, territory in sorted({(part.model, part.territory) for part in usage.plays}):
        row = entered.get((model, territory))
        if row is not None:
            pools[model, territory] = Pool(amount=row.amount, currency=row.currency, entered=True)
            continue
        currency = newest_currency(everything, territory) or _FALLBACK_CURRENCY
        pools[model, territory] = Pool(amount=Decimal(0), currency=currency, entered=False)
        warnings.append(
            f"No revenue is set for {model} in {territory} in {month}: it is reported as"
            f" 0 {currency}. Set it: segue revenue set --period {month} --model {model}"
            f" --territory {territory} --amount AMOUNT --currency {currency}"
        )
    return pools, warnings


def newest_currency(rows: Sequence[RevenueFigure], territory: str) -> str:
    """The currency last used in this territory, else anywhere; empty when there is none."""
    own = [row for row in rows if row.territory == territory] or list(rows)
    return max(own, key=lambda row: row.set_at).currency if own else ""


def _free_instant(
    session: Session, addressee: _Addressee, plans: Sequence[ReportPlan], envelope: Envelope
) -> datetime:
    """The first second from now on under which none of these reports was issued before."""
    created = envelope.created
    while True:
        tried = replace(envelope, created=created)
        ids = [tried.message_id(plan) for plan in plans]
        noted = session.scalars(select(Report.message_id).where(Report.message_id.in_(ids))).first()
        there = any((addressee.folder / tried.file_name(plan)).exists() for plan in plans)
        if noted is None and not there:
            return created
        created += timedelta(seconds=1)


def _publish(
    shop: Workshop, addressee: _Addressee, envelope: Envelope, plans: Sequence[ReportPlan]
) -> list[dict[str, Any]]:
    """Write and check all, then let them appear and note them."""
    drafts = [Draft(shop.drafts) for _ in plans]
    try:
        for draft, plan in zip(drafts, plans, strict=True):
            draft.write(render(plan, envelope))
            _check(draft, envelope.file_name(plan), shop.resource)
        built = [
            _described(plan, envelope, addressee, draft)
            for draft, plan in zip(drafts, plans, strict=True)
        ]
        with shop.database.write() as session:
            for entry in built:
                session.add(_note(entry, addressee, envelope))
            session.flush()
            _let_appear(drafts, [addressee.folder / envelope.file_name(plan) for plan in plans])
    finally:
        for draft in drafts:
            draft.discard()
    return built


def _let_appear(drafts: Sequence[Draft], targets: Sequence[Path]) -> None:
    """All files or none."""
    done: list[Path] = []
    try:
        for draft, target in zip(drafts, targets, strict=True):
            draft.publish(target)
            done.append(target)
    except SegueError:
        for target in done:
            target.unlink(missing_ok=True)
        raise


def _check(draft: Draft, name: str, resource: Resource | None) -> None:
    """No file leaves that our own checker refuses."""
    with draft.path.open("rb") as file:
        report = check(file, name, resource=resource)
    wrong = next((finding for finding in report.findings if finding.level == "error"), None)
    if wrong is not None:
        raise SegueError(
            f"{name} was not published: line {wrong.line}, {wrong.cell}: {wrong.message}",
            remedy=wrong.remedy,
        )


def _described(
    plan: ReportPlan, envelope: Envelope, addressee: _Addressee, draft: Draft
) -> dict[str, Any]:
    amounts: dict[str, Decimal] = {}
    for summary in plan.summaries:
        currency = summary.currency
        amounts[currency] = amounts.get(currency, Decimal(0)) + summary.amount
    return {
        "file": envelope.file_name(plan),
        "path": str(addressee.folder / envelope.file_name(plan)),
        "message_id": envelope.message_id(plan),
        "profile": FINANCIAL.name,
        "version": FINANCIAL.version,
        "service": service_of(plan.tier),
        "territory": plan.territory,
        "rows": sum(len(summary.lines) for summary in plan.summaries),
        "usages": plan.plays,
        "allocated": {currency: number(amount) for currency, amount in amounts.items()},
        "bytes": draft.size,
        "provisional": envelope.provisional,
        "valid": True,
    }


def _note(entry: dict[str, Any], addressee: _Addressee, envelope: Envelope) -> Report:
    totals = {key: entry[key] for key in ("service", "territory", "rows", "usages", "allocated")}
    return Report(
        message_id=entry["message_id"],
        recipient=addressee.party.dpid,
        feed_id=addressee.feed_id,
        period=str(envelope.month),
        file=f"reports/{entry['file']}",
        provisional=envelope.provisional,
        totals=totals,
        created_at=envelope.created,
    )
