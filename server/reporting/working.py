"""Works a period out for its recipients: what they will get, and the files themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import func, select

from catalog.models import Closing, ReportFile
from core.errors import Conflict, NotFound
from core.ids import secret_id
from ddex.dsr.records import FINANCIAL
from ddex.dsr.text import number
from server.reporting import names, preview, recipients as agreed
from server.reporting.envelope import Envelope, Party, service_name
from server.reporting.rows import Exchange, make_rows, prepare
from server.reporting.steps import Sent
from server.reporting.vanished import replace_vanished
from server.reporting.write import ReportFiles, Written
from server.royalties.ledger import read_book
from server.royalties.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

    from core.database import Database
    from server.reporting.periods import Period
    from server.reporting.recipients import Recipient
    from server.usage.store import UsageStore

_SUBSCRIPTIONS = """
SELECT DISTINCT territory, tier FROM report_summaries WHERE model = 'SubscriptionModel' ORDER BY ALL
"""
_PROVISIONAL = "PROVISIONAL: not closed, not approved; a final report with a new MessageId follows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A written file with all that its row says."""

    recipient: Recipient
    envelope: Envelope
    written: Written
    former: Sequence[ReportFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was worked out, and for whom."""

    recipients: Sequence[Recipient]
    preview: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """Of what an approval of it is about."""
        return preview.fingerprint(self.preview, terms_of(self.recipients))


def terms_of(recipients: Iterable[Recipient]) -> list[dict[str, Any]]:
    """What was agreed with them."""
    return [one.model_dump(mode="json") for one in recipients]


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """Reads usage, money and names; `sender` stands in the reports, `folder` keeps finished ones by
    period."""

    database: Database
    usage: UsageStore
    sender: Party
    folder: Path

    def work_out(self, period: Period, only: Sequence[str]) -> Found:
        """What each recipient would get."""
        with self.database.read() as session:
            chosen = _chosen(session, period, only)
            with _Period(self, session, period, chosen) as work:
                for one in chosen:
                    work.take(one)
                return Found(recipients=chosen, preview=work.preview())

    def write(self, row: Closing, period: Period, drafts: Path, created: datetime) -> list[Made]:
        """All files of an approved closing, into `drafts`.

        Raises:
            Conflict: the figures are others than those that were approved.
        """
        made: list[Made] = []
        with self.database.read() as session:
            chosen = [agreed.find(session, name) for name in row.recipients]
            with _Period(self, session, period, chosen) as work:
                for one in chosen:
                    work.take(one)
                    made += work.files(row, one, drafts, created)
                figures = work.figures()
        if preview.fingerprint(figures, terms_of(chosen)) != row.fingerprint:
            raise Conflict(
                f"the figures of {row.period} are others now than were approved",
                remedy=f"undo what was changed, or plan again: segue dsr plan {row.period} --again",
            )
        return made

    def draft(
        self, period: Period, name: str, folder: Path, created: datetime
    ) -> tuple[list[Made], list[Problem]]:
        """Provisional files of one recipient, as its figures stand now; nothing is noted."""
        with self.database.read() as session:
            one = agreed.find(session, name)
            with _Period(self, session, period, [one]) as work:
                work.take(one, replaces=False)
                return work.files(None, one, folder, created), work.problems


class _Period:
    """One connection with the period prepared, and the recipients' lines so far."""

    def __init__(
        self, works: Works, session: Session, period: Period, chosen: Iterable[Recipient]
    ) -> None:
        self._works, self._session, self._period = works, session, period
        self._by_day = any(one.per_day for one in chosen)
        self._books = {month: read_book(session, month) for month in period.months}
        self._lines: list[dict[str, Any]] = []
        self.problems: list[Problem] = []
        self._exchanges: dict[str, Exchange] = {}
        self._open = works.usage.connect()

    def __enter__(self) -> Self:
        self._connection = self._open.__enter__()
        self.problems = prepare(self._connection, self._period, self._books, by_day=self._by_day)
        return self

    def __exit__(self, *fault: object) -> None:
        self._open.__exit__(None, None, None)

    def take(self, one: Recipient, *, replaces: bool = True) -> None:
        """Make the recipient's rows, and summaries of what takes the place of earlier reports."""
        feeds = agreed.feeds_of(self._session, one)
        self._exchanges = self._exchanged(one, _currencies(self._connection))
        make_rows(self._connection, one, feeds, self._period, self._exchanges)
        if replaces:
            more = replace_vanished(
                self._connection, self._session, self._period, one, self._works.folder
            )
            self._exchanges = self._exchanged(one, more) | self._exchanges
        names.bring(self._connection, self._session)
        self._tell_untold(one)
        line = preview.of_recipient(self._connection, one, feeds, self._period)
        self._lines.append(line)

    def _tell_untold(self, one: Recipient) -> None:
        """Say where a report has to tell subscribers and nobody entered their number."""
        if one.profile == FINANCIAL.name:
            return
        for territory, tier in self._connection.execute(_SUBSCRIPTIONS).fetchall():
            if not self._subscribed(territory, tier):
                problem = Problem(
                    code="subscribers-untold",
                    subject=f"{one.id} {territory} {tier}",
                    message=f"the report of {one.name} tells the subscribers of {tier} in"
                    f" {territory}, and nobody entered their number",
                    remedy=f"segue revenue subscribers --period {self._period.months[-1]}"
                    f" --territory {territory} --tier {tier} --type individual --count N",
                )
                self.problems.append(problem)

    def figures(self) -> dict[str, Any]:
        """What an approval is about, of all recipients taken."""
        money = preview.money(self._connection)
        return {"service": {"money": money}, "recipients": self._lines}

    def preview(self) -> dict[str, Any]:
        """Of all recipients taken, and of the service: with what only people look at."""
        problems = [*self.problems, *preview.unsettled(self._connection, self._period)]
        service = preview.of_service(self._connection, self._period, problems)
        service["movers"] = preview.movers(self._connection, self._session, self._period)
        return {"service": service, "recipients": self._lines}

    def files(
        self, row: Closing | None, one: Recipient, drafts: Path, created: datetime
    ) -> list[Made]:
        """Write the reports of the recipient taken last."""
        files = ReportFiles(self._connection, drafts, self._exchanges, self._subscribed)
        made: list[Made] = []
        for place_, tier, place in files.every():
            former = _former(self._session, row, one, tier, place) if row else ()
            envelope = Envelope(
                sender=self._works.sender, recipient=one, period=self._period, created=created,
                tier=tier, territory=place, provisional=row is None,
                notes=_notes(row, former) if row else (_PROVISIONAL,),
            )  # fmt: skip
            made += [
                Made(recipient=one, envelope=envelope, written=written, former=former)
                for written in files.write(place_, envelope)
            ]
        return made

    def _exchanged(self, one: Recipient, currencies: Iterable[str]) -> dict[str, Exchange]:
        """Of each currency into the recipient's."""
        last = self._period.last
        found = {}
        for name in currencies:
            if one.currency in {"", name} or not self._period.whole_months:
                found[name] = Exchange(currency=name, rate=Decimal(1), source="same", day=last)
                continue
            rate = self._books[self._period.months[-1]].rates.find(name, one.currency, last)
            found[name] = Exchange(
                currency=one.currency, rate=rate.rate, source=rate.source, day=rate.day
            )
        return found

    def _subscribed(self, territory: str, tier: str) -> Mapping[str, int]:
        return self._books[self._period.months[-1]].subscribed(territory, tier)


def _chosen(session: Session, period: Period, only: Sequence[str]) -> list[Recipient]:
    if only:
        return [agreed.find(session, name) for name in dict.fromkeys(only)]
    kind = "month" if period.whole_months and len(period.months) == 1 else (
        "quarter" if period.whole_months else "week"
    )  # fmt: skip
    found = [one for one in agreed.every(session) if one.period == kind]
    if not found:
        raise NotFound(
            f"nobody gets reports by the {kind}", remedy="see `segue dsr recipients list`"
        )
    return found


def _currencies(connection: DuckDBPyConnection) -> list[str]:
    query = "SELECT DISTINCT currency FROM period_pools ORDER BY 1"
    return [name for (name,) in connection.execute(query).fetchall()]


def free_instant(session: Session, now: datetime) -> datetime:
    """The first second from now on in which nothing was issued."""
    newest = session.scalar(select(func.max(ReportFile.created_at)))
    return now if newest is None or newest < now else newest + timedelta(seconds=1)


def _former(
    session: Session, row: Closing, one: Recipient, tier: str, place: str
) -> Sequence[ReportFile]:
    """All parts of the newest report that this one replaces."""
    if row.issue == 1:
        return ()
    query = select(ReportFile).where(
        ReportFile.period == row.period, ReportFile.recipient == one.id,
        ReportFile.service == service_name(tier), ReportFile.territory == place,
    )  # fmt: skip
    found = session.scalars(query.order_by(ReportFile.created_at.desc(), ReportFile.part)).all()
    return [file for file in found if file.message_id == found[0].message_id]


def _notes(row: Closing, former: Sequence[ReportFile]) -> tuple[str, ...]:
    if row.issue == 1:
        return ()
    what = f"replaces {former[0].message_id}" if former else "was not reported before"
    return (f"Issue {row.issue} of {row.period}: {what}. {row.reason}",)


def row_of(row: Closing, made: Made, created: datetime) -> ReportFile:
    """What is noted of a file."""
    one, envelope, written, former = made.recipient, made.envelope, made.written, made.former
    return ReportFile(
        id=f"report_{secret_id()[:20]}", closing_id=row.id, recipient=one.id, period=row.period,
        message_id=written.message_id, part=written.part, parts=written.parts, file=written.name,
        semaphore=envelope.semaphore if one.semaphore else "", service=written.service,
        territory=written.territory, rows=written.rows, usages=written.usages,
        amounts=dict(written.amounts), size=written.size, digest=written.digest, state=Sent.BUILT,
        replaces=former[0].message_id if former else "",
        difference=_difference(written, former),
        created_at=created,
    )  # fmt: skip


def _difference(written: Written, former: Sequence[ReportFile]) -> dict[str, Any]:
    """What the report, with all its parts, says beyond the one before."""
    if not former:
        return {}
    before = former[0].amounts
    return {
        "rows": written.report_rows - sum(part.rows for part in former),
        "usages": written.report_usages - sum(part.usages for part in former),
        "amounts": {
            name: number(Decimal(written.amounts.get(name, "0")) - Decimal(before.get(name, "0")))
            for name in sorted({*written.amounts, *before})
        },
    }


def draft_json(made: Made, home: Path) -> dict[str, Any]:
    """A provisional file in the folder `home`, as JSON values."""
    written = made.written
    return {
        "file": written.name,
        "path": str(home / written.name),
        "message_id": written.message_id,
        "profile": made.recipient.profile,
        "version": made.recipient.version,
        "service": written.service,
        "territory": written.territory,
        "rows": written.rows,
        "usages": written.usages,
        "allocated": dict(written.amounts),
        "bytes": written.size,
        "provisional": True,
        "valid": True,
    }
