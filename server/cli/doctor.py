"""`segue doctor`: is everything there that the service needs? Looks, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from core.clock import system_clock
from core.errors import SegueError, SettingsInvalid
from core.folders import DataFolder
from server.cli import context
from server.cli.checkup import defence, machine, media, parts, service, stores
from server.cli.checkup.verdict import Patient, State, Verdict, fail

if TYPE_CHECKING:
    from server.cli.checkup.verdict import Check

CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", machine.python),
    ("clock", machine.clock),
    ("settings", service.settings),
    ("data", machine.data),
    ("disk", machine.disk),
    ("database", service.database),
    ("search", service.search),
    ("ffmpeg", parts.ffmpeg),
    ("encodings", media.encodings),
    ("schemas", parts.schemas),
    ("schematron", parts.schematron),
    ("host key", service.host_key),
    ("secrets", service.secrets),
    ("web port", service.web_port),
    ("sftp port", service.sftp_port),
    ("ftp ports", service.ftp_ports),
    ("ftp certificate", service.ftp_certificate),
    ("guard", defence.guard),
    ("virus scanner", defence.scanner),
    ("watched stores", stores.watched),
)
"""In this order: what comes first may explain what comes later."""

_COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red"}


def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check this installation. Exit 0 when it can serve (warnings included), 1 when not."""
    found = _examine(ctx)
    ok = all(verdict.state is not State.FAIL for _, verdict in found)
    rows = [
        {"name": name, "state": each.state.value, "what": each.what, "remedy": each.remedy}
        for name, each in found
    ]
    if as_json:
        context.print_json({"ok": ok, "checks": rows})
    else:
        _print(found)
    raise typer.Exit(0 if ok else 1)


def _examine(ctx: typer.Context) -> list[tuple[str, Verdict]]:
    try:
        settings = context.settings(ctx)
    except SettingsInvalid as wrong:
        return [("settings", fail(wrong.message, wrong.remedy))]
    about = Patient(settings, DataFolder(settings.data), system_clock())
    return [(name, _verdict(check, about)) for name, check in CHECKS]


def _verdict(check: Check, about: Patient) -> Verdict:
    """A check that breaks is a finding too: the others still run."""
    try:
        return check(about)
    except SegueError as wrong:
        return fail(wrong.message, wrong.remedy)
    except OSError as wrong:
        return fail(f"{wrong.filename or ''} {wrong.strerror}".strip(), "mend that, then ask again")


def _print(found: list[tuple[str, Verdict]]) -> None:
    out = Console(highlight=False, soft_wrap=True)
    width = max(len(name) for name, _ in found)
    for name, verdict in found:
        state = (f"{verdict.state.value:4}", _COLOURS[verdict.state])
        out.print(Text.assemble(state, f"  {name:{width}}  {verdict.what}"))
        if verdict.remedy:
            out.print(Text(f"{'':{width + 8}}{verdict.remedy}", "dim"))
