"""`segue hls check`: is a stream what its playlists say?"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import PartMissing
from server.cli import context
from transcode.check import check as check_source
from transcode.ffmpeg import locate
from transcode.sources import Bounds, FolderSource, HttpSource

if TYPE_CHECKING:
    from transcode.ffmpeg import Ffmpeg

hls_app = typer.Typer(help="HLS streams.", no_args_is_help=True)

INVALID = 3


@hls_app.callback()
def _group() -> None:
    """HLS streams."""


@hls_app.command("check")
def check(
    target: Annotated[str, typer.Argument(help="URL, a folder, or a file: a playlist or an MPD.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    decode: Annotated[bool, typer.Option(help="Decode every segment too.")] = True,
    seconds: Annotated[float, typer.Option(help="How long the check may take.", min=1)] = 3_600.0,
    allow_private: Annotated[
        bool, typer.Option(help="Let a playlist lead to other servers at private addresses.")
    ] = False,
) -> None:
    """Check grammar, files, times, codecs, bandwidth, alignment, delays and decoding of HLS, or of
    DASH (an .mpd). Exit 0 or 3."""
    tool = _tool() if decode else None
    remote = target.startswith(("http://", "https://"))
    bounds = Bounds(seconds=seconds)
    opened = (
        HttpSource(target, allow_private=allow_private, bounds=bounds)
        if remote
        else nullcontext(FolderSource(Path(target), bounds))
    )
    with opened as source:
        report = check_source(source, tool)
    told = _relative(report.to_json(), target.rpartition("/")[0] + "/" if remote else "")
    if as_json:
        context.print_json(told)
    else:
        _print(told)
    raise typer.Exit(0 if report.ok else INVALID)


def _tool() -> Ffmpeg | None:
    try:
        return locate()
    except PartMissing as missing:
        context.err.print(f"segments are not decoded: {missing.message}", markup=False)
        return None


def _relative(report: dict[str, Any], base: str) -> dict[str, Any]:
    """Names and places below the address that was asked for: it may hold a listener's token."""
    if base:
        for one in report["renditions"]:
            one["name"] = one["name"].removeprefix(base)
        for found in report["findings"]:
            found["place"] = found["place"].removeprefix(base)
            found["message"] = found["message"].replace(base, "")
    return report


def _print(report: dict[str, Any]) -> None:
    columns = ("name", "codecs", "rate", "segments", "seconds", "bandwidth", "average_bandwidth")
    rows = [{**one, "seconds": round(one["seconds"], 3)} for one in report["renditions"]]
    context.print_table(columns, rows)
    for found in report["findings"]:
        typer.echo("{level} {code} {place}: {message}. {remedy}.".format(**found))
    typer.echo("ok" if report["ok"] else "not ok")
