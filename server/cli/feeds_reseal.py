"""`segue feeds reseal`: another key for the secrets that are kept to be used again."""

from __future__ import annotations

from typing import Annotated

import typer

from core.sealed import Sealer
from ingest import feed_sealing
from ingest.feed_audit import Actor
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json

INCOMPLETE = 3


def reseal(
    ctx: typer.Context,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget-old-keys",
            help="Remove the keys that nothing needs any more; older backups need them still.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Encrypt the kept secrets of all feeds (stores, webhooks) with a new key, in one transaction.
    The service goes on meanwhile; exit code 3 when a secret did not open and stays as it was."""
    with opened(ctx) as local:
        done = feed_sealing.reseal(
            local.database,
            local.clock,
            Sealer(local.data.keys),
            Actor(command_line()),
            forget=forget,
        )
    if as_json:
        print_json(done.to_json())
    else:
        typer.echo(f"key {done.key}: {done.texts} secrets sealed again")
        if done.forgotten:
            typer.echo(f"keys removed: {', '.join(map(str, done.forgotten))}")
    for credential in done.broken:
        err.print(
            f"{credential} does not open: restore the data folder's `keys` from its backup, or "
            "set the secret anew",
            markup=False,
        )
    if done.broken:
        raise typer.Exit(INCOMPLETE)
