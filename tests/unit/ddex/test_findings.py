"""Findings: folded, bounded, kept as JSON, with values that are safe to show."""

from __future__ import annotations

from ddex.findings import Finding, Severity, clip, fold


def finding(code: str, severity: Severity = Severity.WARN, message: str = "m") -> Finding:
    return Finding(code=code, rule=1, severity=severity, ack_status="", message=message, remedy="r")


def test_fold_counts_and_keeps_the_worst() -> None:
    warnings = [finding("ERN-0001", message=str(n)) for n in range(10)]
    found = fold([*warnings, *warnings, finding("ERN-0002", Severity.REJECT)], limit=5)
    assert len(found) == 5
    assert "ERN-0002" in {each.code for each in found}
    assert found[0].count == 2
    assert found[-1].code == "ERN-0190"


def test_findings_survive_json() -> None:
    found = finding("ERN-0001", Severity.HOLD)
    assert Finding.from_json(found.to_json()) == found


def test_values_are_cut_and_made_printable() -> None:
    assert clip("a" * 300) == "a" * 199 + "…"
    assert clip("a\x00b\u202ec") == "a\ufffdb\ufffdc"
