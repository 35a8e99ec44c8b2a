"""`segue listeners` and `segue operators`: the same commands for two roles."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import select

from catalog.models import Account
from core.errors import Misuse, NotFound
from server.accounts.store import NewAccount, create_account
from server.cli.context import err, opened, print_json, print_table, settings

if TYPE_CHECKING:
    from core.auth import Role
    from core.settings import Settings


_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def accounts_app(role: Role, about: str) -> typer.Typer:
    """`create` and `list` for the accounts of one role."""
    app = typer.Typer(help=about, no_args_is_help=True)
    one = f"an {role.value}" if role.value[0] in "aeiou" else f"a {role.value}"

    @app.command("create", help=f"Make {one} and print the password this once.")
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
        as_json: _Json = False,
    ) -> None:
        wanted = Wanted(name, role, territory, tier, password_file)
        create_and_print(ctx, wanted, as_json=as_json)

    @app.command("list", help=f"List the {role.value}s.")
    def list_accounts(ctx: typer.Context, as_json: _Json = False) -> None:
        list_and_print(ctx, role, as_json=as_json)

    return app


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for; None means the default of the settings."""

    name: str
    role: Role
    territory: str | None
    tier: str | None
    password_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What `create` tells, once."""

    id: str
    name: str
    role: str
    territory: str
    tier: str
    password: str


def create_and_print(ctx: typer.Context, wanted: Wanted, *, as_json: bool) -> None:
    """Make the account and print its credentials.

    Raises:
        Misuse: something of it can't be used.
        Conflict: the name is taken.
    """
    given = settings(ctx)
    new = NewAccount(
        name=wanted.name,
        role=wanted.role,
        territory=(wanted.territory or given.listen.territory).upper(),
        tier=tier_of(wanted.tier or given.listen.tier, given),
        password=_password(wanted.password_file),
    )
    with opened(ctx) as local, local.database.write() as session:
        account, password = create_account(session, new, local.clock())
        made = Made(
            id=account.id,
            name=account.name,
            role=account.role,
            territory=account.territory,
            tier=account.tier,
            password=password,
        )
    if as_json:
        print_json(asdict(made))
        return
    for field, value in asdict(made).items():
        typer.echo(f"{field:12} {value}")
    err.print("The password is shown this once; Segue keeps only its hash.")


def tier_of(tier: str, given: Settings) -> str:
    """A tier of the settings. Raises Misuse."""
    known = list(given.tiers.model_dump())
    if tier not in known:
        raise Misuse(f"no tier {tier!r}", remedy=f"one of: {', '.join(known)}")
    return tier


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotFound(f"can't read the password file {path}: {wrong}") from wrong
    if not text:
        raise Misuse(f"the password file {path} is empty", remedy="write one line into it")
    return text


def list_and_print(ctx: typer.Context, role: Role, *, as_json: bool) -> None:
    """All accounts of a role, without their passwords."""
    query = select(Account).where(Account.role == role.value).order_by(Account.name)
    with opened(ctx) as local, local.database.read() as session:
        rows = session.scalars(query).all()
    found = [
        {
            "id": row.id,
            "name": row.name,
            "territory": row.territory,
            "tier": row.tier,
            "created_at": row.created_at.isoformat(),
        }
        for row in rows
    ]
    if as_json:
        print_json(found)
    elif not found:
        err.print(f"None yet. Make one: segue {role.value}s create --name NAME")
    else:
        print_table(("id", "name", "territory", "tier"), found)
