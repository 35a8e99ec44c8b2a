"""The command line: `segue COMMAND`. Data on stdout, messages on stderr, `--json` everywhere.

Exit codes: 0 ok, 1 failure, 2 usage, 3 document invalid, 4 not found, 5 not allowed, 6 network
(worth a retry), 7 conflict.
"""

from __future__ import annotations

import io
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from core.errors import SegueError
from server.cli import context
from server.cli.lazy import LazyGroup

app = typer.Typer(
    name="segue",
    cls=LazyGroup,
    help="A streaming DSP: DDEX deliveries in, adaptive HLS out, DSR back.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"segue {version('segue')}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="Settings file; default segue.toml when it is there.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder (setting `data`).")] = None,
    log: Annotated[str | None, typer.Option(help="Log level (setting `log`).")] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    ctx.obj = context.Options(config, data, log)


def main() -> None:
    """Run, and turn our errors into a sentence, a remedy and an exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # what is shown may be in any script
        sys.stdout.reconfigure(errors="replace")
    try:
        app()
    except SegueError as error:
        context.err.print(f"segue: {error.message}", markup=False)
        if error.remedy:
            context.err.print(f"       {error.remedy}", markup=False)
        sys.exit(error.exit_code)
