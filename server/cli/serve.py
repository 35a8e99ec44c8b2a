"""`segue serve`: everything in one process tree, until SIGTERM or Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.context import err, print_json, settings


def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Setting `web.host`.")] = None,
    port: Annotated[int | None, typer.Option(help="Setting `web.port`.")] = None,
    sftp_port: Annotated[int | None, typer.Option(help="Setting `sftp.port`.")] = None,
    schemas: Annotated[Path | None, typer.Option(help="Setting `ddex.schemas`.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as JSON, in one line, when ready.")
    ] = False,
) -> None:
    """Serve the player, the API and the doors, and process deliveries."""
    from server.service import Addresses, run

    chosen = settings(
        ctx, web__host=host, web__port=port, sftp__port=sftp_port, ddex__schemas=schemas
    )

    def tell(addresses: Addresses) -> None:
        if as_json:
            print_json(addresses.to_json())
        for line in addresses.lines():
            err.print(line, markup=False)

    run(chosen, tell)
