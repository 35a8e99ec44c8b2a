"""Which plays belong to a month, and under which agreement: by their own time, in the agreement's
time zone. Pure.

A play is *timely* when it came on the day on which it was heard (both UTC). Late plays belong to
the month whose days are open when they come (`next`), or to their own month, which is then issued
again (`reissue`). So each play belongs to one month exactly, and the market shares add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.royalties.versions import ALWAYS, timelines

if TYPE_CHECKING:
    from datetime import datetime

    from server.royalties.agreement import Agreement
    from server.royalties.book import Book
    from server.royalties.periods import Month
    from server.royalties.versions import Stretch

BEFORE, WITHIN, AFTER = -1, 0, 1
"""Where the day of the ledger stands to the days of the month."""


@dataclass(frozen=True, slots=True)
class Group:
    """Plays that no rule tells apart.

    `cut` is the number of the instants of `Resolver.cuts` that lie at or before their time;
    `ledger` is BEFORE, WITHIN or AFTER.
    """

    feed_id: str
    territory: str
    tier: str
    model: str
    cut: int
    timely: bool
    ledger: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is to be done with a group: is it of the month, and who is paid by what."""

    group: Group
    recipient: str
    agreement: Agreement | None
    within: bool


class Resolver:
    """Resolves groups for one book and month."""

    def __init__(self, book: Book, month: Month) -> None:
        self._book = book
        self._month = month
        self._stretches: dict[str, list[Stretch]] = {}
        for stretch in timelines(book.agreements):
            self._stretches.setdefault(stretch.agreement.recipient, []).append(stretch)
        cuts = {ALWAYS, *month.bounds()}
        for one in book.agreements:
            cuts.update(month.bounds(one.zone), one.turns)
        for stretch in timelines(book.agreements):
            cuts.update({stretch.start, stretch.end or stretch.start})
        self.cuts: list[datetime] = sorted(cuts)

    def reissues(self) -> bool:
        """Whether some agreement takes plays that came after the month."""
        return any(one.late_plays == "reissue" for one in self._book.agreements)

    def resolve(self, group: Group) -> Resolution:
        """The agreement is the one that holds at the time of the plays."""
        at = self.cuts[max(group.cut - 1, 0)]
        recipient = self._book.recipient(group.feed_id)
        agreement = self.agreement(recipient, group.territory, group.tier, group.model, at)
        zone = agreement.zone if agreement else "UTC"
        start, end = self._month.bounds(zone)
        late = "reissue" if agreement and agreement.late_plays == "reissue" else "next"
        if group.timely or late == "reissue":
            within = start <= at < end
        else:
            within = (start <= at < end and group.ledger != AFTER) or (
                at < start and group.ledger == WITHIN
            )
        return Resolution(group, recipient, agreement, within)

    def agreement(
        self, recipient: str, territory: str, tier: str, model: str, at: datetime
    ) -> Agreement | None:
        """The agreement of a recipient that holds at an instant for such plays, if any, in the
        terms of its promotion."""
        for one in self._stretches.get(recipient, ()):
            if one.holds(at) and one.agreement.covers(territory, tier, model):
                return one.agreement.at(at, tier)
        return None

    def knows(self, recipient: str) -> bool:
        """Whether the recipient has any agreement at all."""
        return recipient in self._stretches
