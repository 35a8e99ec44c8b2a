"""`segue media`: how far the encodings are, and making what is missing now."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ingest import spares
from ingest.encodings import attempt
from server.cli.context import err, opened, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.clock import Clock
    from core.database import Database
    from core.folders import DataFolder
    from ingest.ports import Transcode
    from ingest.spares import Progress
    from server.local import Local
    from storage.store import ObjectStore

media_app = typer.Typer(
    help="Encodings: how many are missing or of an earlier recipe, and making them.",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_LOOK = 1.0
"""Seconds between two looks at what the service does."""
_SHOWN = 20
_LEFT = 3


@dataclass(frozen=True, slots=True)
class _Kitchen:
    """What encoding takes (`ingest.encodings.Kitchen`), without the rest of the pipeline."""

    database: Database
    store: ObjectStore
    data: DataFolder
    clock: Clock
    transcode: Transcode


@media_app.command("status")
def status(
    ctx: typer.Context,
    wait: Annotated[
        bool, typer.Option(help="Wait until the running service has tried everything.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.", min=1)] = 86_400.0,
    as_json: Json = False,
) -> None:
    """How many tracks are ready; exit code 3 when some are not."""
    with opened(ctx) as local:
        kitchen = _kitchen(local)
        found = _waited(kitchen, timeout) if wait else _now(kitchen)
    _tell(found, as_json=as_json)


@media_app.command("encode")
def encode(ctx: typer.Context, as_json: Json = False) -> None:
    """Make what is missing now, beside a running or a stopped service. Exits like `status`."""
    from server.cli.progress import Told

    with opened(ctx) as local, Told(err) as told:
        kitchen = _kitchen(local)
        releases = _now(kitchen).releases
        for index, release in enumerate(releases):
            told("releases", index, len(releases))
            attempt(kitchen, release)
        if releases:
            told("releases", len(releases), len(releases))
        found = _now(kitchen)
    _tell(found, as_json=as_json)


def _kitchen(local: Local) -> _Kitchen:
    from server.wiring import transcode_of

    return _Kitchen(local.database, local.store, local.data, local.clock, transcode_of(local))


def _now(kitchen: _Kitchen) -> Progress:
    with kitchen.database.read() as session:
        return spares.progress(session, kitchen)


def _waited(
    kitchen: _Kitchen, timeout: float, sleep: Callable[[float], None] = time.sleep
) -> Progress:
    """Until nothing is left but what failed."""
    from server.cli.progress import Told

    end = time.monotonic() + timeout
    with Told(err) as told:
        while True:
            found = _now(kitchen)
            told("tracks", found.ready, found.tracks)
            failed = {one.release for one in found.failures}
            if set(found.releases) <= failed or time.monotonic() >= end:
                return found
            sleep(_LOOK)


def _tell(found: Progress, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(found), "left": found.left})
    else:
        _print(found)
    raise typer.Exit(_LEFT if found.left or found.failures else 0)


def _print(found: Progress) -> None:
    typer.echo(f"tracks   {found.tracks} on all releases, {found.ready} ready")
    if found.left:
        typer.echo(
            f"left     {found.left}: {found.older} of an earlier recipe, {found.apart} encoded"
            f" between other neighbours, {found.silent} not at all"
        )
    typer.echo(f"spare    {found.spare} encodings that no new play uses")
    typer.echo(f"failures {len(found.failures)}")
    for one in found.failures[:_SHOWN]:
        typer.echo(f"  {one.release}  {one.at}  try {one.tries}: {_line(one.text)}")
    if len(found.failures) > _SHOWN:
        typer.echo(f"  and {len(found.failures) - _SHOWN} more: --json shows all")


def _line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
