"""`segue bench NAME`: run a benchmark of the checkout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from core import spawn
from core.errors import NotFound

FOLDER = Path("bench")


def bench(
    name: Annotated[str, typer.Argument(help="Which one; without a name, they are listed.")] = "",
    options: Annotated[
        list[str] | None, typer.Argument(help="Its own options, behind `--`.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure against a named reference; run it in the checkout."""
    known = sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))
    if name not in known:
        raise NotFound(
            f"no benchmark {name!r} in {FOLDER.resolve()}" if name else "name a benchmark",
            remedy=f"one of: {', '.join(known)}" if known else "run it in a checkout of Segue",
        )
    argv = [sys.executable, str(FOLDER / f"{name}.py"), *(options or ())]
    if as_json:
        argv.append("--json")
    child = spawn.start(argv, stdout=None, stderr=None)
    raise typer.Exit(child.wait())
