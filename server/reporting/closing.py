"""The closing of a period, step by step: planned, approved, built, checked, delivered, told.

Each step is one transaction that moves the closing on from the state and version it was read in:
of two operators one does it and the other is told so. Each is noted in the audit log.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalog.models import Closing, ReportFile, ReportRecipient
from core.errors import Conflict, Misuse, NotAllowed, NotFound, SegueError, Unavailable
from core.ids import secret_id
from ddex.dsr.checker import check
from ingest.feed_audit import Actor, write
from server.reporting import recipients as agreed
from server.reporting.files import publish
from server.reporting.periods import Period, parse_period
from server.reporting.recipients import FEED
from server.reporting.sending import Sender
from server.reporting.steps import Act, Sent, Step, files_of, move, need, newest, to_json
from server.reporting.working import Found, Made, Works, draft_json, free_instant, row_of
from server.royalties.ledger import read_book

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.sealed import Sealer
    from ddex.xsd import Resource
    from server.reporting.envelope import Party
    from server.usage.store import UsageStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What closing needs.

    Attributes:
        usage: all usage as one relation.
        inbox: the folder of all feeds' views.
        folder: where finished files are kept, by period.
        resource: gives DDEX's schemas; None checks without.
        sealer: opens secrets of targets.
        four_eyes: whether somebody else has to approve than who planned.
    """

    database: Database
    clock: Clock
    usage: UsageStore
    inbox: Path
    folder: Path
    sender: Party
    resource: Resource | None
    sealer: Sealer
    four_eyes: bool = True

    @property
    def _works(self) -> Works:
        return Works(
            database=self.database, usage=self.usage, sender=self.sender, folder=self.folder
        )

    @property
    def _sending(self) -> Sender:
        return Sender(
            database=self.database,
            clock=self.clock,
            inbox=self.inbox,
            folder=self.folder,
            sealer=self.sealer,
        )

    def plan(
        self, period: str, by: Actor, only: Sequence[str] = (), *, again: bool = False
    ) -> dict[str, Any]:
        """Work a period out for all recipients, or `only` some; nothing is written but the plan.

        `again`: also when it was approved, which takes the approval back; not once it is built.

        Raises:
            Misuse: no period, or it is still open.
            Conflict: it is approved or further already.
        """
        wanted = self._closed(parse_period(period))
        with self.database.read() as session:
            former = newest(session, wanted)
            may = {Step.PLANNED, Step.APPROVED} if again else {Step.PLANNED}
            if former and former.state not in may:
                raise Conflict(
                    f"{wanted} is {former.state} already",
                    remedy=f"segue dsr show {wanted}; for a correction segue dsr reissue {wanted}",
                )
        found = self._works.work_out(wanted, only)
        issue = former.issue if former else 1
        return self._keep_plan(wanted, issue, found, by, Act.PLANNED, "")

    def reissue(
        self, period: str, by: Actor, reason: str, only: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Plan the next issue of a period that was delivered; it goes the same way as the first.

        Raises:
            Misuse: no reason is given.
            Conflict: the issue before is not delivered yet.
        """
        wanted = self._closed(parse_period(period))
        if not reason.strip():
            raise Misuse("a re-issue needs its reason", remedy="--reason 'what was wrong'")
        with self.database.read() as session:
            former = need(session, wanted)
            if former.state not in {Step.DELIVERED, Step.ACKNOWLEDGED}:
                raise Conflict(
                    f"issue {former.issue} of {wanted} is {former.state}, not delivered",
                    remedy="finish it first",
                )
        found = self._works.work_out(wanted, only)
        return self._keep_plan(wanted, former.issue + 1, found, by, Act.REISSUED, reason.strip())

    def approve(self, period: str, by: Actor, fingerprint: str = "") -> dict[str, Any]:
        """Say yes to what was planned; the figures are locked.

        `fingerprint`: of the plan that was looked at; another one is not approved.

        Raises:
            NotAllowed: who planned may not approve.
            Conflict: something stands in the way, somebody was faster, or the plan is another now.
        """
        with self.database.write() as session:
            row = need(session, parse_period(period), Step.PLANNED)
            if self.four_eyes and row.planned_by == by.name:
                raise NotAllowed(
                    f"{by.name} planned it: somebody else has to approve",
                    remedy="another operator approves, or set dsr.four_eyes=false",
                )
            if fingerprint and fingerprint != row.fingerprint:
                raise Conflict("the plan has changed since you looked", remedy="look again")
            errors = [h for h in row.preview["service"]["holes"] if h.get("level") == "error"]
            if errors:
                raise Conflict(errors[0]["message"], remedy=errors[0]["remedy"])
            move(
                session,
                self.clock,
                row,
                Step.APPROVED,
                approved_by=by.name,
                approved_at=self.clock(),
            )
            write(session, self.clock, by, Act.APPROVED, "", f"{row.period} issue {row.issue}")
        return self.show(period)

    def build(self, period: str, by: Actor) -> dict[str, Any]:
        """Write all files of an approved closing: all of them or none.

        Raises:
            Conflict: not approved, or the figures are others now than were approved.
            DiskFull, Unavailable: nothing was written.
        """
        wanted = parse_period(period)
        with self.database.read() as session:
            row = need(session, wanted, Step.APPROVED)
            created = free_instant(session, self.clock().replace(microsecond=0))
        drafts = self.folder / f".draft-{secret_id()[:12]}"
        try:
            made = self._works.write(row, wanted, drafts, created)
            self._publish(row, made, by, created)
        finally:
            shutil.rmtree(drafts, ignore_errors=True)
        return self.show(period)

    def draft(self, period: str, recipient: str) -> dict[str, Any]:
        """Provisional reports of one recipient, as figures stand now, also of an open period.

        They lie in the recipient's `reports/` (of a feed) or beside the finished files, say that
        they are provisional, and are no part of any closing.
        """
        wanted, drafts = parse_period(period), self.folder / f".draft-{secret_id()[:12]}"
        with self.database.read() as session:
            one = agreed.find(session, recipient)
            home = self.folder / "provisional"
            if one.target == FEED:
                feed = agreed.folder_feed(session, agreed.feeds_of(session, one))
                home = self.inbox / feed / "reports"
            created = free_instant(session, self.clock().replace(microsecond=0))
        while list(home.glob(f"*_{created:%Y%m%dT%H%M%S}.tsv*")):
            created += timedelta(seconds=1)
        try:
            made, problems = self._works.draft(wanted, one.id, drafts, created)
            for each in made:
                self._right(each.written.path)
            for each in made:
                publish(each.written.path, home / each.written.name)
        finally:
            shutil.rmtree(drafts, ignore_errors=True)
        return {
            "recipient": one.dpid,
            "period": str(wanted),
            "provisional": True,
            "reports": [draft_json(each, home) for each in made],
            "warnings": [f"{problem.message} {problem.remedy}" for problem in problems],
        }

    def check(self, period: str, by: Actor) -> dict[str, Any]:
        """Check what was built as anybody's files are checked.

        Raises:
            SegueError: our own checker refuses one; none is delivered then.
        """
        with self.database.write() as session:
            row = need(session, parse_period(period), Step.BUILT)
            for file in files_of(session, row):
                self._check(row, file)
                file.state = Sent.CHECKED
            move(session, self.clock, row, Step.CHECKED)
            write(session, self.clock, by, Act.CHECKED, "", f"{row.period} issue {row.issue}")
        return self.show(period)

    def deliver(self, period: str, by: Actor) -> dict[str, Any]:
        """Send what is not sent yet, each file once; may be called again after a refusal.

        Raises:
            Unavailable: a target refused or was not reached; others have theirs.
        """
        with self.database.read() as session:
            row = need(session, parse_period(period), Step.CHECKED)
            waiting = [file.id for file in files_of(session, row)]
        faults = [fault for file_id in waiting if (fault := self._sending.send(file_id, by))]
        if faults:
            raise Unavailable(faults[0], remedy=f"then again: segue dsr deliver {row.period}")
        with self.database.write() as session:
            row = need(session, parse_period(period), Step.CHECKED)
            if any(file.state != Sent.DELIVERED for file in files_of(session, row)):
                raise Conflict("somebody else is delivering it now", remedy="look again soon")
            move(session, self.clock, row, Step.DELIVERED)
        return self.show(period)

    def acknowledge(self, period: str, by: Actor, recipient: str = "") -> dict[str, Any]:
        """Note that a recipient, or each of them, has taken its files."""
        with self.database.write() as session:
            row = need(session, parse_period(period), Step.DELIVERED)
            files = files_of(session, row)
            chosen = [f for f in files if recipient in {"", f.recipient}]
            if not chosen:
                raise NotFound(f"{recipient!r} got nothing for {row.period}")
            for file in chosen:
                file.state = Sent.ACKNOWLEDGED
            if all(file.state == Sent.ACKNOWLEDGED for file in files):
                move(session, self.clock, row, Step.ACKNOWLEDGED)
            detail = f"{row.period} issue {row.issue} {recipient or 'all'}"
            write(session, self.clock, by, Act.ACKNOWLEDGED, "", detail)
        return self.show(period)

    def show(self, period: str, issue: int = 0) -> dict[str, Any]:
        """A closing with its files; the newest issue unless another is asked for."""
        with self.database.read() as session:
            row = need(session, parse_period(period), issue=issue)
            return to_json(row, files_of(session, row))

    def every(self) -> list[dict[str, Any]]:
        """All closings, the newest period first, without their files."""
        with self.database.read() as session:
            query = select(Closing).order_by(Closing.period.desc(), Closing.issue.desc())
            return [to_json(row, []) for row in session.scalars(query)]

    def recipients(self) -> list[dict[str, Any]]:
        """Who gets reports, with all terms; no secrets."""
        with self.database.read() as session:
            return [one.model_dump(mode="json") for one in agreed.every(session)]

    def agree(self, terms: dict[str, Any], by: Actor, secret: str = "") -> dict[str, Any]:
        """Set the terms of one recipient; `secret` of its target, empty leaves the one it has."""
        made = agreed.made(terms)
        with self.database.write() as session:
            made = agreed.keep(session, made, at=self.clock(), by=by.name)
            session.flush()
            if secret:
                row = session.get_one(ReportRecipient, made.id)
                row.secret = self.sealer.seal(secret.encode(), about=f"report/{made.id}")
            write(session, self.clock, by, Act.AGREED, "", made.id)
        return made.model_dump(mode="json")

    def path_of(self, name: str) -> Path:
        """A built file, for download.

        Raises:
            NotFound: no report has this name.
        """
        with self.database.read() as session:
            file = session.scalar(select(ReportFile).where(ReportFile.file == name))
            if file is None:
                raise NotFound(f"no report {name!r}", remedy="see `segue dsr show`")
            return self.folder / file.period / file.file

    def _closed(self, period: Period) -> Period:
        """The period, when no play can fall into it any more by anybody's time zone."""
        now = self.clock()
        months = period.months if period.whole_months else []
        with self.database.read() as session:
            open_ = any(read_book(session, month).is_open(month, now) for month in months)
        if open_ or now.date() <= period.last:
            raise Conflict(
                f"{period} is still open: it ends with {period.last}, in the time zone of each"
                " agreement",
                remedy="wait for its end; plays until then belong to it",
            )
        return period

    def _keep_plan(
        self, period: Period, issue: int, found: Found, by: Actor, act: Act, reason: str
    ) -> dict[str, Any]:
        now = self.clock()
        with self.database.write() as session:
            row = session.scalar(
                select(Closing).where(Closing.period == str(period), Closing.issue == issue)
            )
            if row is None:
                row = Closing(id=f"closing_{secret_id()[:20]}", period=str(period), issue=issue,
                              state=Step.PLANNED, version=0)  # fmt: skip
                session.add(row)
            elif row.state not in {Step.PLANNED, Step.APPROVED}:
                raise Conflict(f"{period} is {row.state} already", remedy="look again")
            row.version, row.state, row.approved_by = row.version + 1, Step.PLANNED, ""
            row.recipients = [one.id for one in found.recipients]
            row.preview, row.reason = found.preview, reason
            row.fingerprint = found.fingerprint
            row.planned_at, row.planned_by, row.changed_at = now, by.name, now
            _put_down(session, period)
            write(session, self.clock, by, act, "", f"{period} issue {issue} {reason}".strip())
        return self.show(str(period))

    def _publish(
        self,
        row: Closing,
        made: Sequence[Made],
        by: Actor,
        created: datetime,
    ) -> None:
        """Rows and files appear together: files last, and go again when the rows do not stand."""
        home = self.folder / row.period
        home.mkdir(parents=True, exist_ok=True)
        moved: list[Path] = []
        try:
            with self.database.write() as session:
                move(session, self.clock, row, Step.BUILT)  # first: of two builders one goes on
                session.add_all(row_of(row, one, created) for one in made)
                write(session, self.clock, by, Act.BUILT, "", f"{row.period} issue {row.issue}")
                session.flush()
                for one in made:
                    target = home / one.written.name
                    one.written.path.rename(target)
                    moved.append(target)
        except BaseException:
            for path in moved:
                path.unlink(missing_ok=True)
            raise

    def _check(self, row: Closing, file: ReportFile) -> None:
        self._right(self.folder / row.period / file.file)

    def _right(self, path: Path) -> None:
        with path.open("rb") as opened:
            report = check(opened, path.name, resource=self.resource)
        wrong = next((one for one in report.findings if one.level == "error"), None)
        if wrong is not None:
            raise SegueError(
                f"{path.name} is not right: line {wrong.line}, {wrong.cell}: {wrong.message}",
                remedy=wrong.remedy,
            )


def _put_down(session: Session, wanted: Period) -> None:
    """Put a closing down, unless somebody else planned the period at this moment."""
    try:
        session.flush()
    except IntegrityError as there:
        raise Conflict(f"somebody else has planned {wanted}", remedy="look again") from there
