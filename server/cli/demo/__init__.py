"""`segue demo`: the whole road on a throw-away data folder, through the front doors."""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from server.cli.context import err, print_json, settings
from server.cli.demo.road import Road
from server.cli.demo.stage import Stage

__all__ = ["demo"]


def demo(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option(help="Run the whole road, play, report, and stop.")] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the data in this folder instead of throwing it away.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=40, help="Length of each track; default 42-58.")
    ] = None,
    screenshots: Annotated[
        Path | None, typer.Option(help="With --once: put pictures of the player here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON report.")] = False,
) -> None:
    """Make an album, deliver it over SFTP, play it, and report its usage."""
    chosen = settings(ctx)
    # the way out of a SIGTERM is the way out of Ctrl-C: children end, the folder goes
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="segue-demo-"))
    stage = Stage(folder, keep or folder / "data", chosen, quiet=as_json)
    road = Road(stage, seconds=seconds, screenshots=screenshots)
    try:
        report = road.whole() if once else road.opening()
        if as_json:
            print_json(report.to_json())
        if once:
            raise typer.Exit(0 if report.ok else 1)
        if not report.ok:
            raise typer.Exit(1)
        for line in road.invitation():
            err.print(line, markup=False)
        stage.wait()
    except KeyboardInterrupt:
        err.print("Stopping.")
    finally:
        stage.close()
        shutil.rmtree(folder, ignore_errors=True)
