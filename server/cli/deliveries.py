"""`segue deliveries`: what arrived, what became of it, and once more."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from catalog.lifecycle import DecisionKind, DeliveryState
from catalog.queries import deliveries
from core.errors import NotFound
from ddex.findings import Severity
from ingest import decisions, redrive
from ingest.tell_again import CHANNELS, tell_again
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json, print_table
from server.cli.reports import print_report

deliveries_app = typer.Typer(help="What arrived and what became of it.", no_args_is_help=True)
_WORST_FIRST = tuple(Severity)
_SHOWN = (
    *("id", "state", "waiting_for", "batch", "received_at", "attention_at", "title", "artist"),
    *("icpn", "message_id"),
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@deliveries_app.command("list")
def list_deliveries(
    ctx: typer.Context,
    state: Annotated[
        DeliveryState | None, typer.Option(help="Only those in this state.", metavar="<state>")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List deliveries, newest first."""
    with opened(ctx) as local, local.database.read() as session:
        wanted = state.value if state else ""
        _, found = deliveries.list_deliveries(session, offset=0, limit=limit, state=wanted)
    if as_json:
        print_json(found)
    elif not found and state:
        err.print(f"No delivery is {state.value}.")
    elif not found:
        err.print("No deliveries yet. A feed delivers a batch, and it appears here.")
    else:
        columns = ("id", "state", "title", "artist", "icpn", "feed_name", "waiting_for")
        print_table(columns, found)


@deliveries_app.command("show")
def show(ctx: typer.Context, delivery: str, as_json: Json = False) -> None:
    """Show one delivery with its findings."""
    with opened(ctx) as local, local.database.read() as session:
        found = deliveries.find_delivery(session, delivery)
    if found is None:
        raise NotFound(f"no delivery {delivery}", remedy="list them: segue deliveries list")
    if as_json:
        print_json(found)
        return
    for name in _SHOWN:
        typer.echo(f"{name:16} {found[name] or '-'}")
    typer.echo(f"{'release now':16} {found['availability'] or '-'}")
    _print_told(found)
    for one in found["decisions"]:
        typer.echo(f"{one['kind']:16} {one['reason']} ({one['by']}, {one['at']})")
    for finding in sorted(found["findings"], key=lambda one: _WORST_FIRST.index(one["severity"])):
        _print_finding(finding)
    if found["report"]:
        print_report(found["report"])


def _print_told(found: dict[str, Any]) -> None:
    for one in found["answers"]:
        name = "later" if one["follow_up"] else "acknowledgement"
        why = f" ({one['why']})" if one["why"] else ""
        typer.echo(f"{name:16} {one['status']}{why} {one['at']} {one['path'] or 'no file'}")
    for one in found["tellings"]:
        said = f", {one['said']}" if one["said"] else ""
        tried = f"{one['outcome']} after {one['tries']} tries{said}"
        typer.echo(f"{one['channel']:16} {one['type']} {tried}")


def _print_finding(finding: dict[str, Any]) -> None:
    place = finding["file"] + (f":{finding['line']}" if finding["line"] else "")
    times = f" ({finding['count']} times)" if finding["count"] > 1 else ""
    typer.echo(f"\n{finding['severity']}  {finding['code']}  {place}  {finding['xpath']}{times}")
    typer.echo(f"  {finding['message']}")
    typer.echo(f"  remedy: {finding['remedy']}")


@deliveries_app.command("retry")
def retry(ctx: typer.Context, delivery: str, as_json: Json = False) -> None:
    """Process a refused, held or failed delivery again, with its files as they are now."""
    with opened(ctx) as local:
        with local.database.write() as session:
            redrive.again(session, local.clock, delivery)
        with local.database.read() as session:
            found = deliveries.find_delivery(session, delivery)
    if as_json:
        print_json(found)
    else:
        err.print(f"{delivery} runs again as soon as the service has a free worker.")


@deliveries_app.command("tell")
def tell(
    ctx: typer.Context,
    delivery: str,
    acknowledgement: Annotated[
        bool, typer.Option("--acknowledgement", help="The files in the feed's folder.")
    ] = False,
    webhook: Annotated[bool, typer.Option("--webhook", help="The webhook posts.")] = False,
    mail: Annotated[bool, typer.Option("--mail", help="The mails.")] = False,
    atom: Annotated[
        bool, typer.Option("--atom", help="What goes to the sender's web service.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send again what was told about a delivery: everything, or only what is named."""
    asked = zip(CHANNELS, (acknowledgement, webhook, mail, atom), strict=True)
    with opened(ctx) as local, local.database.write() as session:
        wanted = [name for name, chosen in asked if chosen]
        told = tell_again(session, delivery, wanted, local.clock())
    if as_json:
        print_json(told)
        return
    for name, numbers in told.items():
        for number in numbers:
            typer.echo(f"{name:16} {number}")
    err.print("The service sends them within seconds, under the same names and ids.")


Reason = Annotated[str, typer.Option(help="Why; it stays in the log.")]


@deliveries_app.command("release")
def release(ctx: typer.Context, delivery: str, reason: Reason, as_json: Json = False) -> None:
    """Release a held delivery: it runs again, and what held it doesn't."""
    _decide(ctx, DecisionKind.RELEASE, delivery, reason, as_json=as_json)


@deliveries_app.command("reject")
def reject(ctx: typer.Context, delivery: str, reason: Reason, as_json: Json = False) -> None:
    """Refuse a held delivery; the acknowledgement tells its sender why."""
    _decide(ctx, DecisionKind.REJECT, delivery, reason, as_json=as_json)


@deliveries_app.command("resend")
def resend(ctx: typer.Context, delivery: str, reason: Reason, as_json: Json = False) -> None:
    """Ask the sender of a held delivery to send it again."""
    _decide(ctx, DecisionKind.RESEND, delivery, reason, as_json=as_json)


def _decide(
    ctx: typer.Context, kind: DecisionKind, delivery: str, reason: str, *, as_json: bool
) -> None:
    with opened(ctx) as local:
        with local.database.write() as session:
            by = command_line()
            decisions.decide(session, local.clock, kind, delivery, reason=reason, by=by)
        with local.database.read() as session:
            found = deliveries.find_delivery(session, delivery)
    if as_json:
        print_json(found)
    else:
        err.print(f"{delivery}: {kind.value}. The service goes on with it within a second.")
