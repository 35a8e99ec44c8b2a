"""`segue validate`: what is wrong with a message, where, and how to mend it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ddex.findings import Outcome
from server.cli import context
from server.cli.advice import Adviser, advice_json
from server.cli.judges import opened_judge
from server.cli.verdicts import Tally, print_advice, print_verdict, report_console
from server.services.judging import STDIN
from server.services.packages import Package, packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

INVALID = 3
MANY = 5
"""From so many messages on, a terminal sees a progress bar."""


def validate(
    ctx: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(help="Messages, release folders or batches; - reads a message from stdin."),
    ],
    feed: Annotated[str, typer.Option(help="Judge as if it came by this feed (its id).")] = "",
    policy: Annotated[str, typer.Option(help="Severities: strict, normal or lenient.")] = "",
    advice: Annotated[
        bool,
        typer.Option("--advice", help="Run official Schematron rules too; they only advise."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check ERN messages and their files. Exit 0 when all are accepted, else 3."""
    found = [package for path in paths for package in _packages(path)]
    adviser = _adviser(ctx) if advice else None
    tally = Tally()
    files: list[dict[str, Any]] = []
    with (
        opened_judge(ctx, found, feed=feed, policy=policy) as judge,
        _progress(len(found)) as (advance, out),
    ):
        for package in found:
            judged = judge.judge(package)
            tally.add(judged.examination.outcome)
            told = adviser.advise(judged.data, judged.examination) if adviser else ()
            if as_json:
                extra = {"advice": [advice_json(each) for each in told]} if adviser else {}
                files.append({**judged.to_json(), **extra})
            else:
                print_verdict(out, judged)
                print_advice(out, told)
            advance()
    ok = tally.all(Outcome.ACCEPT)
    if as_json:
        context.print_json({"ok": ok, "files": files})
    elif len(found) > 1:
        typer.echo(f"\n{tally}")
    raise typer.Exit(0 if ok else INVALID)


def _adviser(ctx: typer.Context) -> Adviser:
    return Adviser(context.settings(ctx).schema_folder / "schematron")


def _packages(path: Path) -> list[Package]:
    return [Package(STDIN)] if path == STDIN else packages(path)


@contextmanager
def _progress(total: int) -> Iterator[tuple[Callable[[], None], Console]]:
    """How to move the bar on, if many messages and a terminal want one, and where to print."""
    out = report_console()
    shown_on = out if out.is_terminal else context.err
    if total < MANY or not shown_on.is_terminal:
        yield lambda: None, out
        return
    columns = (
        TextColumn("Checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    bar = Progress(*columns, console=shown_on, transient=True, redirect_stdout=False)
    with bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task), out
