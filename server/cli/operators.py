"""`segue operators`: the accounts that run the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.auth import Role
from server.cli.accounts import Wanted, create_and_print, list_and_print

operators_app = typer.Typer(help="Accounts that run the service.", no_args_is_help=True)


@operators_app.command("create")
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
    """Make an operator and print the password this once."""
    wanted = Wanted(name, Role.OPERATOR, territory, tier, password_file)
    create_and_print(ctx, wanted, as_json=as_json)


@operators_app.command("list")
def list_operators(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the operators."""
    list_and_print(ctx, Role.OPERATOR, as_json=as_json)
