"""What the commands of money share: who enters, imports that are refused, months in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.actors import command_line
from server.cli.context import err, print_json, print_table
from server.royalties.figures import Author

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.local import Local
    from server.royalties.terms import Finding

INVALID = 3
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str, typer.Option("--by", help="Operator who does it; empty: your account.")]
Period = Annotated[str, typer.Option(help="Month, such as 2026-11.")]


def author(local: Local, by: str = "") -> Author:
    """Who enters something, by the settings of this call."""
    return Author(
        name=by.strip()[:200] or command_line(),
        clock=local.clock,
        four_eyes=local.settings.royalties.four_eyes,
    )


def tell(found: Any, columns: Sequence[str], as_json: bool) -> None:  # noqa: ANN401
    """JSON as it is, or a table of one or several."""
    if as_json:
        print_json(found)
    else:
        print_table(columns, found if isinstance(found, list) else [found])


def refuse(findings: Sequence[Finding], as_json: bool) -> None:
    """Tell the findings of an import and leave with exit code 3."""
    if as_json:
        print_json({"ok": False, "entered": 0, "findings": [one.to_json() for one in findings]})
    for one in findings:
        err.print(f"{one.place}: {one.message}. {one.remedy}", markup=False, soft_wrap=True)
    err.print("Nothing was entered.")
    raise typer.Exit(INVALID)


def told_import(entered: list[dict[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    """Tell what an import entered."""
    if as_json:
        print_json({"ok": True, "entered": len(entered), "findings": [], "rows": entered})
    else:
        print_table(columns, entered)
