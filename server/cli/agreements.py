"""`segue agreements`: who is paid at which rate, version by version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import Misuse
from server.cli.context import opened
from server.cli.money import By, Json, author, refuse, tell, told_import
from server.royalties import fields, keeper, terms
from server.royalties.documents import read_document

agreements_app = typer.Typer(help="Agreements with recipients.", no_args_is_help=True)
_COLUMNS = ("name", "version", "recipient", "from", "to", "share", "currency", "approved_by")
_Name = Annotated[str, typer.Argument(help="Name of the agreement.")]


@agreements_app.command("list")
def list_command(ctx: typer.Context, as_json: Json = False) -> None:
    """List the newest version of each agreement."""
    with opened(ctx) as local, local.database.read() as session:
        found = keeper.versions(session)
    tell(found, _COLUMNS, as_json)


@agreements_app.command("show")
def show(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Show all versions of an agreement, the oldest first."""
    with opened(ctx) as local, local.database.read() as session:
        found = keeper.versions(session, name)
    if as_json:
        tell(found, (), as_json)
        return
    for version in found:
        rows = [{"term": key, "value": _text(value)} for key, value in version.items()]
        tell(rows, ("term", "value"), as_json)


@agreements_app.command("set")
def set_command(
    ctx: typer.Context,
    name: _Name,
    recipient: Annotated[str, typer.Option(help="DPID of a feed.")],
    first: Annotated[str, typer.Option("--from", help="First day on which it holds.")],
    share: Annotated[str, typer.Option(help="Part of the allocated revenue: 0.525 or 52.5%.")],
    currency: Annotated[str, typer.Option(help="What is paid in, such as EUR.")],
    last: Annotated[str, typer.Option("--to", help="Last day; empty: until ended.")] = "",
    territory: Annotated[
        list[str] | None, typer.Option(help="Where; several times; -XX leaves one out.")
    ] = None,
    tier: Annotated[list[str] | None, typer.Option(help="Tier; several times.")] = None,
    per_stream: Annotated[str, typer.Option(help="Least for each play.")] = "0",
    per_subscriber: Annotated[
        list[str] | None, typer.Option(help="Least for each subscriber: TYPE=AMOUNT.")
    ] = None,
    deduction: Annotated[
        list[str] | None, typer.Option(help="Kept back before the share: NAME=PERCENT.")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="Whose days make its months.")] = "UTC",
    late_plays: Annotated[str, typer.Option(help="next or reissue.")] = "next",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Add a version of an agreement; terms with more detail come from a file (import)."""
    given = {
        "name": name, "recipient": recipient, "from": first, "to": last or None,
        "share": share, "currency": currency, "territories": territory or [], "tiers": tier or [],
        "per_stream": per_stream, "per_subscriber": _pairs(per_subscriber),
        "deductions": _pairs(deduction), "time_zone": time_zone, "late_plays": late_plays,
    }  # fmt: skip
    agreement, findings = terms.parse(given, name)
    if agreement is None:
        refuse(findings, as_json)
        return
    with opened(ctx) as local, local.database.write() as session:
        found = keeper.add_version(session, author(local, by), agreement)
    tell(found, _COLUMNS, as_json)


@agreements_app.command("end")
def end(
    ctx: typer.Context,
    name: _Name,
    last: Annotated[str, typer.Option(help="Last day on which it holds.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Add a version that ends."""
    with opened(ctx) as local, local.database.write() as session:
        found = keeper.end(session, author(local, by), name, fields.day(last))
    tell(found, _COLUMNS, as_json)


@agreements_app.command("approve")
def approve(ctx: typer.Context, name: _Name, by: By = "", as_json: Json = False) -> None:
    """Approve what waits of an agreement and another operator made."""
    with opened(ctx) as local, local.database.write() as session:
        found = keeper.approve(session, author(local, by), name)
    tell(found, _COLUMNS, as_json)


@agreements_app.command("import")
def import_command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML, JSON or YAML.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Add all agreements of a file, or none when one is wrong; exit code 3 then."""
    document = read_document(file)
    with opened(ctx) as local, local.database.write() as session:
        added, findings = keeper.import_agreements(session, author(local, by), document)
    if findings:
        refuse(findings, as_json)
    told_import(added, _COLUMNS, as_json)


def _pairs(given: list[str] | None) -> dict[str, str]:
    found = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise Misuse(f"{text!r} is no pair", remedy="write NAME=VALUE")
        found[name] = value
    return found


def _text(value: Any) -> str:  # noqa: ANN401 - a term of any kind
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return "" if value is None else str(value)
