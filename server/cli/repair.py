"""`segue repair`: mends what needs no knowledge of the sender's intent; never touches the input."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from core.errors import Conflict, Misuse
from ddex.ern.repair.doctor import Repair, diff, repair as mend
from ddex.findings import Outcome, clip
from server.cli import context
from server.cli.judges import opened_judge
from server.services.judging import Judged, read_message
from server.services.packages import packages, printable

if TYPE_CHECKING:
    from ddex.ern.examine import Examination
    from server.services.judging import Judge
    from server.services.packages import Package

INVALID = 3
Shape = dict[str, Any]


def repair(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="A message, a release folder or a batch.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for mended messages and diffs.")],
    feed: Annotated[str, typer.Option(help="Judge as if it came by this feed (its id).")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Mend what is certain, into another folder. Exit 0 when all would then be accepted, else 3."""
    found = packages(path)
    root = path if path.is_dir() else path.parent
    files = []
    with opened_judge(ctx, found, feed=feed) as judge:
        for package in found:
            row = _repaired(judge, package, out / package.message.relative_to(root))
            files.append(row)
            if not as_json:
                _print(row)
    ok = all(row["after"]["outcome"] == Outcome.ACCEPT for row in files)
    if as_json:
        context.print_json({"ok": ok, "files": files})
    raise typer.Exit(0 if ok else INVALID)


def _repaired(judge: Judge, package: Package, target: Path) -> Shape:
    data = read_message(package.message, judge.limits.max_bytes + 1)
    made = mend(data, partial(judge.look, package))
    return _row(package, made, _write(target, data, made) if made.mended else None)


def _write(target: Path, data: bytes, made: Repair) -> Path:
    """The mended message and `<name>.diff` beside it; neither may be there already."""
    shown = diff(data, made.data, printable(target.name)).encode()
    beside = target.with_name(f"{target.name}.diff")
    there = [path for path in (target, beside) if os.path.lexists(path)]
    if there:
        raise Conflict(f"{there[0]} is there already", remedy="name another folder with --out")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for path, content in ((target, made.data), (beside, shown)):
            with path.open("xb") as file:
                file.write(content)
    except OSError as wrong:
        raise Misuse(f"{target} can't be written: {wrong.strerror}") from wrong
    return target


def _row(package: Package, made: Repair, written: Path | None) -> Shape:
    """`{path, out, diff, mends: [{codes, line, says}], before, after}`; see `segue validate`."""
    return {
        "path": printable(package.message),
        "out": printable(written) if written else None,
        "diff": f"{printable(written)}.diff" if written else None,
        "mends": [
            {"codes": list(each.codes), "line": each.line, "says": clip(each.says, 500)}
            for each in made.mended
        ],
        "before": _state(package, made.before),
        "after": _state(package, made.after),
    }


def _state(package: Package, found: Examination) -> Shape:
    judged = Judged(package.message, b"", found)
    return {
        "outcome": found.outcome.value,
        "findings": [judged.finding_json(finding) for finding in found.findings],
    }


def _print(row: Shape) -> None:
    out = Console(highlight=False, soft_wrap=True)
    before, after = row["before"], row["after"]
    told = f"{before['outcome']} -> {after['outcome']}"
    counts = f"{len(before['findings'])} -> {len(after['findings'])} findings"
    out.print(Text.assemble(clip(row["path"], 4096), ": ", (told.upper(), "bold"), f", {counts}"))
    for each in row["mends"]:
        out.print(Text(f"  line {each['line']}: {each['says']}", "green"))
    if row["out"]:
        out.print(Text(f"  written: {clip(row['out'], 4096)} and {clip(row['diff'], 4096)}"))
    else:
        out.print(Text("  nothing that can be mended without asking the sender"))
    for each in after["findings"]:
        out.print(Text(f"  left: {each['code']} line {each['line']}: {each['message']}", "yellow"))
