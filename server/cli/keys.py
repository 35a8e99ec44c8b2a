"""`segue keys`: the keys that sign media tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.clock import system_clock
from core.folders import DataFolder
from server.cli.context import err, print_json, print_table, settings
from server.playback.keyring import PUBLISHED, KeyFile

if TYPE_CHECKING:
    from server.playback.keyring import Ring

keys_app = typer.Typer(help="Keys that sign the tokens of media.", no_args_is_help=True)
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@keys_app.command("list")
def list_keys(ctx: typer.Context, as_json: _Json = False) -> None:
    """Which keys there are, the newest last; never the keys themselves."""
    _show(_file(ctx).load(), as_json=as_json)


@keys_app.command("rotate")
def rotate(ctx: typer.Context, as_json: _Json = False) -> None:
    """Make a fresh key that takes over in a minute; nobody's music stops."""
    ring = _file(ctx).rotate()
    err.print(
        f"Key {ring.keys[-1].id} signs in {PUBLISHED.seconds} seconds; tokens that are out live on."
    )
    _show(ring, as_json=as_json)


@keys_app.command("revoke")
def revoke(ctx: typer.Context, as_json: _Json = False) -> None:
    """A key has leaked: make a fresh one and forget all others; every player opens its play anew
    within a minute."""
    ring = _file(ctx).revoke()
    err.print("No token that is out is good any more.")
    _show(ring, as_json=as_json)


def _file(ctx: typer.Context) -> KeyFile:
    data = DataFolder(settings(ctx).data)
    data.make()
    return KeyFile(data.keys, system_clock)


def _show(ring: Ring, *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"id": key.id, "signs_from": key.signs_from, "reads_until": key.reads_until}
        for key in ring.keys
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(["id", "signs_from", "reads_until"], rows)
