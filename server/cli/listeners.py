"""`segue listeners`: the accounts that listen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from core.auth import Role
from core.errors import Misuse, NotFound
from server.cli.accounts import accounts_app, tier_of
from server.cli.context import opened, print_json, settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from catalog.models import Account

listeners_app = accounts_app(Role.LISTENER, "Accounts that listen.")
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@listeners_app.command("edit")
def edit(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the account.")],
    tier: Annotated[str | None, typer.Option(help="Its tier from now on.")] = None,
    territory: Annotated[str | None, typer.Option(help="ISO 3166-1 code, from now on.")] = None,
    sign_out: Annotated[bool, typer.Option("--sign-out", help="End its sessions.")] = False,
    as_json: _Json = False,
) -> None:
    """Change the tier or territory of an account, or sign it out everywhere.

    What plays meanwhile stops at its next segment, within a minute.
    """
    from server.accounts.store import change_account, end_sessions

    if tier is None and territory is None and not sign_out:
        raise Misuse("nothing is to be changed", remedy="give --tier, --territory or --sign-out")
    wanted = None if tier is None else tier_of(tier, settings(ctx))
    with opened(ctx) as local, local.database.write() as session:
        account = _named(session, name)
        change_account(account, tier=wanted, territory=territory and territory.upper())
        if sign_out:
            end_sessions(session, account.id)
        fields = ("id", "name", "territory", "tier")
        said = {field: getattr(account, field) for field in fields}
    if as_json:
        print_json(said)
    else:
        typer.echo("{name}: tier {tier}, territory {territory}".format_map(said))


@listeners_app.command("erase")
def erase(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the account.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """Remove an account and the key of its pseudonyms: what it heard stays, whose it was does not.

    Rows and proofs of the ledger are untouched; nobody can tell any more which of them were its.
    """
    from catalog.models import Account
    from server.books import open_books

    with opened(ctx) as local:
        with local.database.read() as session:
            account = _named(session, name)
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


def _named(session: Session, name: str) -> Account:
    """The listener of this name. Raises NotFound."""
    from sqlalchemy import func, select

    from catalog.models import Account

    account = session.scalar(
        select(Account).where(
            func.lower(Account.name) == name.lower(), Account.role == Role.LISTENER.value
        )
    )
    if account is None:
        raise NotFound(f"no listener is named {name!r}", remedy="see `segue listeners list`")
    return account
