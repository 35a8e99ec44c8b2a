"""`segue royalties`: a month previewed, closed, stated, and tried out another way."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Misuse
from server.cli.context import err, opened, print_json, print_table
from server.cli.money import INVALID, By, Json, author
from server.royalties import views
from server.royalties.chart import chart
from server.royalties.close import MonthNotReady, Office, close_month, computed, totals_of
from server.royalties.simulate import What, read_rates, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from server.local import Local

royalties_app = typer.Typer(help="Payments to rights holders.", no_args_is_help=True)
_Month = Annotated[str, typer.Argument(help="Month, such as 2026-11.")]
_Issue = Annotated[int, typer.Option(help="Issue; 0: as it stands now; -1: the newest.")]
_PAID = ("agreement", "recipient", "usages", "earned", "recouped", "balance", "payable", "currency")


@contextmanager
def office(ctx: typer.Context, *, closing: bool = False) -> Iterator[tuple[Local, Office]]:
    """What computing a month needs, beside a running or a stopped server; all beacons are in.

    `closing` closes the days of usage that are due.
    """
    from server.books import open_books

    with opened(ctx) as local:
        books = open_books(local)
        if closing:
            books.close_due()
        else:
            books.load()
        yield (
            local,
            Office(
                database=local.database,
                clock=local.clock,
                usage=books.store,
                folder=local.data.root / "royalties",
            ),
        )


@royalties_app.command("preview")
def preview(ctx: typer.Context, period: _Month, as_json: Json = False) -> None:
    """How a month stands: problems, totals, statements. Exit code 3 when it can't be closed."""
    with office(ctx) as (_, rooms), computed(rooms, period) as found:
        told: dict[str, Any] = {
            "period": str(found.month),
            "ok": not found.errors,
            "problems": [one.to_json() for one in found.problems],
            "totals": totals_of(found),
            "statements": [one.to_json() for one in found.paid],
        }
    if as_json:
        print_json(told)
    else:
        _tell_problems(told["problems"])
        print_table(_PAID, told["statements"])
    if not told["ok"]:
        raise typer.Exit(INVALID)


@royalties_app.command("close")
def close(
    ctx: typer.Context,
    period: _Month,
    reason: Annotated[str, typer.Option(help="Why a closed month is issued again.")] = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Close a month; what is wrong is told, and nothing is written then (exit code 3)."""
    with office(ctx, closing=True) as (local, rooms):
        try:
            told = close_month(rooms, period, author(local, by).name, reason)
        except MonthNotReady as no:
            problems = [one.to_json() for one in no.problems]
            if as_json:
                print_json({"ok": False, "period": period, "problems": problems})
            _tell_problems(problems)
            err.print(no.message, markup=False, soft_wrap=True)
            raise typer.Exit(INVALID) from no
    if as_json:
        print_json({"ok": True, **told})
        return
    _tell_problems(told["problems"])
    typer.echo(f"{told['period']} is closed, issue {told['issue']}, digest {told['digest']}")
    print_table(_PAID, told["statements"])


@royalties_app.command("list")
def list_command(
    ctx: typer.Context,
    period: Annotated[str, typer.Argument(help="Month; empty: all.")] = "",
    as_json: Json = False,
) -> None:
    """List closed months and their issues."""
    with opened(ctx) as local, local.database.read() as session:
        found = views.issues(session, period)
    if as_json:
        print_json(found)
    else:
        print_table(("period", "issue", "closed_at", "closed_by", "reason", "digest"), found)


@royalties_app.command("statement")
def statement(
    ctx: typer.Context,
    period: _Month,
    recipient: Annotated[str, typer.Option(help="DPID.")] = "",
    label: Annotated[str, typer.Option(help="Label, as the catalogue has it.")] = "",
    artist: Annotated[str, typer.Option(help="Artist, as the catalogue has it.")] = "",
    by: Annotated[str, typer.Option(help="label, artist, territory or tier.")] = "label",
    issue: _Issue = -1,
    csv: Annotated[bool, typer.Option("--csv", help="Print all rows as CSV.")] = False,
    as_json: Json = False,
) -> None:
    """The statement of a month: its lines, sums by label or artist, plays that don't count."""
    where = {"recipient": recipient, "label": label, "artist": artist}
    with (
        office(ctx) as (_, rooms),
        views.viewed(rooms, period, None if issue < 0 else issue) as view,
    ):
        if csv:
            for text in views.rows_csv(view, where):
                sys.stdout.write(text)
            return
        told: dict[str, Any] = {
            "period": view.period,
            "issue": view.issue,
            "statements": [one for one in view.statements if recipient in {"", one["recipient"]}],
            by: views.groups(view, by, where),
            "sums": views.rows(view, where, limit=0)[1],
            "withheld": views.reasons(view, where),
        }
    if as_json:
        print_json(told)
        return
    print_table(_PAID, told["statements"])
    print_table((by, "usages", "net_revenue", "top_up", "payment", "currency"), told[by])
    print_table(("verdict", "reason", "usages"), told["withheld"])


@royalties_app.command("simulate")
def simulate_command(
    ctx: typer.Context,
    period: Annotated[str, typer.Option(help="Month, such as 2026-11.")],
    method: Annotated[str, typer.Option(help="pro-rata or user-centric.")] = "pro-rata",
    without_plays: Annotated[
        str,
        typer.Option(help="Fees of subscribers without plays: pro-rata, equal or operator."),
    ] = "pro-rata",
    rate: Annotated[
        list[str] | None, typer.Option(help="Another share: RECIPIENT=0.55; several times.")
    ] = None,
    by: Annotated[str, typer.Option(help="recipient, label or artist.")] = "recipient",
    svg: Annotated[Path | None, typer.Option(help="Draw who gains and loses here.")] = None,
    as_json: Json = False,
) -> None:
    """Try another way of sharing, or other rates, over the plays of a month; changes nothing."""
    what = What(method=method, without_plays=without_plays, rates=read_rates(rate or ()), by=by)
    with office(ctx) as (_, rooms), computed(rooms, period) as found:
        told = simulate(found, what)
    if svg is not None:
        try:
            svg.write_text(chart(told), "utf-8")
        except OSError as no:
            raise Misuse(f"{svg} can't be written: {no.strerror}") from no
    if as_json:
        print_json(told)
    else:
        print_table(("key", "now", "then", "difference", "currency"), told["rows"])


def _tell_problems(problems: Sequence[dict[str, Any]]) -> None:
    for one in problems:
        err.print(
            f"{one['level']} {one['code']} {one['subject']}: {one['message']}\n    {one['remedy']}",
            markup=False, soft_wrap=True,
        )  # fmt: skip
