"""What the commands share: the settings of this call, the opened data folder, and how to answer."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core import settings as settings_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.settings import Settings
    from server.local import Local

err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Messages go to stderr; stdout is for data. No path is broken: terminals wrap by themselves."""


@dataclass(frozen=True, slots=True)
class Options:
    """The global options."""

    config: Path | None = None
    data: Path | None = None
    log: str | None = None


def settings(context: typer.Context, **flags: Any) -> Settings:
    """The settings of this call; `flags` are dotted names with `__` for the dot."""
    options = context.find_object(Options) or Options()
    named = {name.replace("__", "."): value for name, value in flags.items()}
    return settings_module.load(
        options.config, flags={"data": options.data, "log": options.log, **named}
    )


@contextmanager
def opened(context: typer.Context) -> Iterator[Local]:
    """The data folder with its database, beside a running or a stopped server."""
    from server.local import open_local

    with open_local(settings(context)) as local:
        yield local


WIDE = 240
"""Columns of a table that goes into a file or a pipe."""
_WHOLE = frozenset({"id", "icpn", "dpid", "username", "state"})
"""Columns that people copy: never cut."""


def print_json(data: Any) -> None:  # noqa: ANN401 - anything that JSON can say
    """One JSON document on stdout, escaped where its encoding lacks letters."""
    letters = "utf" in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    json.dump(data, sys.stdout, indent=2, ensure_ascii=not letters, default=str)
    sys.stdout.write("\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """A table on stdout; cells are plain text, whatever they hold."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=name in _WHOLE, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(row[name] if row[name] is not None else "")) for name in columns))
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
