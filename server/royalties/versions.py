"""Which version of which agreement holds when: each version replaces those before from its first
day on. Pure.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from server.royalties.agreement import Agreement

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time in which a version holds: from `start` to before `end` (None: still open)."""

    agreement: Agreement
    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start <= at and (self.end is None or at < self.end)


def in_force(versions: Sequence[Agreement]) -> list[Stretch]:
    """The times of the versions of one name; an earlier one ends where the next begins."""
    found: list[Stretch] = []
    for version in sorted(versions, key=lambda one: one.version):
        start = version.start
        found = [
            one if one.end is not None and one.end <= start else replace(one, end=start)
            for one in found
            if one.start < start
        ]
        found.append(Stretch(version, start, version.end))
    return found


def timelines(agreements: Iterable[Agreement]) -> list[Stretch]:
    """The times of all agreements, by name and start."""
    by_name: dict[str, list[Agreement]] = {}
    for one in agreements:
        by_name.setdefault(one.name, []).append(one)
    return [one for name in sorted(by_name) for one in in_force(by_name[name])]


def gaps(versions: Sequence[Agreement]) -> list[tuple[date, date]]:
    """Days between the first and the last of one name on which none of its versions holds."""
    return [
        (one.agreement.last + _DAY, following.agreement.first - _DAY)
        for one, following in itertools.pairwise(in_force(versions))
        if one.end is not None and one.end < following.start and one.agreement.last
    ]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two agreements of a recipient that both hold from `first` on for some of its plays."""

    one: Agreement
    other: Agreement
    first: date


def overlaps(agreements: Iterable[Agreement]) -> list[Overlap]:
    """Every pair of different names that would pay the same plays."""
    found = []
    for a, b in itertools.combinations(timelines(agreements), 2):
        one, other = a.agreement, b.agreement
        if one.recipient != other.recipient or one.name == other.name:
            continue
        later = max((a, b), key=lambda stretch: stretch.start)
        if a.holds(later.start) and b.holds(later.start) and _meet(one, other):
            found.append(Overlap(one, other, later.agreement.first))
    return found


def _meet(one: Agreement, other: Agreement) -> bool:
    """Whether both cover some territory, tier and model."""
    return (
        _share(one.tiers, other.tiers)
        and _share(one.models, other.models)
        and _territories_meet(one, other)
    )


def _share(one: Sequence[str], other: Sequence[str]) -> bool:
    return not one or not other or bool(set(one) & set(other))


def _territories_meet(one: Agreement, other: Agreement) -> bool:
    named = {name.lstrip("-") for name in (*one.territories, *other.territories)} - {"Worldwide"}
    somewhere_else = "*"  # any territory that neither names
    return any(
        one.covers(place, *_any(one)) and other.covers(place, *_any(other))
        for place in (*named, somewhere_else)
    )


def _any(one: Agreement) -> tuple[str, str]:
    """A tier and a model that it covers."""
    return (one.tiers or ("",))[0], (one.models or ("",))[0]
