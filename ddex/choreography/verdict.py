"""From findings to the statuses, texts and actions of an acknowledgement, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ddex.choreography.acknowledgement import FILE_OK, Status
from ddex.findings import Finding, Outcome, Severity, outcome

REASONS_LIMIT = 100
"""Reasons in one acknowledgement; the rest is counted."""

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_RANK = {Severity.REJECT: 0, Severity.HOLD: 1, Severity.WARN: 2}
_RELEASE_STATUS = {
    Outcome.ACCEPT: "SuccessfullyIngestedByReleaseDistributor",
    Outcome.HOLD: "ReleaseReceivedByReleaseDistributor",
    Outcome.REJECT: "ProcessingErrorAtReleaseCreator",
}
_NEEDS_FILES = frozenset(
    (
        "ResourceCorrupt",
        "ResourceMissing",
        "ResourceNotMeetingSpecifications",
        "SignatureOrHashSumWrongOrMissing",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The parts of an acknowledgement that follow from the findings."""

    statuses: tuple[Status, ...]
    release_status: str
    error_text: str = ""
    proposed_action: str = ""
    manual_check: bool | None = None
    isrcs: tuple[str, ...] = ()


def judge(findings: tuple[Finding, ...], release_status: str = "") -> Verdict:
    """FileOK (with the warnings as its information), or one status for each fault, worst first.

    `release_status` replaces the SupplyChainStatus that the outcome alone would give, for instance
    with `ReleaseMadeAvailableToConsumers`.
    """
    total = outcome(findings)
    status = release_status or _RELEASE_STATUS[total]
    faults = sorted(
        (each for each in findings if each.severity is not Severity.WARN),
        key=lambda each: _RANK[each.severity],
    )
    if not faults:
        warnings = "\n\n".join(information(each) for each in findings[:REASONS_LIMIT])
        return Verdict(
            statuses=(Status(status=FILE_OK, information=warnings),), release_status=status
        )
    return Verdict(
        statuses=tuple(_status(each) for each in faults[:REASONS_LIMIT]),
        release_status=status,
        error_text=_summary(faults),
        proposed_action=_action(faults),
        manual_check=total is Outcome.HOLD,
        isrcs=tuple(dict.fromkeys(e.resource for e in faults if _ISRC.fullmatch(e.resource))),
    )


def information(finding: Finding) -> str:
    """Message, place, rule and remedy, each on a line of its own."""
    lines = [
        _line(finding.message) + (f" ({finding.count} times)" if finding.count > 1 else ""),
        f"place: {_place(finding)}" if _place(finding) else "",
        f"rule: {finding.rule} ({_line(finding.code)})",
        f"remedy: {_line(finding.remedy)}" if finding.remedy else "",
    ]
    return "\n".join(line for line in lines if line)


def reasons(status: Status) -> list[dict[str, str]]:
    """What a status says, field by field: status, message, place, rule, remedy.

    Texts of other recipients come back whole as the message.
    """
    blocks = [block for block in status.information.split("\n\n") if block.strip()]
    if not blocks and status.status == FILE_OK:
        return []
    return [_reason(status, block) for block in blocks or [""]]


def _reason(status: Status, block: str) -> dict[str, str]:
    found = {"status": status.label, "message": "", "place": ""}
    found |= {"rule": "", "remedy": ""}
    rest = []
    for line in block.splitlines():
        name, _, value = line.partition(": ")
        if name in {"place", "rule", "remedy"} and value:
            found[name] = value.strip()
        else:
            rest.append(line.strip())
    found["message"] = " ".join(rest).strip()
    return found


def _status(finding: Finding) -> Status:
    return Status(
        status=finding.ack_status, information=information(finding), code=_line(finding.code)
    )


def _place(finding: Finding) -> str:
    file = _line(finding.file)
    if finding.line:
        file += f":{finding.line}" + (f":{finding.column}" if finding.column else "")
    return " ".join(part for part in (file, _line(finding.xpath)) if part)


def _summary(faults: list[Finding]) -> str:
    first = _line(faults[0].message)
    more = len(faults) - 1
    return first if not more else f"{first} (and {more} more)"


def _action(faults: list[Finding]) -> str:
    """Files again when a file is at fault, else the XML alone."""
    files = any(each.ack_status in _NEEDS_FILES for each in faults)
    return "ResendXmlAndResources" if files else "ResendXmlOnly"


def _line(text: str) -> str:
    """One line of at most 1,000 characters, so that no value can forge a field."""
    return " ".join(text.split())[:1000]
