"""Every change of a feed or of its secrets, in the audit log: who, when, by which way, what.

Written in the transaction of the change itself, so that neither stands without the other.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING

from catalog.models import AuditEntry
from core.ids import secret_id
from ingest.doors.common.audit import OK, shown

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.clock import Clock

_NUMBERS = count()


class FeedAct(StrEnum):
    """What was done."""

    CREATED = "feed created"
    CHANGED = "feed changed"
    DISABLED = "feed disabled"
    ENABLED = "feed enabled"
    DELETED = "feed deleted"
    ADDED = "credential added"
    ROTATED = "credential rotated"
    REVOKED = "credential ended"
    RESEALED = "credential resealed"
    TRIED = "feed trial begun"
    LEFT = "feed trial ended"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and by which way: `cli`, `api` or `console`."""

    name: str
    way: str = "cli"
    peer: str = ""


def write(
    session: Session, clock: Clock, by: Actor, act: StrEnum, feed_id: str, detail: str = ""
) -> None:
    """Add one entry; `detail` holds no secrets."""
    session.add(
        AuditEntry(
            id=f"{time.time_ns():016x}-{next(_NUMBERS):08x}-{secret_id()[:8]}",
            at=clock(),
            what=act.value,
            door=by.way,
            peer=by.peer,
            username=shown(by.name),
            feed_id=feed_id,
            session="",
            path="",
            target="",
            bytes=None,
            digest="",
            outcome=OK,
            detail=shown(detail),
        )
    )
