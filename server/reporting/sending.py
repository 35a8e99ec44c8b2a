"""Sends the files of a closing, each once: claimed, put at the target, noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from catalog.models import ReportFile, ReportRecipient
from core.errors import SegueError
from ingest.feed_audit import Actor, write
from server.reporting import recipients as agreed
from server.reporting.recipients import FEED
from server.reporting.steps import Act, Sent
from server.reporting.targets import Way, put

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.sealed import Sealer

_CLAIM = timedelta(minutes=15)
"""After so long a delivery that was begun and never ended may be taken up by another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """`inbox` is the folder of all feeds' views, `folder` that of finished reports by period."""

    database: Database
    clock: Clock
    inbox: Path
    folder: Path
    sealer: Sealer

    def send(self, file_id: str, by: Actor) -> str:
        """One file; gives what went wrong, or nothing.

        The last part waits for the others: its semaphore says that all parts are there.
        """
        try:
            claimed = self._claim(file_id)
        except SegueError as wrong:
            return wrong.message
        if claimed is None:
            return ""
        file, way, again, last = claimed
        try:
            put(way, self.folder / file.period / file.file, file.file, again=again)
            if file.semaphore and last:
                empty = self.folder / f".{file.semaphore}"
                empty.write_bytes(b"")
                try:
                    put(way, empty, file.semaphore, again=True)
                finally:
                    empty.unlink(missing_ok=True)
        except SegueError as wrong:
            self._note(file_id, Sent.CHECKED, fault=wrong.message)
            return f"{file.file}: {wrong.message}"
        self._note(file_id, Sent.DELIVERED, target=way.told, by=by)
        return ""

    def _claim(self, file_id: str) -> tuple[ReportFile, Way, bool, bool] | None:
        """Take a file for sending; None when it is sent, or somebody is at it."""
        now = self.clock()
        with self.database.write() as session:
            file = session.get_one(ReportFile, file_id)
            stale = file.claimed_at is not None and file.claimed_at < now - _CLAIM
            if file.state != Sent.CHECKED and not (file.state == Sent.SENDING and stale):
                return None
            if file.part == file.parts and _waiting(session, file):
                return None
            again = file.claimed_at is not None
            done = session.execute(
                update(ReportFile)
                .where(ReportFile.id == file_id, ReportFile.state == file.state,
                       ReportFile.claimed_at.is_(file.claimed_at) if file.claimed_at is None
                       else ReportFile.claimed_at == file.claimed_at)
                .values(state=Sent.SENDING, claimed_at=now)
                .execution_options(synchronize_session=False)
            )  # fmt: skip
            if getattr(done, "rowcount", 0) != 1:
                return None
            one = agreed.find(session, file.recipient)
            row = session.get(ReportRecipient, one.id)
            secret = ""
            if row is not None and row.secret:
                secret = self.sealer.open(row.secret, about=f"report/{one.id}").decode()
            folder = None
            if one.target == FEED:
                feed = agreed.folder_feed(session, agreed.feeds_of(session, one))
                folder = self.inbox / feed / "reports"
            session.expunge(file)
        return (
            file,
            Way(recipient=one, folder=folder, secret=secret),
            again,
            file.part == file.parts,
        )

    def _note(
        self,
        file_id: str,
        state: Sent,
        *,
        fault: str = "",
        target: str = "",
        by: Actor | None = None,
    ) -> None:
        with self.database.write() as session:
            file = session.get_one(ReportFile, file_id)
            file.state, file.fault = state, fault
            if state == Sent.DELIVERED and by is not None:
                file.target, file.sent_at = target, self.clock()
                write(session, self.clock, by, Act.DELIVERED, "", f"{file.file} {target}")


def _waiting(session: Session, last: ReportFile) -> bool:
    """Whether another part of the same report is not at its target yet."""
    others = select(ReportFile.id).where(
        ReportFile.closing_id == last.closing_id, ReportFile.message_id == last.message_id,
        ReportFile.id != last.id, ReportFile.state.not_in((Sent.DELIVERED, Sent.ACKNOWLEDGED)),
    )  # fmt: skip
    return session.scalars(others.limit(1)).first() is not None
