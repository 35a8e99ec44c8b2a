"""`segue listeners`: the accounts that listen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.auth import Role
from server.cli.accounts import Wanted, create_and_print, list_and_print

listeners_app = typer.Typer(help="Accounts that listen.", no_args_is_help=True)


@listeners_app.command("create")
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(help="Name to sign in with.")],
    territory: Annotated[
        str | None, typer.Option(help="ISO 3166-1 code; the default is listen.territory.")
    ] = None,
    tier: Annotated[str | None, typer.Option(help="Tier; the default is listen.tier.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password; without it one is drawn.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a listener and print the password this once."""
    wanted = Wanted(name, Role.LISTENER, territory, tier, password_file)
    create_and_print(ctx, wanted, as_json=as_json)


@listeners_app.command("list")
def list_listeners(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the listeners."""
    list_and_print(ctx, Role.LISTENER, as_json=as_json)
