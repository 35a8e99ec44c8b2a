"""`segue feeds test`: the whole protocol suite as a client of the running service."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.context import opened, print_json

FAILED = 3


def try_out(
    ctx: typer.Context,
    feed_id: Annotated[str, typer.Argument(metavar="ID", help="The feed's id or name.")],
    protocol: Annotated[
        list[str] | None,
        typer.Option(help="Only this protocol of the feed, repeatable; default all of them."),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=1, max=50, help="Seconds that an acknowledgement may take.")
    ] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try every step of a feed's protocols as its sender would: log in, upload, resume, good and
    bad deliveries and their answers. Nothing goes live; exit code 3 when a step failed."""
    from server.cli import feed_suite, feed_ways

    with opened(ctx) as local:
        feed = feed_ways.find(local, feed_id)
        protocols = feed_ways.chosen(feed, tuple(protocol or ()))
        with feed_ways.guest(local, feed, protocols) as guest:
            reports = feed_suite.examine(guest, protocols, wait)
    ok = all(report.ok for report in reports)
    if as_json:
        print_json({"feed": feed.id, "ok": ok, "protocols": [one.to_json() for one in reports]})
    else:
        for report in reports:
            feed_suite.show(report)
    if not ok:
        raise typer.Exit(FAILED)
