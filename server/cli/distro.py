"""`segue distro make` and `segue deliver`: the sending side."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from core.clock import system_clock
from core.errors import Misuse, NotFound, Unavailable
from distro import outbox, release
from distro.deliver import Delivered, Plan, deliver as send
from distro.make import LABEL, Made, Order, make as make_album
from distro.targets import http, sftp
from server.cli.context import err, print_json, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from distro.outbox import LocalBatch
    from distro.receipts import Receipt
    from distro.targets.base import Connect

distro_app = typer.Typer(help="Make releases to deliver.", no_args_is_help=True)

SENDER = release.dpid("2026000002")
INVALID = 3


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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Synthesise an album and pack it as an ERN 4.3 batch."""
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
    )
    made = make_album(order, out, system_clock())
    if as_json:
        print_json(_made(made))
        return
    typer.echo(made.batch.folder)
    err.print(
        f"{made.release.title} by {made.release.artist}, {tracks} tracks, "
        f"ICPN {made.release.icpn}. Send it: segue deliver {made.batch.folder} --to sftp://…",
        markup=False,
    )


def deliver(
    folder: Annotated[Path, typer.Argument(help="Batch folder, or a folder with one batch.")],
    to: Annotated[str, typer.Option(help="sftp://user@host:port/ or https://host/api/v1/feeds/ID")],
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for the acknowledgements.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for acknowledgements.")
    ] = 600.0,
    password_file: Annotated[
        Path | None, typer.Option(help="File whose first line is the password or API key.")
    ] = None,
    password: Annotated[
        str, typer.Option(envvar="SEGUE_DELIVER_PASSWORD", hidden=True, show_envvar=False)
    ] = "",
    key: Annotated[Path | None, typer.Option(help="OpenSSH private key file.")] = None,
    fingerprint: Annotated[
        str, typer.Option(help="Fingerprint of the server's host key, SHA256:…")
    ] = "",
    known_hosts: Annotated[
        Path | None, typer.Option(help="OpenSSH known_hosts; default ~/.ssh/known_hosts.")
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=16, help="Files in flight.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send a batch by SFTP or HTTP; exit code 3 when a release is refused, 6 without an answer."""
    secret = _secret(password_file) or password
    trust = sftp.Trust(
        fingerprint=fingerprint,
        known_hosts=known_hosts or _own_known_hosts(),
        loopback=_taken_on_trust,
    )
    connect = _connector(to, sftp.Login(key=key, password=secret), trust)
    batch = outbox.find(folder)
    plan = Plan(parallel=parallel, wait=timeout if wait else None)
    with _bar(batch) as bar:
        task = bar.add_task(batch.name, total=batch.size)
        done = send(
            batch,
            connect,
            plan,
            lambda count: bar.advance(task, count),
            _teller(),
        )
    if as_json:
        print_json(done.to_json())
    else:
        _report(done)
    if done.missing:
        raise Unavailable(
            f"no acknowledgement within {timeout:.0f} s for {', '.join(done.missing)}",
            remedy="look into acknowledgements/ later; what was sent is there",
        )
    if not done.ok:
        raise typer.Exit(INVALID)


def _connector(to: str, login: sftp.Login, trust: sftp.Trust) -> Connect:
    """How to open a session at this address, by its scheme."""
    if to.startswith(("http://", "https://")):
        feed, begun = http.address(to, login.password), dict[str, str]()
        return lambda: http.connect(feed, begun)
    place = sftp.address(to)
    return lambda: sftp.connect(place, login, trust)


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


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotFound(f"can't read the password file {path}") from wrong
    return lines[0] if lines else ""


def _own_known_hosts() -> Path | None:
    path = Path("~/.ssh/known_hosts").expanduser()
    return path if path.is_file() else None


def _taken_on_trust(fingerprint: str) -> None:
    err.print(
        f"The server on this machine is taken on trust; its host key is {fingerprint}. "
        "Give it as --fingerprint to have it checked.",
        markup=False,
    )


def _bar(batch: LocalBatch) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal or batch.size == 0,
    )


def _teller() -> Callable[[Receipt], None]:
    def tell(receipt: Receipt) -> None:
        answer = receipt.to_json()
        err.print(f"{receipt.release}: {answer['status']}", markup=False)

    return tell


def _report(done: Delivered) -> None:
    typer.echo(
        f"{done.batch.name}: {len(done.batch.files) + 1} files, {done.batch.size} bytes "
        f"in {done.seconds:.1f} s"
    )
    for receipt in done.receipts:
        answer = receipt.to_json()
        typer.echo(f"{answer['release']}: {answer['status']} ({answer['file']})")
        for finding in answer["findings"]:
            typer.echo(f"  {finding['status']}: {finding['message']}")
            for name in ("place", "rule", "remedy"):
                if finding[name]:
                    typer.echo(f"    {name}: {finding[name]}")
