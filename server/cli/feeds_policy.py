"""`segue feeds policy` and `segue feeds enrichment`: what rules make of a feed's messages."""

from __future__ import annotations

from typing import Annotated

import typer

from catalog.queries.enrichment import OTHERS
from ingest import feed_agreements, feed_audit, feed_editing, feeds
from ingest.feed_audit import Actor, FeedAct
from server.cli.actors import command_line
from server.cli.context import opened, print_json


def policy(
    ctx: typer.Context,
    feed_id: Annotated[str, typer.Argument(metavar="ID", help="The feed's id.")],
    name: Annotated[str, typer.Option(help="strict, normal or lenient.")] = "",
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="CODE=SEVERITY or RULE=SEVERITY (reject, hold, warn, off), NUMBER=VALUE, or "
            "TERM=true|false.",
        ),
    ] = None,
    unsets: Annotated[
        list[str] | None,
        typer.Option("--unset", help="Forget what was set for a code, rule, number or term."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is agreed with a feed, or change it: severities, codes before rules; numbers; and
    terms: takes_tests, album_covers_tracks, tracks_open_album, tis, announce_undated."""
    with opened(ctx) as local, local.database.write() as session:
        feed = feed_editing.find(session, feed_id)
        detail = ", ".join(["policy", name, *(sets or ()), *(f"no {key}" for key in unsets or ())])
        if name or sets or unsets:
            by = Actor(command_line())
            feed_audit.write(session, local.clock, by, FeedAct.CHANGED, feed.id, detail)
        sets, unsets = feed_agreements.change(session, feed, sets or (), unsets or ())
        if name or sets or unsets:
            feeds.change_policy(feed, name=name, sets=sets, unsets=unsets)
        terms = feed_agreements.terms_of(feed)
        shown = {"feed": feed.id, **feeds.policy_json(feed), "terms": terms}
    if as_json:
        print_json(shown)
        return
    typer.echo(f"{shown['feed']}: {shown['name']}")
    for key, value in {**shown["overrides"], **shown["numbers"]}.items():
        typer.echo(f"  {key:20} {value}")
    for key, agreed in terms.items():
        typer.echo(f"  {key:20} {'yes' if agreed else 'no'}")


def enrichment(
    ctx: typer.Context,
    feed_id: Annotated[str, typer.Argument(metavar="ID", help="The feed's id.")],
    others: Annotated[
        bool | None,
        typer.Option("--others/--own", help="Also of others' releases, or of its own only."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show whose releases a feed's MEAD messages may enrich, or change it."""
    with opened(ctx) as local, local.database.write() as session:
        feed = feed_editing.find(session, feed_id)
        if others is not None:
            feed.policy = {**(feed.policy or {}), OTHERS: others}
            detail = f"{OTHERS}: {others}"
            by = Actor(command_line())
            feed_audit.write(session, local.clock, by, FeedAct.CHANGED, feed.id, detail)
        allowed = (feed.policy or {}).get(OTHERS) is True
    if as_json:
        print_json({"feed": feed_id, OTHERS: allowed})
    else:
        typer.echo(
            f"{feed_id}: {'also releases of others' if allowed else 'its own releases only'}"
        )
