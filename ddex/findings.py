"""A finding: one fault of a document, where it is, which rule it breaks and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


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
