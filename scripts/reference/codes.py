"""docs/reference/codes.md: codes that a program may meet, from the tables that give them."""

from __future__ import annotations

import inspect

from catalog.rights import ReasonCode
from ddex.dsr import rules as dsr
from reference.markdown import code, page, table
from server import errors
from transcode.findings import FAULTS

INTRODUCTION = """
Codes are stable: programs may rely on them. Sentences are for people and may change.
"""

REASONS = {
    ReasonCode.ALLOWED: "It may be played.",
    ReasonCode.TERRITORY_UNKNOWN: "The listener's territory is no territory we know.",
    ReasonCode.NO_DEALS: "The sender has no deal for it, anywhere.",
    ReasonCode.NO_DEAL_HERE: "There are deals, none for this territory.",
    ReasonCode.TAKEN_DOWN: "The sender took it down here.",
    ReasonCode.NOT_YET: "A deal opens later; `until` says when.",
    ReasonCode.ENDED: "The last deal has ended.",
    ReasonCode.NOT_IN_PLAN: "There is a deal here, for another commercial model than the tier's.",
    ReasonCode.USE_NOT_GRANTED: "There is a deal here, for other uses.",
    ReasonCode.OUT_OF_BAND: "The terms were agreed outside the message, so it grants nothing.",
    ReasonCode.PRE_ORDER_ONLY: "Until its release it can only be ordered.",
    ReasonCode.NO_PERIOD: "The deal has no time in which it is valid.",
    ReasonCode.UNREADABLE: "The deal has a date that cannot be read, so it grants nothing.",
}


def _reasons() -> str:
    """The page must know every reason, so a new one without a line here is an error."""
    rows = [(code(reason), REASONS[reason]) for reason in ReasonCode]
    return table(("reason", "meaning"), rows)


def _api_errors() -> str:
    rows: dict[str, tuple[str, int, str]] = {}
    for kind, status, name in errors.TABLE:
        when = (inspect.getdoc(kind) or "").split("\n\n")[0]
        rows.setdefault(name, (code(name), status, when))
    for status, name, when in errors.DOOR.values():
        if when:
            rows.setdefault(name, (code(name), status, when))
    rows["internal"] = (code("internal"), 500, "Our fault; the log holds it by its request id.")
    return table(("code", "status", "when"), rows.values())


def _hls() -> str:
    rows = [
        (code(name), fault.level, fault.meaning, fault.remedy) for name, fault in FAULTS.items()
    ]
    return table(("code", "level", "what is wrong", "remedy"), rows)


def _dsr() -> str:
    rules = sorted(dsr.RULES, key=lambda rule: rule.code)
    rows = [(code(rule.code), rule.level, rule.text, rule.remedy) for rule in rules]
    return table(("code", "level", "rule", "remedy"), rows)


def codes_page() -> str:
    """Rights, the API, then the checks of files."""
    return page(
        "Codes",
        INTRODUCTION,
        "Findings of a delivery have [a page of their own](ern-rules.md).",
        "## Reasons of rights",
        "In the answer of a refused play (`error.reason`) and on tracks that cannot be played.",
        _reasons(),
        "## Errors of the API",
        _api_errors(),
        "## Checks of HLS",
        "By `segue hls check`. An error makes it exit with 3.",
        _hls(),
        "## Checks of DSR files",
        "By `segue dsr check`. An error makes it exit with 3.",
        _dsr(),
    )
