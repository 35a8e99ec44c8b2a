"""`segue feeds rotate` and `segue feeds credentials`: how feeds prove who they are."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import Misuse, NotFound
from ingest.feed_audit import Actor
from ingest.feed_credentials import Kind
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json, print_table
from server.cli.feeds_create import read_keys
from server.services.feed_keeper import NewCredential

credentials_app = typer.Typer(help="How feeds prove who they are.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ID", help="The feed's id or name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PublicKey = Annotated[
    Path | None, typer.Option(help="OpenSSH public key file, of a key or a certificate authority.")
]
SecretFile = Annotated[
    Path | None, typer.Option(help="File with the secret, for one that Segue does not make itself.")
]
Public = Annotated[str, typer.Option(help="Name that belongs to a store's secret.")]
_SPAN = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def rotate(
    ctx: typer.Context,
    feed: Name,
    kind: Annotated[
        str, typer.Option(help=f"Which, when the feed has several: {', '.join(Kind)}.")
    ] = "",
    overlap: Annotated[
        str, typer.Option(help="How long the old one stays valid: 0d, 30m, 12h, 7d.")
    ] = "7d",
    public_key: PublicKey = None,
    secret_file: SecretFile = None,
    public: Public = "",
    as_json: Json = False,
) -> None:
    """Give a feed a new secret, shown this once; the old one stays valid for a while."""
    with opened(ctx) as local:
        from server.wiring import feed_keeper

        told = feed_keeper(local).rotate(
            Actor(command_line()),
            feed,
            _kind(kind) if kind else None,
            overlap=_span(overlap),
            secret=_secret(secret_file),
            public=public or "".join(read_keys(public_key)[:1]),
        )
    _tell(told, as_json=as_json)
    if not as_json:
        err.print(f"The old one is valid until {told['old_until']}.", markup=False)


@credentials_app.command("add")
def add(
    ctx: typer.Context,
    feed: Name,
    kind: Annotated[str, typer.Option(help=f"One of: {', '.join(Kind)}.")],
    label: Annotated[str, typer.Option(help="Your own words for it.")] = "",
    days: Annotated[float | None, typer.Option(min=0.001, help="Days until it expires.")] = None,
    public_key: PublicKey = None,
    secret_file: SecretFile = None,
    public: Public = "",
    as_json: Json = False,
) -> None:
    """Give a feed another credential beside those it has; a secret is shown this once."""
    wanted = NewCredential(
        kind=_kind(kind),
        label=label,
        secret=_secret(secret_file),
        public=public or "".join(read_keys(public_key)[:1]),
        days=days,
    )
    with opened(ctx) as local:
        from server.wiring import feed_keeper

        told = feed_keeper(local).add(Actor(command_line()), feed, wanted)
    _tell(told, as_json=as_json)


@credentials_app.command("list")
def list_credentials(ctx: typer.Context, feed: Name, as_json: Json = False) -> None:
    """List a feed's credentials, also those that ended, without their secrets."""
    with opened(ctx) as local:
        from server.wiring import feed_keeper

        found = feed_keeper(local).show(feed)["credentials"]
    if as_json:
        print_json(found)
    else:
        columns = ("id", "kind", "label", "valid", "created_at", "expires_at", "last_used_at")
        print_table(columns, found)


@credentials_app.command("revoke")
def revoke(
    ctx: typer.Context,
    feed: Name,
    credential: Annotated[str, typer.Argument(help="The credential's id.")],
    as_json: Json = False,
) -> None:
    """End a credential now."""
    with opened(ctx) as local:
        from server.wiring import feed_keeper

        told = feed_keeper(local).revoke(Actor(command_line()), feed, credential)
    if as_json:
        print_json(told)
    else:
        typer.echo(f"{told['credential']['id']}  {told['credential']['kind']}  ended")


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    made = told["credential"]
    typer.echo(f"id      {made['id']}\nkind    {made['kind']}")
    if made["fingerprint"]:
        typer.echo(f"key     {made['fingerprint']}")
    if told["secret"]:
        typer.echo(f"secret  {told['secret']}")
        err.print("The secret is shown this once.")


def _kind(text: str) -> Kind:
    if text not in set(Kind):
        raise Misuse(f"no credential of the kind {text!r}", remedy=f"one of: {', '.join(Kind)}")
    return Kind(text)


def _span(text: str) -> timedelta:
    read = _SPAN.fullmatch(text.strip())
    if read is None:
        raise Misuse(f"{text!r} is no time", remedy="write 0d, 30m, 12h or 7d")
    return int(read[1]) * _UNITS[read[2]]


def _secret(path: Path | None) -> str | None:
    """A secret never stands on the command line, where others of the machine could read it."""
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotFound(f"can't read the secret in {path}: {wrong}") from wrong
    if not text:
        raise Misuse(f"{path} is empty")
    return text
