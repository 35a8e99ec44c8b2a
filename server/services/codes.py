"""Every code that a delivery can meet, wherever it is found: one place to look them up."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ddex import others
from ddex.ern import rules
from ddex.ern.rules.policy import NAMES
from ingest import changes, faults, rulings

if TYPE_CHECKING:
    from ddex.findings import Rule

Shape = dict[str, Any]


@cache
def every_rule() -> tuple[Rule, ...]:
    """All codes, sorted."""
    found = {
        rule.code: rule
        for rule in (
            *others.RULES,
            *faults.RULES,
            *changes.RULES,
            *rulings.RULES,
            *rules.all_rules(),
        )
    }
    return tuple(found[code] for code in sorted(found))


def find_rule(code: str) -> Rule | None:
    """The entry of a code, in any letter case."""
    wanted = code.strip().upper()
    return next((rule for rule in every_rule() if rule.code == wanted), None)


def severities(rule: Rule) -> dict[str, str]:
    """What the code means under each named policy: `reject`, `hold`, `warn` or `off`."""
    return {
        name: rules.read_policy({"name": name}, ())
        .level(rule.code, rule.number, rule.severity)
        .value
        for name in NAMES
    }


def described(rule: Rule) -> Shape:
    """The documented shape of a code."""
    return {
        "code": rule.code,
        "rule": rule.number,
        "severity": rule.severity.value,
        "policies": severities(rule),
        "ack_status": rule.ack_status,
        "clause": rule.clause,
        "text": rule.text,
        "remedy": rule.remedy,
        "wrong": rule.wrong,
        "right": rule.right,
    }
