"""The parts of one report against each other: none is missing, no block is in two of them, all
repeat the same summary records, and sums and the last footer are those of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ddex.dsr import rules
from ddex.dsr.findings import Findings
from ddex.dsr.sums import Sums, decimal_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ddex.dsr.checker import Report
    from ddex.dsr.head import Head

OF_REPORT = {
    "NumberOfLinesInReport": "lines",
    "NumberOfBlocksInReport": "blocks",
    "NumberOfBlocksInRecord": "blocks",
}
"""Cells of a footer that tell of all parts -> what they count."""


@dataclass(slots=True)
class Part:
    """What a part has to agree on with the others; `number` is 0 of a file that is no part."""

    report: tuple[str, ...] = ()
    number: int = 0
    of: int = 0
    lines: int = 0
    blocks: Mapping[str, int] = field(default_factory=dict)
    sums: Sums | None = None
    foot: Mapping[str, str] = field(default_factory=dict)

    def take(self, head: Head, sums: Sums, blocks: Mapping[str, int], lines: int) -> None:
        """At the end of the file."""
        self.report, self.number, self.of = head.report, head.file_number, head.number_of_files
        self.sums, self.blocks, self.lines = sums, blocks, lines


def together(reports: Sequence[Report]) -> list[Report]:
    """The same reports with the findings that show only beside each other.

    Parts of one report have its parties, service, MessageId and number of parts; a part that came
    alone is not judged by those that are not there.
    """
    found = list(reports)
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, report in enumerate(reports):
        if report.part.number:
            groups.setdefault(report.part.report, []).append(index)
    for places in groups.values():
        if len(places) < 2:
            continue
        places.sort(key=lambda index: reports[index].part.number)
        added = _judged([reports[index].part for index in places])
        for index, findings in zip(places, added, strict=True):
            every = (*reports[index].findings, *findings.all())
            ok = reports[index].ok and not findings.errors
            found[index] = replace(reports[index], findings=every, ok=ok)
    return found


def _judged(parts: Sequence[Part]) -> list[Findings]:
    """Findings of each part, in the order of the parts."""
    added = [Findings() for _ in parts]
    _complete(parts, added)
    _own_blocks(parts, added)
    _same_summaries(parts, added)
    if [part.number for part in parts] == list(range(1, parts[0].of + 1)):
        _sums(parts, added[0])
        _last_footer(parts, added[-1])
    return added


def _complete(parts: Sequence[Part], added: Sequence[Findings]) -> None:
    numbers = [part.number for part in parts]
    missing = sorted(set(range(1, min(parts[0].of, 1000) + 1)) - set(numbers))
    if missing:
        text = f"Part {missing[0]} of {parts[0].of} is missing."
        added[0].add(rules.MISSING_PART, 0, "HEAD", str(missing[0]), text, cell="FileNumber")
    for part, former, findings in zip(parts[1:], parts, added[1:], strict=False):
        if part.number == former.number:
            text = f"Part {part.number} is there twice."
            findings.add(rules.MISSING_PART, 0, "HEAD", str(part.number), text, cell="FileNumber")


def _own_blocks(parts: Sequence[Part], added: Sequence[Findings]) -> None:
    seen: dict[str, int] = {}
    for part, findings in zip(parts, added, strict=True):
        for block, line in part.blocks.items():
            first = seen.setdefault(block, part.number)
            if first != part.number:
                text = f"BlockId {block!r} is that of a block of part {first}."
                findings.add(rules.BLOCK, line, "", block, text, cell="BlockId")


def _same_summaries(parts: Sequence[Part], added: Sequence[Findings]) -> None:
    first = parts[0].sums
    for part, findings in zip(parts[1:], added[1:], strict=True):
        if first is None or part.sums is None:
            continue
        for name, summary in part.sums.summaries.items():
            other = first.summaries.get(name)
            if other is None or other.cells != summary.cells:
                text = f"The summary record {name!r} is another one in part 1."
                findings.add(rules.OTHER_SUMMARIES, summary.line, summary.record, name, text)
        for name in first.summaries.keys() - part.sums.summaries.keys():
            text = f"The summary record {name!r} of part 1 is missing."
            findings.add(rules.OTHER_SUMMARIES, 0, "", name, text)


def _sums(parts: Sequence[Part], findings: Findings) -> None:
    """The first part's summary records against the rows of all."""
    every = [part.sums for part in parts if part.sums is not None]
    if every:
        every[0].finish_with(every[1:], findings)


def _last_footer(parts: Sequence[Part], findings: Findings) -> None:
    counted = {"lines": sum(p.lines for p in parts), "blocks": sum(len(p.blocks) for p in parts)}
    last = parts[-1]
    for cell, what in OF_REPORT.items():
        stated = decimal_of(last.foot.get(cell, ""))
        if stated is not None and stated != counted[what]:
            rule = rules.LINES if what == "lines" else rules.BLOCKS
            text = f"{cell} is {stated}, counted in all parts are {counted[what]}."
            findings.add(rule, last.lines, "FOOT", str(stated), text, cell=cell)
