"""States of a closing and of its files, and how they are read and moved on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from catalog.models import Closing, ReportFile
from core.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from server.reporting.periods import Period


class Step(StrEnum):
    """States of a closing, in their order."""

    PLANNED = "planned"
    APPROVED = "approved"
    BUILT = "built"
    CHECKED = "checked"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"


class Sent(StrEnum):
    """States of a file."""

    BUILT = "built"
    CHECKED = "checked"
    SENDING = "sending"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"


class Act(StrEnum):
    """What the audit log says of it."""

    AGREED = "report terms set"
    PLANNED = "reports planned"
    APPROVED = "reports approved"
    BUILT = "reports built"
    CHECKED = "reports checked"
    DELIVERED = "reports delivered"
    ACKNOWLEDGED = "reports acknowledged"
    REISSUED = "reports reissued"


def to_json(row: Closing, files: Sequence[ReportFile]) -> dict[str, Any]:
    """A closing as JSON values."""
    return {
        "period": row.period,
        "issue": row.issue,
        "state": row.state,
        "reason": row.reason,
        "planned_by": row.planned_by,
        "planned_at": row.planned_at.isoformat(),
        "approved_by": row.approved_by,
        "approved_at": row.approved_at.isoformat() if row.approved_at else None,
        "fingerprint": row.fingerprint,
        "preview": row.preview,
        "files": [_file_json(file) for file in files],
    }


def _file_json(file: ReportFile) -> dict[str, Any]:
    names_ = ("recipient", "message_id", "part", "parts", "file", "semaphore", "service",
              "territory", "rows", "usages", "amounts", "size", "digest", "state", "replaces",
              "difference", "target", "fault")  # fmt: skip
    found = {name: getattr(file, name) for name in names_}
    return {**found, "sent_at": file.sent_at.isoformat() if file.sent_at else None}


def newest(session: Session, period: Period) -> Closing | None:
    query = select(Closing).where(Closing.period == str(period)).order_by(Closing.issue.desc())
    return session.scalars(query).first()


def need(session: Session, period: Period, state: Step | None = None, issue: int = 0) -> Closing:
    row = newest(session, period)
    if row is not None and issue and row.issue != issue:
        query = select(Closing).where(Closing.period == str(period), Closing.issue == issue)
        row = session.scalar(query)
    if row is None:
        raise NotFound(f"{period} is not planned", remedy=f"segue dsr plan {period}")
    if state is not None and row.state != state:
        order = list(Step)
        done = order.index(Step(row.state)) > order.index(state)
        by = f" by {row.approved_by}" if done and state == Step.PLANNED else ""
        raise Conflict(
            f"{period} is {row.state}{by}, not {state}",
            remedy=f"segue dsr show {period}"
            if done
            else f"the step before: see segue dsr show {period}",
        )
    return row


def files_of(session: Session, row: Closing) -> list[ReportFile]:
    """Report by report, each in the order of its parts."""
    query = select(ReportFile).where(ReportFile.closing_id == row.id)
    return list(session.scalars(query.order_by(ReportFile.message_id, ReportFile.part)))


def move(session: Session, clock: Clock, row: Closing, to: Step, **more: Any) -> None:
    """On to the next state, unless somebody else was faster.

    Raises:
        Conflict: somebody was.
    """
    done = session.execute(
        update(Closing)
        .where(Closing.id == row.id, Closing.version == row.version, Closing.state == row.state)
        .values(state=to, version=row.version + 1, changed_at=clock(), **more)
        .execution_options(synchronize_session=False)
    )
    if getattr(done, "rowcount", 0) != 1:
        raise Conflict(f"somebody else has moved {row.period} on", remedy="look again")
