"""`segue explain`: what a code means, how to mend it, wrong and right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import NotFound
from ddex.ern import rules
from ingest import faults
from server.cli import context

if TYPE_CHECKING:
    from ddex.findings import Rule


def explain(
    code: Annotated[str, typer.Argument(help="A code such as ERN-1101; without one, all.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain a finding's code: what the rule demands, how to mend, wrong and right."""
    every = sorted((*rules.all_rules(), *faults.RULES), key=lambda rule: rule.code)
    wanted = code.strip().upper()
    entry = next((rule for rule in every if rule.code == wanted), None)
    if wanted and entry is None:
        raise NotFound(f"no code {code}", remedy="list them: segue explain")
    if as_json:
        context.print_json(described(entry) if entry else [described(each) for each in every])
    elif entry is None:
        context.print_table(("code", "severity", "text"), [described(each) for each in every])
    else:
        for name, value in described(entry).items():
            typer.echo(f"{name:11} {value}")


def described(rule: Rule) -> dict[str, Any]:
    """The documented shape of a code."""
    return {
        "code": rule.code,
        "rule": rule.number,
        "severity": rule.severity.value,
        "ack_status": rule.ack_status,
        "clause": rule.clause,
        "text": rule.text,
        "remedy": rule.remedy,
        "wrong": rule.wrong,
        "right": rule.right,
    }
