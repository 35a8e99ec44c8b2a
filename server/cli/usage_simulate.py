"""`segue usage simulate`: usage that never was, for benchmarks and rehearsals."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core.errors import Conflict, Misuse
from server.cli.context import print_json


def simulate(
    into: Annotated[Path, typer.Argument(help="A folder that is empty or not there yet.")],
    plays: Annotated[int, typer.Option(min=1, max=100_000_000, help="How many.")] = 100_000,
    first: Annotated[str, typer.Option(help="The first day, UTC.")] = "2026-11-01",
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same plays.")] = 7,
    feeds: Annotated[str, typer.Option(help="Ids of the feeds.")] = "feed_a,feed_b,feed_c",
    territories: Annotated[str, typer.Option(help="ISO 3166-1 codes.")] = "GB,DE,FR,US,JP",
    recordings: Annotated[int, typer.Option(min=10, help="Recordings in the catalogue.")] = 20_000,
    listeners: Annotated[int, typer.Option(min=2, help="Accounts that listen.")] = 50_000,
    facts: Annotated[bool, typer.Option(help="Plays before accounting, in facts.parquet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write simulated usage as Parquet: days/ accounted, songs.parquet the catalogue.

    Nothing of it enters a ledger: no leaves, no signed heads.
    """
    from server.usage import simulate as simulation
    from server.usage.simulated import write

    try:
        start = date.fromisoformat(first)
    except ValueError as wrong:
        raise Misuse(f"{first!r} is no day", remedy="write it as 2026-11-01") from wrong
    if into.is_dir() and any(into.iterdir()):
        raise Conflict(f"{into} is not empty", remedy="name another folder")
    scene = simulation.Scene(
        plays=plays,
        first=start,
        days=days,
        seed=seed,
        recordings=recordings,
        listeners=listeners,
        feeds=tuple(feeds.split(",")),
        territories=tuple(territories.split(",")),
    )
    told = write(scene, into, with_facts=facts)
    if as_json:
        print_json(told)
    else:
        typer.echo(f"{told['plays']} plays on {days} days in {into}: {told['counted']} count")
