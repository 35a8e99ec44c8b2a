"""`segue dsr`: reports for rights holders, from a period's plays to what recipients have."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Misuse, NotFound, PartMissing
from core.schemas import HOW_TO_GET_THEM, SchemaFolder
from ddex.dsr.checker import check
from ddex.dsr.parts import together
from ingest.feed_audit import Actor
from server.books import open_books
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json, print_table, settings
from server.offices import report_office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.dsr.checker import Report
    from server.reporting.closing import Office

dsr_app = typer.Typer(help="Usage reports (DDEX DSR).", no_args_is_help=True)
recipients_app = typer.Typer(help="Who gets reports, and how.", no_args_is_help=True)
dsr_app.add_typer(recipients_app, name="recipients")

_INVALID = 3
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Period = Annotated[
    str, typer.Argument(help="2026-11, 2026-Q4, or a week: 2026-11-02--2026-11-08.")
]
_Only = Annotated[
    list[str] | None, typer.Option("--recipient", help="Only this one; may be given again.")
]
_As = Annotated[str, typer.Option("--as", help="Who does it; default: the account that calls.")]


@contextmanager
def _office(ctx: typer.Context, who: str) -> Iterator[tuple[Office, Actor]]:
    with opened(ctx) as local:
        open_books(local).load()  # no play that a dead server left behind may be missed
        yield report_office(local), Actor(who or command_line())


@dsr_app.command("plan")
def plan(
    ctx: typer.Context,
    period: _Period,
    only: _Only = None,
    again: Annotated[bool, typer.Option("--again", help="Take an approval back.")] = False,
    who: _As = "",
    as_json: _Json = False,
) -> None:
    """Work a closed period out for its recipients; writes nothing but the plan."""
    with _office(ctx, who) as (office, by):
        _show(office.plan(period, by, only or (), again=again), as_json)


@dsr_app.command("approve")
def approve(
    ctx: typer.Context,
    period: _Period,
    fingerprint: Annotated[str, typer.Option(help="Of the plan that you looked at.")] = "",
    who: _As = "",
    as_json: _Json = False,
) -> None:
    """Approve the plan: its figures are locked. Another operator than the planner does it."""
    with _office(ctx, who) as (office, by):
        _show(office.approve(period, by, fingerprint), as_json)


@dsr_app.command("build")
def build(
    ctx: typer.Context,
    period: Annotated[str, typer.Argument(help="An approved period.")] = "",
    recipient: Annotated[
        str, typer.Option(help="Provisional reports of this one, as its figures stand now.")
    ] = "",
    named: Annotated[str, typer.Option("--period", help="The period, for --recipient.")] = "",
    who: _As = "",
    as_json: _Json = False,
) -> None:
    """Write all files of an approved period, or none; with --recipient provisional ones."""
    period = period or named
    if not period:
        raise Misuse("name a period", remedy="such as 2026-11")
    with _office(ctx, who) as (office, by):
        if not recipient:
            _show(office.build(period, by), as_json)
            return
        built = office.draft(period, recipient)
    for warning in built["warnings"]:
        err.print(f"Warning: {warning}", markup=False)
    err.print(f"Reports of {built['period']} are provisional until it is closed.")
    if as_json:
        print_json(built)
    else:
        print_table(("file", "rows", "usages", "allocated"), built["reports"])


@dsr_app.command("deliver")
def deliver(ctx: typer.Context, period: _Period, who: _As = "", as_json: _Json = False) -> None:
    """Check what was built, and send what is not sent yet; nothing is sent twice."""
    with _office(ctx, who) as (office, by):
        if office.show(period)["state"] == "built":
            office.check(period, by)
        _show(office.deliver(period, by), as_json)


@dsr_app.command("acknowledge")
def acknowledge(
    ctx: typer.Context,
    period: _Period,
    recipient: Annotated[str, typer.Option(help="Who has its files; empty: all.")] = "",
    who: _As = "",
    as_json: _Json = False,
) -> None:
    """Note that a recipient has taken its files."""
    with _office(ctx, who) as (office, by):
        _show(office.acknowledge(period, by, recipient), as_json)


@dsr_app.command("reissue")
def reissue(
    ctx: typer.Context,
    period: _Period,
    reason: Annotated[str, typer.Option(help="What was wrong, for the audit and the files.")],
    only: _Only = None,
    who: _As = "",
    as_json: _Json = False,
) -> None:
    """Plan a delivered period again; what was sent stays, the new issue states its difference."""
    with _office(ctx, who) as (office, by):
        _show(office.reissue(period, by, reason, only or ()), as_json)


@dsr_app.command("show")
def show(
    ctx: typer.Context,
    period: Annotated[str, typer.Argument(help="Empty: all periods.")] = "",
    issue: Annotated[int, typer.Option(min=0, help="0: the newest.")] = 0,
    as_json: _Json = False,
) -> None:
    """Show a period's closing, or all of them."""
    with _office(ctx, "") as (office, _):
        if period:
            _show(office.show(period, issue), as_json)
            return
        found = office.every()
    if as_json:
        print_json({"closings": found})
    else:
        print_table(("period", "issue", "state", "planned_by", "approved_by"), found)


