"""Operations on the audit log and on bans, for operators."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Any

from pydantic import AwareDatetime, Field

from core.auth import Action
from ingest.audit_log import Filters
from server.api.closed import Closed
from server.api.operations import Call, Operation


class AuditQuestion(Closed):
    """Which entries; empty ones let all through."""

    feed: str = Field(default="", max_length=40, description="Id of a feed.")
    what: str = Field(default="", max_length=20, pattern="^[a-z]*$")
    outcome: str = Field(default="", max_length=20, description="`failed` means all but `ok`.")
    text: str = Field(default="", max_length=200, description="In a path, a name or an address.")
    since: AwareDatetime | None = None
    before: str = Field(default="", max_length=40, description="Of an earlier answer, for more.")
    limit: int = Field(default=100, ge=1, le=1000)


class AuditRow(Closed):
    """Who did what, when, from where, and how it ended."""

    id: str
    at: datetime
    what: str
    door: str
    peer: str
    username: str
    feed_id: str
    session: str
    path: str
    target: str
    bytes: int | None
    digest: str
    outcome: str
    detail: str


class AuditEntries(Closed):
    """Entries, the newest first."""

    entries: list[AuditRow]
    before: str | None = Field(description="Send it to get older ones; null: there are none.")


class BanRow(Closed):
    """An address or an account that is kept out."""

    kind: str
    subject: str
    since: datetime
    until: datetime
    failures: int
    strikes: int
    door: str


class Bans(Closed):
    """Bans in force, the newest first."""

    bans: list[BanRow]


class Lift(Closed):
    """Whom to let in again."""

    subject: str = Field(min_length=1, max_length=100, description="Address, network or user name.")


class Lifted(Closed):
    """What was lifted."""

    lifted: list[BanRow]


def read_audit(call: Call) -> dict[str, Any]:
    given: AuditQuestion = call.given
    filters = Filters(
        feed_id=given.feed,
        what=given.what,
        outcome=given.outcome,
        text=given.text,
        since=given.since,
        before=given.before,
    )
    return call.services.watch.entries(filters, given.limit)


def list_bans(call: Call) -> dict[str, Any]:
    return call.services.watch.bans()


def lift_ban(call: Call) -> dict[str, Any]:
    given: Lift = call.given
    return call.services.watch.lift(given.subject, call.identity.name if call.identity else "")


WATCHING: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/audit",
        name="readAudit",
        summary="Sessions, commands and files at the doors, newest first",
        handler=read_audit,
        action=Action.OPERATE,
        query=AuditQuestion,
        answer=AuditEntries,
        tags=("operator",),
    ),
    Operation(
        method="GET",
        path="/bans",
        name="listBans",
        summary="Addresses and accounts that are kept out",
        handler=list_bans,
        action=Action.OPERATE,
        answer=Bans,
        tags=("operator",),
    ),
    Operation(
        method="POST",
        path="/bans/lift",
        name="liftBan",
        summary="Let an address, a network or an account in again",
        handler=lift_ban,
        action=Action.OPERATE,
        body=Lift,
        answer=Lifted,
        errors=(404,),
        tags=("operator",),
    ),
)
