"""`segue distro make`: releases to deliver."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core.clock import system_clock
from core.errors import Misuse
from ddex.choreography.rows import DEFAULT, ROWS
from distro import release
from distro.make import LABEL, Made, Order, make as make_album
from server.cli.context import err, print_json, settings

distro_app = typer.Typer(help="Make releases to deliver.", no_args_is_help=True)

SENDER = release.dpid("2026000002")


@distro_app.command("make")
def make(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder for the batch; made when it is not there.")],
    tracks: Annotated[int, typer.Option(min=1, max=500, help="Number of tracks.")] = 3,
    seed: Annotated[int, typer.Option(min=1, help="Same seed, same music and cover.")] = 1,
    title: Annotated[str, typer.Option(help="Title of the album; drawn by the seed.")] = "",
    artist: Annotated[str, typer.Option(help="Its artist; drawn by the seed.")] = "",
    sender_dpid: Annotated[str, typer.Option(help="DPID of the sender.")] = SENDER,
    recipient_dpid: Annotated[
        str, typer.Option(help="DPID of the recipient; default the setting party.dpid.")
    ] = "",
    seconds: Annotated[
        float | None, typer.Option(min=0.5, max=3600, help="Length of each track; default 42-58.")
    ] = None,
    start: Annotated[
        str, typer.Option(help="First day of the deals, YYYY-MM-DD; default a week ago.")
    ] = "",
    end: Annotated[str, typer.Option(help="Last day of the deals; default open.")] = "",
    territory: Annotated[
        list[str] | None, typer.Option(help="Territory of the deals, repeatable.")
    ] = None,
    choreography: Annotated[
        str, typer.Option(help=f"How it is packed: {', '.join(ROWS)}.", metavar="<row>")
    ] = DEFAULT,
    priority: Annotated[
        str, typer.Option(help="Priority letter of the folder: P, M, N, L; empty for none.")
    ] = "N",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Synthesise an album and pack it as an ERN 4.3 batch, or as a release by itself."""
    party = settings(ctx).party
    order = Order(
        sides=release.Sides(
            sender_dpid=sender_dpid,
            sender_name=LABEL,
            recipient_dpid=recipient_dpid or party.dpid,
            recipient_name=party.name,
        ),
        tracks=tracks,
        seed=seed,
        title=title,
        artist=artist,
        seconds=seconds,
        start=_day(start),
        end=_day(end),
        territories=tuple(territory or ("Worldwide",)),
        choreography=choreography,
        priority=priority,
    )
    made = _make(order, out)
    if as_json:
        print_json(_made(made))
        return
    typer.echo(made.batch.folder)
    err.print(
        f"{made.release.title} by {made.release.artist}, {tracks} tracks, "
        f"ICPN {made.release.icpn}. Send it: segue deliver {made.batch.folder} --to sftp://…",
        markup=False,
    )


def _make(order: Order, out: Path) -> Made:
    """Raises Misuse for a choreography that is none, or has no such priority."""
    try:
        return make_album(order, out, system_clock())
    except ValueError as wrong:
        raise Misuse(str(wrong)) from wrong


def _made(made: Made) -> dict[str, object]:
    return {
        "batch": str(made.batch.folder),
        "batch_id": made.batch.batch_id,
        "icpn": made.release.icpn,
        "title": made.release.title,
        "artist": made.release.artist,
        "message_id": made.batch.releases[0].message_id,
        "tracks": [
            {
                "isrc": track.isrc,
                "title": track.title,
                "seconds": track.duration.total_seconds(),
            }
            for track in made.release.tracks
        ],
    }


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise Misuse(f"{text!r} is no date", remedy="write it as YYYY-MM-DD") from wrong
