"""`segue bans`: who is kept out of the doors, and letting them in again."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from core.clock import system_clock
from ingest.bans import DatabaseBans, to_json
from ingest.doors.common.audit import Entry, shown
from server.cli import context
from server.wiring import audit_log

bans_app = typer.Typer(no_args_is_help=True, help="Addresses and accounts that are kept out.")


@bans_app.command("list")
def list_bans(
    ctx: typer.Context,
    ended: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List bans, the newest first."""
    now = system_clock()
    with context.opened(ctx) as local:
        found = [ban for ban in DatabaseBans(local.database).load() if ended or ban.until > now]
    rows = [to_json(ban) for ban in sorted(found, key=lambda ban: ban.since, reverse=True)]
    if as_json:
        context.print_json({"bans": rows})
        return
    columns = ("kind", "subject", "since", "until", "failures", "door")
    context.print_table(columns, [{**row, "subject": shown(row["subject"])} for row in rows])


@bans_app.command("lift")
def lift(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(help="Address, network or user name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let an address or an account in again; a running service hears of it within a second."""
    with context.opened(ctx) as local:
        lifted = DatabaseBans(local.database).lift(subject)
        log = audit_log(local)
        for ban in lifted:
            log.record(_entry("lift", shown(ban.subject), ban.kind.value))
        log.close()
    _tell([to_json(ban) for ban in lifted], as_json, "lifted")


@bans_app.command("add")
def add(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(help="Address or user name.")],
    kind: Annotated[str, typer.Option(help="`address` or `account`.")] = "address",
    hours: Annotated[float, typer.Option(min=0.01, max=87_600, help="For how long.")] = 24.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Keep an address or an account out."""
    now = system_clock()
    with context.opened(ctx) as local:
        ban = DatabaseBans(local.database).add(kind, subject, now, now + timedelta(hours=hours))
        log = audit_log(local)
        log.record(_entry("ban", shown(ban.subject), f"{kind} until {ban.until:%F %T} UTC"))
        log.close()
    _tell([to_json(ban)], as_json, "banned")


def _entry(what: str, subject: str, detail: str) -> Entry:
    return Entry(at=system_clock(), what=what, door="operator", target=subject, detail=detail)


def _tell(rows: list[dict[str, Any]], as_json: bool, done: str) -> None:
    if as_json:
        context.print_json({done: rows})
        return
    for row in rows:
        context.err.print(f"{done}: {row['kind']} {shown(row['subject'])}", markup=False)
