"""`segue feeds`: the senders that may deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.feed_audit import Actor
from ingest.feed_editing import FeedEdit
from ingest.feed_terms import FeedTerms
from server.cli import feed_sheet, feed_test, feeds_secrets
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json, print_table
from server.cli.feeds_create import SETS_HELP, create
from server.cli.feeds_policy import enrichment, policy
from server.cli.feeds_reseal import reseal
from server.cli.feeds_show import lines

if TYPE_CHECKING:
    from server.local import Local
    from server.services.feed_keeper import FeedKeeper

feeds_app = typer.Typer(help="Senders that may deliver.", no_args_is_help=True)
feeds_app.command("create")(create)

Name = Annotated[str, typer.Argument(metavar="ID", help="The feed's id or name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Days = Annotated[int, typer.Option(min=1, max=366, help="Days that the figures are of.")]


def _keeper(local: Local) -> FeedKeeper:
    from server.wiring import feed_keeper

    return feed_keeper(local)


def _me() -> Actor:
    return Actor(command_line())


def _tell(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
        return
    for line in lines(shown):
        typer.echo(line)


@feeds_app.command("list")
def list_feeds(ctx: typer.Context, days: Days = 30, as_json: Json = False) -> None:
    """List the feeds, with their figures of the last days."""
    with opened(ctx) as local:
        found = [
            {**feed, "policy": feed["policy_name"]} for feed in _keeper(local).every(days=days)
        ]
    if as_json:
        print_json(found)
    elif not found:
        err.print("No feeds yet. Make one: segue feeds create --name NAME --dpid DPID")
    else:
        rows = [_row(feed) for feed in found]
        print_table(tuple(rows[0]), rows)


def _row(feed: dict[str, Any]) -> dict[str, Any]:
    figures = feed["statistics"]
    p95 = figures["p95_s"]
    return {
        **{key: feed[key] for key in ("id", "name", "dpid")},
        "protocols": " ".join(feed["protocols"]),
        "username": feed["username"],
        "state": "disabled" if feed["disabled"] else "enabled",
        "deliveries": figures["deliveries"],
        "failures": figures["failures"],
        "p95": f"{p95:.1f} s" if p95 is not None else "",
        "overdue": figures["sla"]["overdue"] or "",
        "last activity": (figures["last_activity"] or "never")[:16].replace("T", " "),
    }


@feeds_app.command("show")
def show(ctx: typer.Context, feed: Name, days: Days = 30, as_json: Json = False) -> None:
    """Show one feed: settings, credentials without their secrets, figures."""
    with opened(ctx) as local:
        shown = _keeper(local).show(feed, days=days)
    _tell(shown, as_json=as_json)


@feeds_app.command("edit")
def edit(
    ctx: typer.Context,
    feed: Name,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    dpid: Annotated[
        list[str] | None, typer.Option(help="All its party ids, the main one first; repeatable.")
    ] = None,
    protocol: Annotated[
        list[str] | None, typer.Option(help="All its ways in, the first its own; repeatable.")
    ] = None,
    acknowledgement: Annotated[str | None, typer.Option(help="18, 16 or none.")] = None,
    choreography: Annotated[str | None, typer.Option(help="Such as batch-1.8.")] = None,
    sets: Annotated[list[str] | None, typer.Option("--set", help=SETS_HELP)] = None,
    unsets: Annotated[
        list[str] | None, typer.Option("--unset", help="Put a term back to its default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Change a feed; what is not named stays. Open sessions follow within seconds."""
    with opened(ctx) as local:
        keeper = _keeper(local)
        terms = None
        if sets or unsets:
            stored = FeedTerms.read(keeper.stored_terms(feed))
            terms = stored.changed(sets or (), unsets or ())
        wanted = FeedEdit(
            name=name,
            dpids=dpid,
            protocols=protocol,
            acknowledgements=acknowledgement,
            choreography=choreography,
            terms=terms,
        )
        shown = keeper.edit(_me(), feed, wanted)
    if not as_json:
        err.print("; ".join(shown["changed"]) or "Nothing changed.", markup=False)
    _tell(shown, as_json=as_json)


@feeds_app.command("disable")
def disable(
    ctx: typer.Context,
    feed: Name,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
    as_json: Json = False,
) -> None:
    """Shut a feed out: no login, and its open sessions end within seconds."""
    _switch(ctx, feed, reason, disabled=True, as_json=as_json)


@feeds_app.command("enable")
def enable(
    ctx: typer.Context,
    feed: Name,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
    as_json: Json = False,
) -> None:
    """Let a disabled feed in again."""
    _switch(ctx, feed, reason, disabled=False, as_json=as_json)


def _switch(ctx: typer.Context, feed: str, why: str, *, disabled: bool, as_json: bool) -> None:
    with opened(ctx) as local:
        shown = _keeper(local).switch(_me(), feed, disabled=disabled, why=why)
    if as_json:
        print_json(shown)
    else:
        typer.echo(f"{shown['id']}  {shown['name']}  {'disabled' if disabled else 'enabled'}")


@feeds_app.command("delete")
def delete(
    ctx: typer.Context,
    feed: Name,
    discard_files: Annotated[
        bool, typer.Option("--discard-files", help="Also files that were never processed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete a feed without live releases; all that it sent stays in the log."""
    with opened(ctx) as local:
        gone = _keeper(local).delete(_me(), feed, discard_files=discard_files)
    if as_json:
        print_json(gone)
    else:
        typer.echo(f"{gone['id']}  {gone['name']}  deleted; its log stays")


feeds_app.command("rotate")(feeds_secrets.rotate)
feeds_app.add_typer(feeds_secrets.credentials_app, name="credentials")
feeds_app.command("reseal")(reseal)
feeds_app.command("policy")(policy)
feeds_app.command("enrichment")(enrichment)
feeds_app.command("test")(feed_test.try_out)
feeds_app.command("sheet")(feed_sheet.sheet)
