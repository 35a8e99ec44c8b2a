"""Collects findings: counts all, keeps the first thousand, and of each rule the first hundred."""

from __future__ import annotations

from collections import Counter

from ddex.dsr.rules import MORE, Finding, Rule

MOST = 1000
MOST_ALIKE = 100
"""A thousand faults of one rule must not hide the first of another."""
_VALUE = 200


class Findings:
    """What was found so far. `structure`: whether records stand where they should not."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.errors = 0
        self.count = 0
        self.structure = False
        self._lines: set[int] = set()
        self._alike: Counter[str] = Counter()

    def add(
        self, rule: Rule, line: int, record: str, value: str, message: str, *, cell: str = ""
    ) -> None:
        """Note one fault."""
        self.count += 1
        self._alike[rule.code] += 1
        if rule.level == "error":
            self.errors += 1
            if len(self._lines) < 100_000:
                self._lines.add(line)
        if len(self.kept) < MOST or self._alike[rule.code] <= MOST_ALIKE:
            self.kept.append(
                Finding(
                    level=rule.level,
                    code=rule.code,
                    line=line,
                    cell=cell,
                    record=record[:_VALUE],
                    value=value[:_VALUE],
                    message=message,
                    remedy=rule.remedy,
                )
            )

    def has_error(self, line: int) -> bool:
        """Whether this line has an error already."""
        return line in self._lines

    def all(self) -> tuple[Finding, ...]:
        """Findings in the order of lines, a last one telling of those left out."""
        found = sorted(self.kept, key=lambda finding: (finding.line, finding.code))
        left = self.count - len(self.kept)
        if left:
            text = f"{left} more findings are not listed."
            found.append(
                Finding(
                    level=MORE.level,
                    code=MORE.code,
                    line=0,
                    cell="",
                    record="",
                    value=str(left),
                    message=text,
                    remedy=MORE.remedy,
                )
            )
        return tuple(found)
