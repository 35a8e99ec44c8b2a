"""`segue explain`: what a code means, how to mend it, wrong and right."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from core.errors import NotFound
from server.cli import context
from server.services.codes import described, every_rule, find_rule, severities

if TYPE_CHECKING:
    from ddex.findings import Rule


def explain(
    code: Annotated[str, typer.Argument(help="A code such as ERN-1101; without one, all.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain a finding's code: what the rule demands, how to mend, wrong and right."""
    entry = find_rule(code)
    if code and entry is None:
        raise NotFound(f"no code {code}{_near(code)}", remedy="list them: segue explain")
    every = [described(each) for each in every_rule()]
    if as_json:
        context.print_json(described(entry) if entry else every)
    elif entry is None:
        context.print_table(("code", "rule", "severity", "text"), every)
    else:
        _print(entry)


def _near(code: str) -> str:
    found = difflib.get_close_matches(code.upper(), [rule.code for rule in every_rule()], 1, 0.8)
    return f"; did you mean {found[0]}?" if found else ""


def _print(rule: Rule) -> None:
    out = Console(highlight=False, soft_wrap=True)
    out.print(Text.assemble((rule.code, "bold"), f"  {rule.text}"))
    facts = {
        "rule": str(rule.number) if rule.number else "of the pipeline",
        "severity": rule.severity.value,
        "policies": ", ".join(f"{name} {level}" for name, level in severities(rule).items()),
        "answer": rule.ack_status,
        "source": rule.clause,
        "remedy": rule.remedy,
    }
    for name, value in facts.items():
        if value:
            out.print(Text.assemble((f"{name:10}", "dim"), value))
    for name, value, colour in (("wrong", rule.wrong, "red"), ("right", rule.right, "green")):
        if value:
            out.print(Text(f"{name}:", f"bold {colour}"))
            for line in value.splitlines():
                out.print(Text(f"  {line}"))
