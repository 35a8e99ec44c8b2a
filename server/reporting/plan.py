"""What each report says: usage and revenue in, tables of figures out. Pure.

One report for each territory and service (tier) of a recipient; in it one summary for each
commercial model and use, and one row for each release, recording and summary. Net revenue of a
(model, territory) is split by plays: first over the slices that share it, then over recipients,
then over rows, each time by the largest remainder, so that all sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from server.royalties.money import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.reporting.usage import Row, Slice, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Net revenue of a (model, territory); `entered` is False when nobody has entered any."""

    amount: Decimal
    currency: str
    entered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row and its money."""

    row: Row
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A slice: the whole service's usage and net revenue, and the recipient's part of both.

    `share` is the recipient's part of the plays, a percentage; `listeners` of the whole service.
    """

    part: Slice
    currency: str
    net_revenue: Decimal
    service_plays: int
    plays: int
    amount: Decimal
    share: Decimal
    listeners: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPlan:
    """One report: territory, service, its summaries in a fixed order."""

    territory: str
    tier: str
    summaries: tuple[Summary, ...]

    @property
    def plays(self) -> int:
        """All plays in it."""
        return sum(summary.plays for summary in self.summaries)


Pools = dict[tuple[str, str], Pool]
"""By (model, territory)."""


def plan_reports(usage: Usage, pools: Pools, recipient: str) -> list[ReportPlan]:
    """The reports that this recipient gets; slices without its plays stand in them with zero.

    A recipient without any plays gets an empty report for each territory and service that was
    used at all.
    """
    parts = sorted(usage.plays)
    used = {(part.territory, part.tier) for part in parts if usage.plays[part].get(recipient)}
    wanted = used or {(part.territory, part.tier) for part in parts}
    revenues = _revenues(usage, pools)
    return [
        ReportPlan(
            territory=territory,
            tier=tier,
            summaries=tuple(
                _summary(part, usage, pools[part.model, territory], revenues[part], recipient)
                for part in parts
                if (part.territory, part.tier) == (territory, tier)
            ),
        )
        for territory, tier in sorted(wanted)
    ]


def _revenues(usage: Usage, pools: Pools) -> dict[Slice, Decimal]:
    """The net revenue of each slice: its part of the pool by plays."""
    found: dict[Slice, Decimal] = {}
    for (model, territory), pool in pools.items():
        parts = [p for p in sorted(usage.plays) if (p.model, p.territory) == (model, territory)]
        weights = [sum(usage.plays[part].values()) for part in parts]
        names = [f"{part.tier}/{part.use}" for part in parts]
        found.update(zip(parts, split(pool.amount, weights, names), strict=True))
    return found


def _summary(
    part: Slice, usage: Usage, pool: Pool, net_revenue: Decimal, recipient: str
) -> Summary:
    by_recipient = usage.plays[part]
    dpids = sorted(by_recipient)
    amounts = split(net_revenue, [by_recipient[dpid] for dpid in dpids], dpids)
    amount = dict(zip(dpids, amounts, strict=True)).get(recipient, Decimal(0))
    plays, service_plays = by_recipient.get(recipient, 0), sum(by_recipient.values())
    return Summary(
        part=part,
        currency=pool.currency,
        net_revenue=net_revenue,
        service_plays=service_plays,
        plays=plays,
        amount=amount,
        share=(Decimal(100 * plays) / service_plays).quantize(Decimal("0.000001")),
        listeners=usage.listeners.get(part, 0),
        lines=tuple(_lines([row for row in usage.rows if row.part == part], amount)),
    )


def _lines(rows: Sequence[Row], amount: Decimal) -> list[Line]:
    keys = [f"{row.isrc}/{row.recording_id}/{row.release_id}" for row in rows]
    parts = split(amount, [row.plays for row in rows], keys)
    return [Line(row=row, amount=part) for row, part in zip(rows, parts, strict=True)]
