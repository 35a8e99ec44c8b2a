"""`segue revenue`: what the service earned, and how many subscribers it had."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.errors import Misuse
from server.cli.context import opened
from server.cli.money import By, Json, Period, author, refuse, tell, told_import
from server.royalties import figures

revenue_app = typer.Typer(
    help="Net revenue that shares are made of, and numbers of subscribers.", no_args_is_help=True
)
_COLUMNS = ("period", "territory", "tier", "model", "amount", "gross", "currency", "approved_by")
_SUBSCRIBERS = ("period", "territory", "tier", "type", "count", "source")
_Other = Annotated[
    bool,
    typer.Option("--other-currency", help="It was earned beside revenue in another currency."),
]


@revenue_app.command("set")
def set_command(
    ctx: typer.Context,
    period: Period,
    territory: Annotated[str, typer.Option(help="ISO 3166-1 code, such as DE.")],
    amount: Annotated[str, typer.Option(help="Net revenue, such as 1234.56.")],
    currency: Annotated[str, typer.Option(help="ISO 4217 code, such as EUR.")],
    tier: Annotated[str, typer.Option(help="Tier, such as premium; empty: all others.")] = "",
    model: Annotated[str, typer.Option(help="CommercialModelType; may be empty.")] = "",
    gross: Annotated[str, typer.Option(help="Revenue before deductions, for reports.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the figure back.")] = False,
    other_currency: _Other = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Set the net revenue of a month, territory and tier (or commercial model)."""
    entry = figures.Entry(
        period=period, territory=territory, tier=tier, model=model, amount=amount,
        currency=currency, gross=gross,
    )  # fmt: skip
    with opened(ctx) as local, local.database.write() as session:
        if withdraw:
            found = figures.withdraw_revenue(session, author(local, by), entry)
        else:
            found = figures.set_revenue(
                session, author(local, by), entry, other_currency=other_currency
            )
    tell(found, _COLUMNS, as_json)


@revenue_app.command("list")
def list_command(
    ctx: typer.Context,
    period: Annotated[str, typer.Option(help="Month, such as 2026-11; empty: all.")] = "",
    as_json: Json = False,
) -> None:
    """List the revenue that is set."""
    with opened(ctx) as local, local.database.read() as session:
        found = figures.list_revenue(session, period)
    tell(found, _COLUMNS, as_json)


@revenue_app.command("import")
def import_command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a heading; see the how-to.")],
    other_currency: _Other = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Set all figures of a CSV file, or none when a line is wrong; exit code 3 then."""
    with opened(ctx) as local, local.database.write() as session:
        entered, findings = figures.import_revenue(
            session, author(local, by), file, other_currency=other_currency
        )
    if findings:
        refuse(findings, as_json)
    told_import(entered, _COLUMNS, as_json)


@revenue_app.command("approve")
def approve(ctx: typer.Context, period: Period, by: By = "", as_json: Json = False) -> None:
    """Approve the figures of a month that another operator entered."""
    with opened(ctx) as local, local.database.write() as session:
        found = figures.approve_revenue(session, author(local, by), period)
    tell(found, _COLUMNS, as_json)


@revenue_app.command("subscribers")
def subscribers(
    ctx: typer.Context,
    period: Period,
    territory: Annotated[str, typer.Option(help="ISO 3166-1 code, such as DE.")] = "",
    tier: Annotated[str, typer.Option(help="Tier, such as premium.")] = "",
    kind: Annotated[
        str, typer.Option("--type", help="individual, family, student, trial or your own.")
    ] = "individual",
    count: Annotated[str, typer.Option(help="How many.")] = "",
    accounts: Annotated[
        bool, typer.Option("--from-accounts", help="Count the accounts of listeners.")
    ] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Set, count or (with --period alone) list subscribers of a month."""
    if bool(count) == accounts and (count or accounts):
        raise Misuse("--count and --from-accounts exclude each other", remedy="give one of them")
    with opened(ctx) as local, local.database.write() as session:
        who = author(local, by)
        if accounts:
            found = figures.count_accounts(session, who, period)
        elif count:
            found = [
                figures.set_subscribers(
                    session, who, period=period, territory=territory, tier=tier, kind=kind,
                    count=count,
                )
            ]  # fmt: skip
        else:
            found = figures.list_subscribers(session, period)
    tell(found, _SUBSCRIBERS, as_json)
