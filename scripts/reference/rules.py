"""docs/reference/ern-rules.md from the tables that the checks of a delivery obey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules import all_rules
from ingest import faults
from reference.markdown import code, page, table

if TYPE_CHECKING:
    from ddex.findings import Rule

INTRODUCTION = """
What Segue finds in a delivery, by code. A finding names file, line and element path, says what is
wrong and what to do; it stands in `segue deliveries show`, in the console and in the
acknowledgement. The worst one decides: **reject** refuses the release, **hold** waits for an
operator, **warn** changes nothing. *Status* is the FileStatus of the acknowledgement.
"""


def _row(rule: Rule) -> tuple[str, ...]:
    return (f"[{rule.code}](#{rule.code.lower()})", rule.severity, rule.text)


def _section(rule: Rule) -> str:
    """One code with its clause, remedy and example."""
    parts = [
        f"### {rule.code}",
        f"**{rule.severity}**, status {code(rule.ack_status)}. {rule.text}",
        f"*Remedy:* {rule.remedy}",
        f"*Source:* {rule.clause}" if rule.clause else "",
    ]
    if rule.wrong or rule.right:
        parts.append(
            "```xml\n"
            f"<!-- wrong -->\n{rule.wrong or '<!-- (absent) -->'}\n"
            f"<!-- right -->\n{rule.right or '<!-- (absent) -->'}\n```"
        )
    return "\n\n".join(part for part in parts if part)


def rules_page() -> str:
    """The list of codes, then each one."""
    rules = sorted((*all_rules(), *faults.RULES), key=lambda rule: rule.code)
    return page(
        "Rules of a delivery",
        INTRODUCTION,
        table(("code", "severity", "rule"), map(_row, rules)),
        "## Each code",
        *map(_section, rules),
    )
