"""`segue listeners`: the accounts that listen."""

from __future__ import annotations

from typing import Annotated

import typer

from core.auth import Role
from core.errors import NotFound
from server.cli.accounts import accounts_app
from server.cli.context import opened, print_json

listeners_app = accounts_app(Role.LISTENER, "Accounts that listen.")


@listeners_app.command("erase")
def erase(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the account.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Remove an account and the key of its pseudonyms: what it heard stays, whose it was does not.

    Rows and proofs of the ledger are untouched; nobody can tell any more which of them were its.
    """
    from sqlalchemy import func, select

    from catalog.models import Account
    from server.books import open_books

    with opened(ctx) as local:
        query = select(Account).where(
            func.lower(Account.name) == name.lower(), Account.role == Role.LISTENER.value
        )
        with local.database.read() as session:
            account = session.scalar(query)
        if account is None:
            raise NotFound(f"no listener is named {name!r}", remedy="see `segue listeners list`")
        if not yes:
            typer.confirm(f"Erase {account.name!r} for good?", abort=True, err=True)
        books = open_books(local)
        books.load()
        with local.database.write() as session:
            books.listeners.erase(session, account.id)
            session.delete(session.get_one(Account, account.id))
    if as_json:
        print_json({"erased": account.name, "id": account.id})
    else:
        typer.echo(f"{account.name} is erased.")
