"""How much each rule matters to one feed: the severities of the table, changed by policy.

A policy has a name, which says what it does to whole groups of rules, and overrides by code or by
rule number, which go before it. What would open a door to a stranger, or publish what can't be
played, has a floor: a policy can be stricter there, not softer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ddex.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ddex.findings import Rule


class Level(StrEnum):
    """What a policy makes of a rule, worst first."""

    REJECT = "reject"
    HOLD = "hold"
    WARN = "warn"
    OFF = "off"


NAMES = ("strict", "normal", "lenient")
"""`normal` leaves the table as it is. `strict` refuses what would be held, and holds what would be
a warning, of the rules about the message's content. `lenient` takes in, with a warning, what is
merely incomplete: it softens holds about values, identifiers and metadata."""

NUMBERS: Mapping[str, int] = MappingProxyType({"cover_hold_px": 600, "cover_warn_px": 1400})
"""Numbers that a policy may set, with their defaults: the shorter side of a front cover, in pixels,
below which it is held or warned of. 1,400 is the least that most services take; below 600 the
largest picture of the player would be blown up."""

FLOORS: Mapping[str, Level] = MappingProxyType(
    {
        "0": Level.REJECT,
        "1": Level.REJECT,
        "4": Level.HOLD,
        "8": Level.HOLD,
        "10": Level.HOLD,
        "ERN-0301": Level.REJECT,
        "ERN-0304": Level.REJECT,
        "ERN-0310": Level.WARN,  # it must be told: a test is never published
        "ERN-1901": Level.REJECT,
        "ERN-2001": Level.REJECT,
        "ERN-1801": Level.REJECT,
        "ERN-1902": Level.HOLD,
        "ERN-1905": Level.HOLD,
        "ERN-1907": Level.HOLD,
        "ERN-2101": Level.REJECT,
        "ERN-2102": Level.REJECT,
        "ERN-2107": Level.HOLD,
    }
)
"""By code or rule number: the softest level that a policy can give. It never makes a rule worse
than the table does: a warning of rule 1 may be switched off."""

_CONTENT = frozenset(range(7, 25))
_INCOMPLETE = frozenset({2, *range(9, 19)})
_NOTICES = frozenset({"ERN-1906"})
"""Warnings about nothing wrong, which `strict` leaves alone."""
_UNASKED = frozenset({"ERN-2004"})
"""Rules that only `strict`, or an override, asks for."""
_ORDER = list(Level)


class PolicyInvalid(ValueError):
    """A policy that can't be: `message` says why, `remedy` what could be."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The severities of one feed. `overrides` maps a code or a rule number to a level."""

    name: str = "normal"
    overrides: Mapping[str, Level] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)

    def level(self, code: str, rule: int, severity: Severity) -> Level:
        """What a finding of this code does, that by the table is this severe."""
        table = Level(severity)
        said = self.overrides.get(code) or self.overrides.get(str(rule))
        wanted = said or self._named(code, rule, table)
        return min(wanted, _softest(code, rule, table), key=_ORDER.index)

    def asks(self, rule: Rule) -> bool:
        """Whether a finding of this rule would be seen at all."""
        return self.level(rule.code, rule.number, rule.severity) is not Level.OFF

    def number(self, name: str) -> int:
        """One of `NUMBERS`, as this policy has it."""
        return self.numbers.get(name, NUMBERS[name])

    def to_json(self) -> dict[str, Any]:
        """`{"name", "overrides", "numbers"}`, the last only when there are any."""
        numbers = {"numbers": dict(self.numbers)} if self.numbers else {}
        overrides = {key: level.value for key, level in sorted(self.overrides.items())}
        return {"name": self.name, "overrides": overrides, **numbers}

    def _named(self, code: str, rule: int, table: Level) -> Level:
        if code in _UNASKED and self.name != "strict":
            return Level.OFF
        if self.name == "strict" and rule in _CONTENT and code not in _NOTICES:
            return Level.REJECT if table is not Level.WARN else Level.HOLD
        softened = self.name == "lenient" and rule in _INCOMPLETE and table is Level.HOLD
        return Level.WARN if softened else table


NORMAL = Policy()


def apply(findings: Iterable[Finding], policy: Policy) -> Iterator[Finding]:
    """The findings with the severities of a policy; those that it switches off are left out."""
    for finding in findings:
        level = policy.level(finding.code, finding.rule, finding.severity)
        if level is Level(finding.severity):
            yield finding
        elif level is not Level.OFF:
            yield _graded(finding, Severity(level))


def _graded(finding: Finding, severity: Severity) -> Finding:
    """Advice that a feed takes seriously has to have a status to be told by."""
    mute = finding.ack_status in {"", "FileOK"} and severity is not Severity.WARN
    status = "UserDefined" if mute else finding.ack_status
    return replace(finding, severity=severity, ack_status=status)


def read_policy(data: Mapping[str, Any], rules: Iterable[Rule]) -> Policy:
    """The policy that JSON such as `{"name": "normal", "overrides": {"17": "off"}}` describes.

    Keys beside `name`, `overrides` and `numbers` are not of this module.

    Raises:
        PolicyInvalid: an unknown name, rule or level, or one softer than its floor.
    """
    table = {rule.code: rule for rule in rules}
    name = _one_of("policy", str(data.get("name", "normal")), NAMES)
    overrides = dict(
        _override(str(key), str(level), table) for key, level in data.get("overrides", {}).items()
    )
    numbers = {
        _one_of("number", str(key), tuple(NUMBERS)): _pixels(str(key), value)
        for key, value in data.get("numbers", {}).items()
    }
    return Policy(name=name, overrides=overrides, numbers=numbers)


def _override(key: str, value: str, table: Mapping[str, Rule]) -> tuple[str, Level]:
    level = Level(_one_of("severity", value.strip().lower(), tuple(Level)))
    bare = key.strip().upper()
    numbers = sorted({rule.number for rule in table.values() if rule.number})
    known = (*map(str, numbers), *table)
    found = _one_of("rule", str(int(bare)) if bare.isdecimal() else bare, known)
    for rule in (table[found],) if found in table else ():
        softest = _softest(found, rule.number, Level(rule.severity))
        if _ORDER.index(level) > _ORDER.index(softest):
            raise PolicyInvalid(
                f"{found} can't be softer than {softest.value}: {rule.text}",
                remedy=f"give {' or '.join(_ORDER[: _ORDER.index(softest) + 1])}",
            )
    return found, level


def _softest(code: str, rule: int, table: Level) -> Level:
    """The floor of a code that by the table is more than a warning."""
    floor = FLOORS.get(code) or FLOORS.get(str(rule))
    if floor is None or table is Level.WARN:
        return Level.OFF
    return max(floor, table, key=_ORDER.index)


def _one_of(what: str, value: str, known: tuple[str, ...]) -> str:
    if value in known:
        return value
    close = get_close_matches(value, known, n=1, cutoff=0.5)
    listed = "segue explain" if what == "rule" else ", ".join(known)
    remedy = f"did you mean {close[0]}? " if close else ""
    raise PolicyInvalid(f"no {what} {value!r}", remedy=f"{remedy}known: {listed}")


def _pixels(key: str, value: object) -> int:
    text = str(value)
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise PolicyInvalid(f"{key} is {text!r}", remedy="give a number of pixels, 1 to 10000")
    return int(text)
