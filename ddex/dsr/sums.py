"""References between records, and sums: summaries against their rows, the footer against lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from ddex.dsr import rules
from ddex.dsr.text import number, split_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ddex.dsr.findings import Findings
    from ddex.dsr.records import Profile

EXACT = Context(prec=120)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_MOST_DIGITS = 50
REVENUES = (
    "AllocatedRevenueInCurrencyOfTransaction",
    "AllocatedRevenueInCurrencyOfAccounting",
    "AllocatedNetRevenueInCurrencyOfTransaction",
    "AllocatedNetRevenueInCurrencyOfAccounting",
)
USAGE_CELLS = {
    "SR08": "NetUsage",
    "SU01": "Usages",
    "SU02": "NumberOfStreams",
    "SR01": "Downloads",
    "SR02": "NumberOfStreams",
}
_WHOLE = {
    **dict.fromkeys(("SY01", "SY01.01", "SY02", "SY02.01", "SY02.02", "SY03", "SY06.02"), "Usages"),
    **dict.fromkeys(("SY05", "SY05.02"), "TotalUsages"),
}
_MOST_IDS = 2_000_000


def decimal_of(text: str) -> Decimal | None:
    """A number as written in a cell, None when it is none or absurdly long."""
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)


@dataclass(slots=True)
class Summary:
    """A summary record and the sums of its rows. `sound`: all rows could be added up."""

    line: int
    record: str
    cells: dict[str, str]
    usages: Decimal = Decimal(0)
    revenues: dict[str, Decimal] = field(default_factory=dict)
    rows: int = 0
    sound: bool = True


class Sums:
    """Takes records one after the other; `finish` compares."""

    def __init__(self, profile: Profile, findings: Findings) -> None:
        self.rows = 0
        self.summaries: dict[str, Summary] = {}
        self.summary_count = 0
        self._profile = profile
        self._findings = findings
        self._transactions: set[bytes] = set()
        self._releases: set[str] = set()
        self._resources: set[str] = set()

    def new_block(self) -> None:
        """Forget the references of the block before."""
        self._releases, self._resources = set(), set()

    def take(self, line: int, record: str, cells: Mapping[str, str]) -> None:
        """One record, cells by name as they stand in the line."""
        if record in self._profile.summaries:
            self._take_summary(line, record, dict(cells))
        elif record in USAGE_CELLS:
            self._take_usage(line, record, cells)
        elif record in {"RE01", "RE02"}:
            self._name(line, record, "ReleaseReference", cells, self._releases)
            self._resolve_used(line, record, cells)
        elif record.startswith("AS"):
            self._name(line, record, "ResourceReference", cells, self._resources)

    def _name(
        self, line: int, record: str, cell: str, cells: Mapping[str, str], known: set[str]
    ) -> None:
        name = cells.get(cell, "")
        if name and name in known:
            text = f"{cell} {name!r} is that of another record of this block."
            self._fault(rules.REFERENCE_TWICE, line, record, cell, name, text)
        known.add(name)

    def _resolve_used(self, line: int, record: str, cells: Mapping[str, str]) -> None:
        used = split_values(cells.get("UsedResources", ""))
        for reference in used:
            if reference and reference not in self._resources:
                self._unresolved(line, record, "UsedResources", reference)

    def _take_summary(self, line: int, record: str, cells: dict[str, str]) -> None:
        self.summary_count += 1
        name = cells.get("SummaryRecordId", "")
        first = self.summaries.get(name)
        if first is not None:
            text = f"SummaryRecordId {name!r} is that of line {first.line}."
            self._fault(rules.SUMMARY_TWICE, line, record, "SummaryRecordId", name, text)
        elif len(self.summaries) < _MOST_IDS:
            self.summaries[name] = Summary(line, record, cells)

    def _take_usage(self, line: int, record: str, cells: Mapping[str, str]) -> None:
        self.rows += 1
        self._transaction(line, record, cells.get("SalesTransactionId", ""))
        if record.startswith("SU"):
            self._transacted(line, record, cells)
        if record == "SR08":
            self._net_usage(line, cells)
        name = cells.get("SummaryRecordId", "")
        summary = self.summaries.get(name)
        if summary is None:
            if name:
                text = f"No summary record has the SummaryRecordId {name!r}."
                self._fault(rules.SUMMARY_UNKNOWN, line, record, "SummaryRecordId", name, text)
            return
        _add(summary, record, cells)

    def _transaction(self, line: int, record: str, name: str) -> None:
        if name and not self.take_transactions([name.encode(errors="replace")]):
            text = f"SalesTransactionId {name!r} was used before."
            self._fault(rules.TRANSACTION_TWICE, line, record, "SalesTransactionId", name, text)

    def take_transactions(self, names: list[bytes]) -> bool:
        """Note these ids; False, and none is noted, when one of them is not new."""
        new = set(names)
        if len(new) < len(names) or not self._transactions.isdisjoint(new):
            return False
        if len(self._transactions) + len(new) <= _MOST_IDS:
            self._transactions |= new
        return True

    def _transacted(self, line: int, record: str, cells: Mapping[str, str]) -> None:
        release = cells.get("TransactedRelease", "")
        resource = cells.get("TransactedResource", "")
        if bool(release) == bool(resource):
            text = f"The usage names {'both' if release else 'neither'} release and resource."
            self._fault(rules.ONE_TRANSACTED, line, record, "TransactedRelease", release, text)
        if release and release not in self._releases:
            self._unresolved(line, record, "TransactedRelease", release)
        if resource and resource not in self._resources:
            self._unresolved(line, record, "TransactedResource", resource)

    def _net_usage(self, line: int, cells: Mapping[str, str]) -> None:
        total, returns, net = (
            decimal_of(cells.get(name, "")) for name in ("TotalUsages", "Returns", "NetUsage")
        )
        if total is None or returns is None or net is None:
            return
        if EXACT.subtract(total, returns) != net:
            text = f"NetUsage is {net}, TotalUsages less Returns are {total - returns}."
            self._fault(rules.NET_USAGE, line, "SR08", "NetUsage", str(net), text)

    def finish(self) -> None:
        """Compare all summaries with their rows."""
        for name, summary in self.summaries.items():
            if summary.sound:
                self._compare_usages(name, summary)
                if summary.record == "SY10":
                    self._compare_revenues(name, summary)

    def finish_with(self, others: Sequence[Sums], findings: Findings) -> None:
        """Compare all summaries with their rows in this part of a report and in the others."""
        self._findings = findings
        for name, summary in self.summaries.items():
            for other in others:
                more = other.summaries.get(name)
                if more is not None:
                    summary.usages = EXACT.add(summary.usages, more.usages)
                    summary.rows += more.rows
                    summary.sound = summary.sound and more.sound
        self.finish()

    def _compare_usages(self, name: str, summary: Summary) -> None:
        stated = _sum_of(summary.cells.get("AllocatedUsages", ""))
        found = summary.usages
        if stated is not None and stated != found:
            text = f"AllocatedUsages of {name!r} are {number(stated)}; its rows: {number(found)}."
            self._of_summary(rules.USAGES_SUM, summary, "AllocatedUsages", text)
        if summary.record == "SY10":
            self._compare_share(name, summary)
        cell = _WHOLE.get(summary.record)
        whole = decimal_of(summary.cells.get(cell, "")) if cell else None
        if cell is None or whole is None:
            return
        text = f"{cell} of {name!r} are {number(whole)}; its rows: {number(found)}."
        if found > whole:
            self._of_summary(rules.MORE_THAN_ALL, summary, cell, text)
        elif found < whole and stated is None:
            can_tell = "AllocatedUsages" in summary.cells and summary.rows
            rule = rules.LESS_THAN_ALL if can_tell else rules.MAYBE_LESS
            self._of_summary(rule, summary, cell, text)

    def _compare_share(self, name: str, summary: Summary) -> None:
        whole = decimal_of(summary.cells.get("Usages", ""))
        if whole is not None and summary.usages > whole:
            text = f"Usages of {name!r} are {number(whole)}; its rows: {number(summary.usages)}."
            self._of_summary(rules.SHARE_TOO_BIG, summary, "Usages", text)

    def _compare_revenues(self, name: str, summary: Summary) -> None:
        for cell in REVENUES:
            stated = decimal_of(summary.cells.get(cell, ""))
            found = summary.revenues.get(cell, Decimal(0))
            if stated is not None and stated != found:
                text = f"{cell} of {name!r} is {number(stated)}; its rows: {number(found)}."
                self._of_summary(rules.REVENUE_SUM, summary, cell, text)

    def totals(self) -> dict[str, Any]:
        """What was added up: over all, and for each summary record (the first thousand)."""
        first = list(self.summaries.items())[:1000]
        usages = sum((s.usages for s in self.summaries.values()), Decimal(0))
        return {
            "usages": number(usages),
            "summaries": {
                name: {
                    "rows": summary.rows,
                    "usages": number(summary.usages),
                    **{cell: number(value) for cell, value in summary.revenues.items()},
                }
                for name, summary in first
            },
        }

    def _of_summary(self, rule: rules.Rule, summary: Summary, cell: str, text: str) -> None:
        value = summary.cells.get(cell, "")
        self._fault(rule, summary.line, summary.record, cell, value, text)

    def _unresolved(self, line: int, record: str, cell: str, reference: str) -> None:
        text = f"{cell} points to {reference!r}, which is not in this block."
        self._fault(rules.REFERENCE, line, record, cell, reference, text)

    def _fault(
        self, rule: rules.Rule, line: int, record: str, cell: str, value: str, text: str
    ) -> None:
        self._findings.add(rule, line, record, value, text, cell=cell)


def _add(summary: Summary, record: str, cells: Mapping[str, str]) -> None:
    summary.rows += 1
    usages = decimal_of(cells.get(USAGE_CELLS[record], ""))
    if usages is None:
        summary.sound = False
        return
    summary.usages = EXACT.add(summary.usages, usages)
    if record == "SR08":
        for cell in REVENUES:
            amount = decimal_of(cells.get(cell, ""))
            if amount is None:
                summary.sound = False
                return
            before = summary.revenues.get(cell, Decimal(0))
            summary.revenues[cell] = EXACT.add(before, amount)


def _sum_of(cell: str) -> Decimal | None:
    """The sum of a cell of one or several numbers, None when it is empty or has other text."""
    values = [decimal_of(value) for value in split_values(cell)] if cell else [None]
    total = Decimal(0)
    for value in values:
        if value is None:
            return None
        total = EXACT.add(total, value)
    return total
