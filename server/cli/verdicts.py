"""A judged message as people read it: the verdict, then each finding at its line with carets."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from core.schemas import HOW_TO_GET_THEM
from ddex import source
from ddex.ern.versions import VERSIONS
from ddex.findings import Outcome, Severity, clip
from ddex.others import FORMATS
from server.cli.excerpts import excerpt
from server.services.packages import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ddex.ern.examine import Examination
    from ddex.findings import Finding
    from ddex.schematron import Advice
    from server.services.judging import Judged

_COLOURS = {
    "accept": "bold green", "hold": "bold yellow", "reject": "bold red", "warn": "bold yellow",
}  # fmt: skip
_WORDS = {Severity.REJECT: "rejecting", Severity.HOLD: "holding", Severity.WARN: "warning"}
_OUTCOMES = {
    Outcome.ACCEPT: "accepted", Outcome.HOLD: "held", Outcome.REJECT: "rejected",
}  # fmt: skip

_LABELS = {
    **{each.version: f"{each.family.upper()} {each.label}" for each in FORMATS.values()},
    **{each.id: f"ERN {each.label}" for each in VERSIONS},
}


class Tally:
    """How many messages had which outcome."""

    def __init__(self) -> None:
        self._counts: Counter[Outcome] = Counter()

    def add(self, outcome: Outcome) -> None:
        self._counts[outcome] += 1

    def all(self, outcome: Outcome) -> bool:
        """Whether every message had this outcome."""
        return self._counts[outcome] == self._counts.total()

    def __str__(self) -> str:
        parts = [f"{self._counts[each]} {word}" for each, word in _OUTCOMES.items()]
        return f"{self._counts.total()} messages: {', '.join(parts)}"


def report_console() -> Console:
    """Stdout for reports: coloured on a terminal only, lines never broken."""
    return Console(highlight=False, soft_wrap=True)


def print_verdict(out: Console, judged: Judged) -> None:
    """The whole report of one message."""
    found = judged.examination
    path = clip(printable(judged.path), 4096)
    out.print(Text(f"{path}: "), Text(found.outcome.upper(), _COLOURS[found.outcome]), sep="")
    out.print(Text(f"  {_summary(found)}"))
    for line in _unjudged(found):
        out.print(Text(f"  {line}", "yellow"))
    texts = source.lines(judged.data, {finding.line for finding in found.findings})
    for finding in found.findings:
        _print_finding(out, finding, path, texts.get(finding.line))


def _summary(found: Examination) -> str:
    message = found.message
    label = _LABELS.get(found.version, found.version)
    named = (label, message.type, message.header.message_id) if message else ()
    what = f"{' '.join(clip(part) for part in named if part)}: " if named else ""
    counts = Counter(finding.severity for finding in found.findings)
    parts = [f"{counts[each]} {word}" for each, word in _WORDS.items() if counts[each]]
    total = len(found.findings)
    return f"{what}{total} finding{'' if total == 1 else 's'}" + (
        f" ({', '.join(parts)})" if parts else ""
    )


def _unjudged(found: Examination) -> list[str]:
    told = []
    if found.message is not None and found.schema == "absent":
        told.append(f"the schema check was skipped, there is no schema: {HOW_TO_GET_THEM}")
    if found.skipped:
        told.append(f"rules not (wholly) judged: {', '.join(map(str, found.skipped))}")
    return told


def _print_finding(out: Console, finding: Finding, path: str, text: str | None) -> None:
    colour = _COLOURS[finding.severity]
    head = Text.assemble("\n", (f"{finding.severity}: {finding.code}", colour), " ")
    out.print(head + Text(finding.message, "bold"))
    if finding.line:
        column = f":{finding.column}" if finding.column else ""
        out.print(Text(f"  --> {path}:{finding.line}{column}  {finding.xpath}".rstrip(), "dim"))
    elif finding.file or finding.xpath:
        out.print(Text(f"  --> {finding.file or path}  {finding.xpath}".rstrip(), "dim"))
    if text is not None:
        shown = excerpt(text, finding.line, finding.column, finding.value)
        out.print(Text(f"  {shown.source}"))
        out.print(Text(f"  {shown.carets}", colour))
    if finding.expected:
        out.print(Text(f"  expected: {finding.expected}"))
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    out.print(Text(f"  remedy: {finding.remedy}{times}"))


def print_advice(out: Console, advice: Sequence[Advice]) -> None:
    """Official rules, apart from the findings: they never change an outcome."""
    if advice:
        out.print(Text(f"\nofficial advice, which changes no outcome: {len(advice)}", "bold"))
    for each in advice:
        place = f"line {each.line}" if each.line else each.xpath
        level = clip(each.level, 40).lower()
        out.print(Text.assemble((f"  {place}: {level}: ", "cyan"), clip(each.text, 1_000)))
