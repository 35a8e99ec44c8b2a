"""`segue usage`: what was heard, accounted and provable."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import Misuse, NotFound
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json, print_table
from server.cli.usage_simulate import simulate

usage_app = typer.Typer(help="Plays, accounted and provable.", no_args_is_help=True)
usage_app.command("simulate")(simulate)

_INVALID = 3
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Day = Annotated[str, typer.Option(help="A day in UTC, such as 2026-11-21; empty: the usual.")]


@usage_app.command("show")
def show(
    ctx: typer.Context,
    first: _Day = "",
    last: _Day = "",
    feed: Annotated[str, typer.Option(help="Id of a feed; empty: all.")] = "",
    territory: Annotated[str, typer.Option(help="ISO 3166-1 code; empty: all.")] = "",
    as_json: _Json = False,
) -> None:
    """Plays, listeners, completion and territories of a range of days; else the last 30."""
    from server.books import open_books
    from server.services.usage_desk import UsageDesk

    with opened(ctx) as local:
        books = open_books(local)
        books.load()
        desk = UsageDesk(local.database, books.store, local.clock)
        found = desk.show(_day(first), _day(last), feed=feed, territory=territory)
    if as_json:
        print_json(found)
        return
    totals = found["totals"]
    typer.echo(
        f"{found['first']} to {found['last']}: {totals['plays']} plays, {totals['listeners']}"
        f" listeners, {totals['excluded']} excluded, {totals['quarantined']} quarantined;"
        f" closed up to {found['closed'] or 'no day'}"
    )
    print_table(("territory", "plays", "listeners", "share"), found["territories"])
    print_table(("plays", "listeners", "isrc", "title", "artist"), found["recordings"])
    if found["reasons"]:
        print_table(("plays", "verdict", "reason", "meaning"), found["reasons"])


@usage_app.command("close")
def close(
    ctx: typer.Context,
    day: Annotated[
        str, typer.Argument(help="A day that is over, in UTC; empty: all that are due.")
    ] = "",
    as_json: _Json = False,
) -> None:
    """Close days: their rows enter the ledger and stand in a file, their head is signed."""
    from server.books import open_books

    with opened(ctx) as local:
        books = open_books(local)
        wanted = _day(day)
        if wanted is None:
            closed = books.close_due()
        else:
            books.load()
            closed = [books.ledger().close(wanted)]
            books.publish()
    told = [_told(row) for row in closed]
    if as_json:
        print_json(told)
    elif told:
        print_table(("day", "rows", "size", "root"), told)
    else:
        typer.echo("No day is due.")


@usage_app.command("days")
def days(ctx: typer.Context, as_json: _Json = False) -> None:
    """List the closed days and their roots, newest first."""
    from sqlalchemy import select

    from catalog.models import UsageDay

    with opened(ctx) as local, local.database.read() as session:
        query = select(UsageDay).order_by(UsageDay.day.desc())
        told = [_told(row) for row in session.scalars(query)]
    if as_json:
        print_json(told)
    else:
        print_table(("day", "rows", "size", "root"), told)


@usage_app.command("prove")
def prove(ctx: typer.Context, play: str) -> None:
    """Print the proof that a play stands in the ledger, for `segue usage verify`."""
    from server.books import open_books
    from server.usage.proofs import prove as proof

    with opened(ctx) as local:
        books = open_books(local)
        print_json(proof(books.store, books.ledger(), play))


@usage_app.command("verify")
def verify(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(help="A proof, a head, a Parquet file with its head, or a closed day.")
    ],
    key: Annotated[
        Path | None, typer.Option(help="Public key of the service (PEM), as known from elsewhere.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Check a proof, a head or a day's file; a file needs no service and no data folder.

    A day is looked for in this folder, then in the data folder.
    """
    import tempfile

    from server.usage.proofs import verify as check

    here = (Path(what), Path(f"{what}.parquet"), Path(f"usage-ledger-{what}.json"))
    path = next((each for each in here if each.is_file()), here[0])
    if not path.exists() and (wanted := _day(what)) is not None:
        with opened(ctx) as local:
            path = local.data.usage / "days" / f"{wanted}.parquet"
    with tempfile.TemporaryDirectory() as scratch:
        found = check(path, _pem(key), Path(scratch))
    if as_json:
        print_json(found)
    else:
        _print(found)
    if not found["ok"]:
        raise typer.Exit(_INVALID)


@usage_app.command("key")
def key_command(ctx: typer.Context) -> None:
    """Print the public key that heads are signed with (PEM)."""
    from server.usage.signing import Signer

    with opened(ctx) as local:
        typer.echo(Signer(local.data.keys).public, nl=False)


@usage_app.command("quarantine")
def quarantine(
    ctx: typer.Context,
    first: _Day = "",
    last: _Day = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, at most.")] = 100,
    as_json: _Json = False,
) -> None:
    """List plays in quarantine with their reasons; `segue usage correct` lifts one."""
    from server.books import open_books
    from server.services.usage_desk import UsageDesk

    with opened(ctx) as local:
        books = open_books(local)
        books.load()
        desk = UsageDesk(local.database, books.store, local.clock)
        found = desk.quarantine(_day(first), _day(last), limit=limit)
    if as_json:
        print_json(found)
    else:
        columns = ("play_id", "used_at", "reason", "territory", "pseudonym", "isrc", "title")
        print_table(columns, found["plays"])


@usage_app.command("correct")
def correct(
    ctx: typer.Context,
    play: str,
    verdict: Annotated[str, typer.Option(help="counted, excluded or quarantined.")],
    reason: Annotated[str, typer.Option(help="Why; it stays.")],
    as_json: _Json = False,
) -> None:
    """Take a row of a closed day back and put another in its place, both in the next day."""
    from server.books import open_books
    from server.usage.corrections import Correction, correct as enter

    with opened(ctx) as local:
        wanted = Correction(play_id=play, verdict=verdict, note=reason, by=command_line())
        found = enter(local.database, open_books(local).store, local.clock, wanted)
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{play}: {found['former']['verdict']} becomes {verdict} with the next day.")


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise Misuse(f"{text!r} is no day and no file", remedy="write it as 2026-11-21") from wrong


def _pem(key: Path | None) -> str:
    if key is None:
        return ""
    try:
        return key.read_text(encoding="ascii")
    except (OSError, ValueError) as wrong:
        raise NotFound(f"{key} can't be read as a public key") from wrong


def _told(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a UsageDay, imported late
    return {
        "day": row.day,
        "rows": row.size - row.first - 1,
        "size": row.size,
        "root": row.root,
        "counts": row.counts,
        "file_sha256": row.file,
        "closed_at": row.closed_at.isoformat(),
    }


def _print(found: dict[str, Any]) -> None:
    state = "holds" if found["ok"] else "does not hold"
    typer.echo(
        f"{found['file']}: the {found['kind']} {state}, tree of {found['size']} at {found['day']}"
    )
    for problem in found["problems"]:
        typer.echo(f"  {problem}")
    if not found["trusted"]:
        err.print(
            f"Signed by key {found['key']}, which came with the file: compare it with the"
            " service's (`segue usage key`), or give --key.",
            markup=False,
        )
