"""Which record may follow which, and how blocks hold together. Tables and one small machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.dsr import rules

if TYPE_CHECKING:
    from ddex.dsr.findings import Findings
    from ddex.dsr.records import Profile

_RESOURCES = {"AS01", "AS01.01", "AS02", "AS02.01", "AS02.02"}
_WITH_WORKS = {"AS01", "AS01.01"}
_WORKS = {"MW01", "MW01.01"}
_SALES = {"RE02", "SU01", "SU02"}
_ROWS = {
    "SR08": {"SR08", "DE01"},
    "DE01": {"SR08"},
    "SR01": {"SR01"},
    "SR02": {"SR02"},
    "RE01": _RESOURCES,
    "AS01": _WORKS | _RESOURCES | _SALES,
    "AS01.01": _WORKS,
    **dict.fromkeys(_WORKS, _WORKS | _RESOURCES | _SALES),
    **dict.fromkeys(_RESOURCES - _WITH_WORKS, _RESOURCES | _SALES),
    "RE02": _SALES,
    "SU01": {"SU01", "SU02", "RE01", *_RESOURCES},
    "SU02": {"SU01", "SU02", "RE01", *_RESOURCES},
}
_MAY_END = {"SR08", "DE01", "SR01", "SR02", "SU01", "SU02"}
_BLOCK_STARTS = {"RE01", *_RESOURCES}
_USAGE = {"SU01", "SU02"}


def followers(profile: Profile) -> dict[str, frozenset[str]]:
    """For each record type of the profile the types that may come next."""
    rows = set(profile.rows)
    firsts = rows & (_BLOCK_STARTS if profile.block else {"SR08", "SR01", "SR02"})
    table = {"HEAD": frozenset(profile.summaries), profile.last: frozenset[str]()}
    for summary in profile.summaries:
        table[summary] = frozenset({*profile.summaries, *firsts, profile.last})
    for row in rows:
        after = _ROWS[row] & rows
        if row == "AS01" and "MW01" in rows:  # the works became optional with MW01.01
            after = {"MW01"}
        table[row] = frozenset(after | {profile.last} if row in _MAY_END else after)
    return table


class Order:
    """Follows the records of a file and says which stands where it may not.

    `blocks` counts them, `blocks_at` maps a BlockId -> the line where its block begins.
    """

    def __init__(self, profile: Profile, findings: Findings) -> None:
        self.blocks = 0
        self._profile = profile
        self._followers = followers(profile)
        self._findings = findings
        self._last = "HEAD"
        self._block: str | None = None
        self.blocks_at: dict[str, int] = {}

    @property
    def finished(self) -> bool:
        """Whether the footer has been there."""
        return self._last == self._profile.last

    def step(self, line: int, record: str, cells: list[str]) -> bool:
        """Take the next record (HEAD is behind us); True when it begins a new block."""
        if self.finished:
            self._fault(rules.AFTER_FOOTER, line, record, f"{record} stands after the footer.")
            return False
        if record not in self._followers[self._last]:
            self._disorder(line, record)
        begins = False
        if self._profile.block and record in self._profile.rows:
            begins = self._step_block(line, record, cells[1] if len(cells) > 1 else "")
        self._last = record
        return begins

    def may_run(self, record: str) -> bool:
        """Whether any number of these may come next."""
        return record in self._followers[self._last] and record in self._followers[record]

    def run(self, record: str) -> None:
        """Some of them came."""
        self._last = record

    def _disorder(self, line: int, record: str) -> None:
        allowed = ", ".join(sorted(self._followers[self._last]))
        rule = rules.NO_SUMMARY if self._last == "HEAD" else rules.ORDER
        self._fault(
            rule, line, record, f"{record} stands after {self._last}; there may stand {allowed}."
        )

    def _step_block(self, line: int, record: str, block: str) -> bool:
        begins = record in _BLOCK_STARTS and (self._last in _USAGE or self._block is None)
        if not begins:
            if block != self._block:
                text = f"BlockId is {block!r} within block {self._block!r}."
                self._fault(rules.BLOCK, line, record, text, value=block)
            return False
        self.blocks += 1
        if block in self.blocks_at:
            text = f"BlockId {block!r} was used by another block."
            self._fault(rules.BLOCK, line, record, text, value=block)
        elif not (block.isascii() and block.isdigit()):
            text = f"BlockId {block!r} is no integer."
            self._findings.add(rules.BLOCK, line, record, block, text, cell="BlockId")
        if len(self.blocks_at) < 1_000_000:
            self.blocks_at.setdefault(block, line)
        self._block = block
        return True

    def _fault(
        self, rule: rules.Rule, line: int, record: str, text: str, *, value: str = ""
    ) -> None:
        self._findings.structure = True
        cell = "BlockId" if rule is rules.BLOCK else "RecordType"
        self._findings.add(rule, line, record, value or record, text, cell=cell)
