"""docs/reference/ern-rules.md and a page per code, from the tables that the checks obey."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from reference.markdown import code, page, table
from server.services.codes import every_rule, severities

if TYPE_CHECKING:
    from collections.abc import Callable

    from ddex.findings import Rule

INTRODUCTION = """
What Segue finds in a delivery, by code. A finding names file, line and element path, says what is
wrong and what to do; it stands in `segue validate`, `segue deliveries show`, the API, the console
and the acknowledgement. The worst one decides: **reject** refuses the release, **hold** waits for
an operator, **warn** changes nothing. `segue explain CODE` says the same on the command line.
"""


def _row(rule: Rule) -> tuple[str, ...]:
    return (f"[{rule.code}](codes/{rule.code}.md)", rule.severity, rule.text)


def _title(number: int) -> str:
    return f"## Rule {number}" if number else "## The pipeline itself"


def rules_page() -> str:
    """The list of codes, rule by rule."""
    rules = sorted(every_rule(), key=lambda rule: (rule.number, rule.code))
    parts = []
    for number, same in groupby(rules, key=lambda rule: rule.number):
        parts += [_title(number), table(("code", "severity", "what it demands"), map(_row, same))]
    return page("Rules of a delivery", INTRODUCTION, *parts)


def code_page(rule: Rule) -> str:
    """One code: what it demands, where that stands, how to mend it, wrong and right."""
    facts = [
        ("severity", f"**{rule.severity}**"),
        ("by policy", ", ".join(f"{name} {level}" for name, level in severities(rule).items())),
        ("rule", str(rule.number) if rule.number else "of the pipeline itself"),
        ("answer", code(rule.ack_status)),
        ("source", rule.clause),
    ]
    same = [
        f"[{each.code}]({each.code}.md): {each.text}"
        for each in every_rule()
        if each.number == rule.number and each is not rule
    ]
    return page(
        rule.code,
        rule.text,
        table(("", ""), [fact for fact in facts if fact[1]]),
        f"## Remedy\n\n{rule.remedy}",
        _example("Wrong", rule.wrong),
        _example("Right", rule.right),
        "## See also",
        "\n".join(f"- {line}" for line in [*same, "[All rules](../ern-rules.md)"]),
    )


def _example(title: str, text: str) -> str:
    return f"## {title}\n\n```xml\n{text}\n```" if text else ""


def code_pages() -> dict[str, Callable[[], str]]:
    """Page name → function that makes it, for every code."""
    return {f"codes/{rule.code}.md": partial(code_page, rule) for rule in every_rule()}
