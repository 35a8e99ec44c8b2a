"""The protocol suite at the doors of a feed, with a progress bar, and its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ddex.choreography.rows import row
from distro.release import Sides
from distro.suite import run
from distro.suite.door import Occasion
from distro.suite.report import State
from server.cli import feed_ways
from server.cli.context import WIDE
from server.cli.feed_behind import Behind

if TYPE_CHECKING:
    from distro.suite.report import Outcome, Report
    from server.cli.feed_ways import Guest

_COLOURS = {
    State.PASSED: "green",
    State.FAILED: "bold red",
    State.NOT_OFFERED: "dim",
    State.NOT_RUN: "yellow",
}


def examine(guest: Guest, protocols: tuple[str, ...], patience: float) -> list[Report]:
    """The suite at every door of these protocols, one after the other."""
    local, feed = guest.local, guest.feed
    party = local.settings.party
    occasion = Occasion(
        row=row(feed.choreography),
        sides=Sides(
            sender_dpid=feed.dpid,
            sender_name=feed.name,
            recipient_dpid=party.dpid,
            recipient_name=party.name,
        ),
        recipient=Behind(local, feed.id),
        patience=patience,
    )
    ways = [way for protocol in protocols for way in feed_ways.ways(guest, protocol)]
    reports = []
    with _bar() as bar:
        task = bar.add_task("", total=len(ways) * len(run.STEPS))
        for way in ways:

            def heard(outcome: Outcome, name: str = way.protocol) -> None:
                bar.update(task, advance=1, description=f"{name}: {outcome.step}")

            bar.update(task, description=way.protocol)
            reports.append(run.examine(way, occasion, local.clock, heard))
    return reports


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def show(report: Report) -> None:
    """The table of one protocol, with rule and remedy of what failed."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    table.title = Text(f"{report.protocol}  {report.address}  {report.seconds:.1f} s")
    table.add_column("step", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("s", justify="right")
    table.add_column("what was seen", overflow="fold")
    for one in report.outcomes:
        table.add_row(*_cells(one))
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)


def _cells(one: Outcome) -> tuple[Any, ...]:
    told = Text(one.told)
    if one.state is State.FAILED:
        told.append(f"\nrule: {one.rule}\nremedy: {one.remedy}", style="red")
    return one.step, Text(one.state.value, style=_COLOURS[one.state]), f"{one.seconds:.2f}", told
