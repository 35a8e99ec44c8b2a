"""`segue feeds sheet`: what a distributor gets by mail."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from server.cli.context import opened, print_json


def sheet(
    ctx: typer.Context,
    feed_id: Annotated[str, typer.Argument(metavar="ID", help="The feed's id or name.")],
    form: Annotated[
        Literal["text", "html", "json"], typer.Option("--format", help="text, html or json.")
    ] = "text",
) -> None:
    """Print the onboarding sheet of a feed: addresses, fingerprints, folders, names, commands, a
    sample answer, limits and contacts. It holds no secret."""
    from server.services.sheet import render
    from server.wiring import feed_sheet

    with opened(ctx) as local:
        made = feed_sheet(local, feed_id)
    if form == "json":
        print_json(made.to_json())
    else:
        typer.echo(render.text(made) if form == "text" else render.page(made), nl=False)
