"""`segue rates`: exchange rates with their source and day."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.context import opened
from server.cli.money import By, Json, author, refuse, tell, told_import
from server.royalties import exchange

rates_app = typer.Typer(help="Exchange rates.", no_args_is_help=True)
_COLUMNS = ("date", "base", "quote", "rate", "source")


@rates_app.command("set")
def set_command(
    ctx: typer.Context,
    base: Annotated[str, typer.Option(help="One unit of this currency, such as GBP,")],
    quote: Annotated[str, typer.Option(help="is so many of this one, such as EUR.")],
    rate: Annotated[str, typer.Option(help="How many, such as 1.1425.")],
    date: Annotated[str, typer.Option(help="Day of the rate, such as 2026-11-30.")],
    source: Annotated[str, typer.Option(help="Who published it, such as ECB.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Enter a rate; of one day and pair the newest counts."""
    cells = {"base": base, "quote": quote, "rate": rate, "date": date, "source": source}
    with opened(ctx) as local, local.database.write() as session:
        found = exchange.add_rate(session, author(local, by), exchange.read_rate(cells))
    tell(found, _COLUMNS, as_json)


@rates_app.command("import")
def import_command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV: date,base,quote,rate,source.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Enter all rates of a CSV file, or none when a line is wrong; exit code 3 then."""
    with opened(ctx) as local, local.database.write() as session:
        entered, findings = exchange.import_rates(session, author(local, by), file)
    if findings:
        refuse(findings, as_json)
    told_import(entered, _COLUMNS, as_json)


@rates_app.command("list")
def list_command(ctx: typer.Context, as_json: Json = False) -> None:
    """List the rates, the newest first."""
    with opened(ctx) as local, local.database.read() as session:
        found = exchange.list_rates(session)
    tell(found, _COLUMNS, as_json)
