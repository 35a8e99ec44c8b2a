"""`segue usage`: what was heard, accounted and provable."""

from __future__ import annotations

import typer

from server.cli.usage_simulate import simulate

usage_app = typer.Typer(help="Plays, accounted and provable.", no_args_is_help=True)
usage_app.command("simulate")(simulate)
