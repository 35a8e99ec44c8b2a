"""`segue audit`: what was done at the doors."""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.clock import system_clock
from core.errors import Misuse
from ingest.audit_log import Filters, to_json
from server.cli import context
from server.wiring import audit_log

if TYPE_CHECKING:
    from server.local import Local

_SPAN = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LATE = timedelta(seconds=5)
"""How much later than others an entry may be brought in, by another process."""


def audit(
    ctx: typer.Context,
    feed: Annotated[str, typer.Option(help="Id of a feed.")] = "",
    since: Annotated[str, typer.Option(help="A time in ISO 8601, or a span: 90s 15m 2h 7d.")] = "",
    what: Annotated[str, typer.Option(help="login, upload, download, command, ban, scan, …")] = "",
    outcome: Annotated[str, typer.Option(help="ok, failed (all but ok), or a reason.")] = "",
    text: Annotated[str, typer.Option(help="In a path, a user name or an address.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as entries come.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, a line for each.")] = False,
) -> None:
    """Sessions, commands and files at the doors, the oldest first."""
    filters = Filters(feed_id=feed, what=what, outcome=outcome, text=text, since=_instant(since))
    with context.opened(ctx) as local:
        rows = _rows(local, filters, limit)
        _print(rows, as_json)
        seen = {row["id"] for row in rows}
        while follow:
            time.sleep(0.5)
            fresh = Filters(
                feed_id=feed, what=what, outcome=outcome, text=text, since=system_clock() - _LATE
            )
            rows = [row for row in _rows(local, fresh, 10_000) if row["id"] not in seen]
            seen |= {row["id"] for row in rows}
            _print(rows, as_json)


def _rows(local: Local, filters: Filters, limit: int) -> list[dict[str, Any]]:
    audit_log(local).flush()  # what a service that has ended could not bring in
    with local.database.read() as session:
        found = session.scalars(filters.query().limit(limit)).all()
    return [to_json(row) for row in reversed(found)]


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    if read := _SPAN.fullmatch(text):
        return system_clock() - timedelta(**{_UNITS[read[2]]: int(read[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Misuse(f"--since {text!r} is no time", remedy="2026-11-21T10:00, 15m, 2h") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    for row in rows:
        line = json.dumps(row, ensure_ascii=True) if as_json else _line(row)
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _line(row: dict[str, Any]) -> str:
    paths = " -> ".join(filter(None, (row["path"], row["target"])))
    size = f"{row['bytes']} bytes" if row["bytes"] is not None else ""
    parts = (
        row["at"][:19].replace("T", " "),
        f"{row['what']:8}",
        f"{row['outcome']:7}",
        row["door"],
        row["peer"],
        row["feed_id"] or row["username"],
        paths,
        size,
        row["digest"][:16],
        row["detail"],
    )
    text = "  ".join(filter(None, parts))
    return text.encode("ascii", "backslashreplace").decode() if _narrow() else text


def _narrow() -> bool:
    return "utf" not in (sys.stdout.encoding or "utf-8").lower()
