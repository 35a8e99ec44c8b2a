"""A finding: one fault of a document, where it is, which rule it breaks and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED = 1_000
"""At most so many findings are listed for one document."""


class Severity(StrEnum):
    """How much a finding matters, worst first."""

    REJECT = "reject"
    HOLD = "hold"
    WARN = "warn"


class Outcome(StrEnum):
    """What the findings of a message add up to."""

    ACCEPT = "accept"
    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault.

    Attributes:
        code: stable code such as `ERN-0612` (rule 6, second check of it, free last digits).
        rule: number of the business rule, 1 to 25.
        severity: reject, hold or warn.
        ack_status: DDEX FileStatus value for the acknowledgement, e.g. `ResourceMissing`.
        message: a plain sentence that says what is wrong, with the value found.
        remedy: what the sender does about it.
        file: path inside the delivery, relative, of the XML or media file.
        line, column: 1-based place in the XML, 0 when unknown.
        xpath: element path from the root without predicates where unique, else with positions.
        value, expected: what was found and what would have been right; may be empty.
        clause: where the rule stands (standard, part, clause).
        resource: ISRC (or reference) of the affected resource, when it concerns one.
        count: how many times the same finding occurs (folded).
    """

    code: str
    rule: int
    severity: Severity
    ack_status: str
    message: str
    remedy: str
    file: str = ""
    line: int = 0
    column: int = 0
    xpath: str = ""
    value: str = ""
    expected: str = ""
    clause: str = ""
    resource: str = ""
    count: int = 1

    def to_json(self) -> dict[str, Any]:
        """All fields as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        """The inverse of `to_json`."""
        return cls(**{**data, "severity": Severity(data["severity"])})


def outcome(findings: list[Finding] | tuple[Finding, ...]) -> Outcome:
    """The worst severity decides: any reject rejects, else any hold holds, else accept."""
    severities = {finding.severity for finding in findings}
    if Severity.REJECT in severities:
        return Outcome.REJECT
    return Outcome.HOLD if Severity.HOLD in severities else Outcome.ACCEPT


class Placed(Protocol):
    """Anything that says where in the XML it stands."""

    @property
    def line(self) -> int: ...

    @property
    def xpath(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of the table of error codes.

    Attributes:
        code: stable code, `ERN-` + rule number (2 digits) + running number (2 digits).
        number: the business rule it belongs to, 1 to 25.
        severity: what a finding of it does by default.
        ack_status: DDEX FileStatus of the acknowledgement; empty for mere advice.
        clause: where the rule stands.
        text: what the rule demands, one sentence.
        remedy: what the sender does about it.
        wrong, right: an XML example of each.
    """

    code: str
    number: int
    severity: Severity
    ack_status: str
    clause: str
    text: str
    remedy: str
    wrong: str = ""
    right: str = ""

    def at(
        self,
        place: Placed | None,
        message: str,
        *,
        value: str = "",
        expected: str = "",
        resource: str = "",
        file: str = "",
    ) -> Finding:
        """A finding of this rule at a place; long values are cut."""
        return Finding(
            code=self.code,
            rule=self.number,
            severity=self.severity,
            ack_status=self.ack_status,
            message=message,
            remedy=self.remedy,
            file=file,
            line=place.line if place else 0,
            xpath=place.xpath if place else "",
            value=clip(value),
            expected=clip(expected, 400),
            clause=self.clause,
            resource=resource,
        )


def clip(text: str, length: int = 200) -> str:
    """Printable and at most `length` characters: values of a message are hostile."""
    if len(text) <= length and text.isprintable():
        return text
    safe = "".join(
        c if c.isprintable() or category(c) == "Zs" else "\ufffd" for c in text[: length + 1]
    )
    return safe if len(safe) <= length else safe[: length - 1] + "…"


LEFT_OUT = Rule(
    code="ERN-0190",
    number=1,
    severity=Severity.WARN,
    ack_status="",
    clause="Segue, reports",
    text="A report lists at most 1,000 different findings; this one says how many more there are.",
    remedy="Mend what is listed, then check the message again.",
    wrong="<!-- 1,100 recordings, each with another faulty ISRC -->",
    right="<ISRC>GBAYE0601498</ISRC>",
)
RULES: tuple[Rule, ...] = (LEFT_OUT,)


def fold(findings: Iterable[Finding], limit: int = LISTED) -> tuple[Finding, ...]:
    """Same finding (code, file, value, message) becomes one with a count, at its first place.

    Document order is kept. When there are more than `limit`, the worst are kept, and the last one
    (`LEFT_OUT`, counted in) says how many are not listed. Memory is bounded by the limit.
    """
    kept: dict[Severity, dict[tuple[str, ...], tuple[int, Finding]]] = {s: {} for s in Severity}
    left_out = 0
    for order, finding in enumerate(findings):
        if finding.code == LEFT_OUT.code:
            left_out += finding.count
            continue
        same = kept[finding.severity]
        key = (finding.code, finding.file, finding.value, finding.message)
        known = same.get(key)
        if known is not None:
            same[key] = (known[0], replace(known[1], count=known[1].count + finding.count))
        elif len(same) < limit:
            same[key] = (order, finding)
        else:
            left_out += 1
    worst = [entry for severity in Severity for entry in kept[severity].values()]
    if left_out or len(worst) > limit:
        left_out += max(0, len(worst) - (limit - 1))
        worst = worst[: limit - 1]
    listed = tuple(finding for _, finding in sorted(worst, key=lambda entry: entry[0]))
    return (*listed, _left_out(left_out)) if left_out else listed


def _left_out(count: int) -> Finding:
    return replace(LEFT_OUT.at(None, f"{count:,} more findings are not listed."), count=count)