@recipients_app.command("list")
def list_recipients(ctx: typer.Context, as_json: _Json = False) -> None:
    """Everybody who gets reports; feeds without terms of their own get Part 9 by the month."""
    with _office(ctx, "") as (office, _):
        found = office.recipients()
    if as_json:
        print_json({"recipients": found})
    else:
        print_table(("id", "name", "dpid", "profile", "version", "period", "target"), found)


@recipients_app.command("set")
def set_recipient(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Id: a DPID, or a name of your own.")],
    terms: Annotated[
        list[str], typer.Option("--term", help="KEY=VALUE, such as profile=BasicAudioProfile.")
    ],
    secret_file: Annotated[
        Path | None,
        typer.Option(help="Password, OpenSSH key, or KEY_ID:SECRET of the delivery target."),
    ] = None,
    who: _As = "",
    as_json: _Json = False,
) -> None:
    """Agree on a recipient's terms; those not named stay as they are."""
    with _office(ctx, who) as (office, by):
        known = {one["id"]: one for one in office.recipients()}
        given = {"id": name, "dpid": name, **known.get(name, {}), **dict(map(_term, terms))}
        found = office.agree(given, by, _secret(secret_file))
    if as_json:
        print_json(found)
    else:
        for key, value in found.items():
            typer.echo(f"{key}: {value}")


def _term(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise Misuse(f"{text!r} is no KEY=VALUE", remedy="such as --term currency=EUR")
    if key in {"feeds", "releases", "territories"}:
        return key, [one for one in value.split(",") if one]
    try:
        parsed = json.loads(value)
    except ValueError:
        return key, value
    return key, parsed if isinstance(parsed, bool | int) and key != "version" else value


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotFound(f"can't read {path}") from wrong


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
    resource = schemas if schemas.configured else None
    reports = together([_check(path, resource, xsd=xsd) for path in files])
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


def _show(closing: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(closing)
        return
    typer.echo(f"{closing['period']}, issue {closing['issue']}: {closing['state']}")
    service = closing["preview"]["service"]
    for hole in service["holes"]:
        err.print(f"{hole['level']}: {hole['message']} {hole['remedy']}", markup=False)
    lines = [
        {**line, "amounts": " ".join(f"{v} {k}" for k, v in line["amounts"].items())}
        for line in closing["preview"]["recipients"]
    ]
    columns = ("name", "profile", "territories", "rows", "usages", "amounts", "change", "check")
    print_table(columns, lines)
    left_out = service["left_out"]
    typer.echo(f"{service['counted']} plays counted, {left_out} left out")
    if closing["files"]:
        print_table(("file", "rows", "usages", "state", "target"), closing["files"])
