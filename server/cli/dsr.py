"""`segue dsr`: reports for rights holders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import NotFound, PartMissing
from core.schemas import HOW_TO_GET_THEM, SchemaFolder
from ddex.dsr.checker import check
from server.cli.context import err, opened, print_json, print_table, settings
from server.reporting.build import Workshop, build_reports
from server.reporting.part9 import Party
from server.usage.loader import Loader

if TYPE_CHECKING:
    from ddex.dsr.checker import Report

dsr_app = typer.Typer(help="Usage reports (DDEX DSR).", no_args_is_help=True)

_INVALID = 3
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dsr_app.command("build")
def build(
    ctx: typer.Context,
    recipient: Annotated[str, typer.Option(help="DPID of the recipient, as its feed has it.")],
    period: Annotated[str, typer.Option(help="Month, such as 2026-11.")],
    as_json: _Json = False,
) -> None:
    """Write the Part 9 reports of one recipient and month into its feed's reports/."""
    with opened(ctx) as local:
        Loader(local.database, local.data.spool, local.clock).run_once()  # none may be missed
        schemas = SchemaFolder(local.settings.schema_folder)
        party = local.settings.party
        shop = Workshop(
            database=local.database,
            clock=local.clock,
            inbox=local.data.inbox,
            drafts=local.data.work / "reports",
            sender=Party(dpid=party.dpid, name=party.name),
            resource=schemas if schemas.configured else None,
        )
        built = build_reports(shop, recipient, period)
    for warning in built["warnings"]:
        err.print(f"Warning: {warning}", markup=False)
    if built["provisional"]:
        err.print(f"{built['period']} is still open: these reports are provisional.")
    if as_json:
        print_json(built)
    elif built["reports"]:
        print_table(("file", "rows", "usages", "allocated"), built["reports"])


@dsr_app.command("check")
def check_files(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="DSR flat files, .tsv or .tsv.gz.")],
    xsd: Annotated[
        bool, typer.Option("--xsd", help="Render as XML and validate by DDEX's schema too (slow).")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Check DSR flat files, anyone's; exit code 3 when one has errors."""
    schemas = SchemaFolder(settings(ctx).schema_folder)
    if xsd and not schemas.configured:
        raise PartMissing("DDEX's schemas are absent", remedy=HOW_TO_GET_THEM)
    reports = [_check(path, schemas if schemas.configured else None, xsd=xsd) for path in files]
    ok = all(report.ok for report in reports)
    if as_json:
        found = [report.to_json() for report in reports]
        print_json(found[0] if len(found) == 1 else {"ok": ok, "files": found})
    else:
        for report in reports:
            _print(report)
    if not ok:
        raise typer.Exit(_INVALID)


def _check(path: Path, schemas: SchemaFolder | None, *, xsd: bool) -> Report:
    try:
        with path.open("rb") as file:
            return check(file, path.name, resource=schemas, xsd=xsd)
    except OSError as wrong:
        raise NotFound(f"{path} can't be read: {wrong.strerror}") from wrong


def _print(report: Report) -> None:
    state = "ok" if report.ok else "not ok"
    typer.echo(
        f"{report.file}: {state}, {report.profile} {report.version}, {report.rows} rows,"
        f" schema {report.schema}"
    )
    for finding in report.findings:
        place = f"line {finding.line}" if finding.line else "file"
        cell = f" {finding.record} {finding.cell}".rstrip()
        typer.echo(f"  {finding.level} {finding.code} {place}{cell}: {finding.message}")
        typer.echo(f"      {finding.remedy}")
