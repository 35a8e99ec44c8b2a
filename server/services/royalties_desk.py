"""Royalties for operators: months, statements, their rows, and other ways of sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import Misuse
from server.royalties import figures, keeper, views
from server.royalties.close import Office, close_month, computed
from server.royalties.figures import Author, Entry
from server.royalties.periods import Month, parse_month
from server.royalties.simulate import What, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from core.clock import Clock
    from core.database import Database
    from server.usage.store import UsageStore

_SHOWN = 6
_FAULTS = 10


class RoyaltiesDesk:
    """Reads, enters and closes money for the pages and the API, as the commands do.

    `four_eyes`: what one operator enters counts when another has approved it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        usage: UsageStore,
        folder: Path,
        *,
        four_eyes: bool = False,
    ) -> None:
        self._office = Office(database=database, clock=clock, usage=usage, folder=folder)
        self._four_eyes = four_eyes

    def months(self) -> dict[str, Any]:
        """`{"months": [{period, issues: [issue]}]}`: the last six, and all that were closed."""
        with self._office.database.read() as session:
            closed = views.issues(session)
        now = self._office.clock()
        month, recent = Month(now.year, now.month), []
        for _ in range(_SHOWN):
            recent.append(str(month))
            month = month.previous
        periods = sorted({*recent, *(one["period"] for one in closed)}, reverse=True)
        return {
            "months": [
                {"period": each, "issues": [one for one in closed if one["period"] == each]}
                for each in periods
            ]
        }

    def month(self, period: str, issue: int | None = None) -> dict[str, Any]:
        """A month: statements, problems, sums, and plays that don't count by reason.

        Raises:
            Misuse, NotFound: the month or issue is none.
        """
        with views.viewed(self._office, period, issue) as view:
            return {
                **_head(view),
                "statements": view.statements,
                "problems": view.problems,
                "sums": views.groups(view, "territory", {}),
                "withheld": views.reasons(view, {}),
            }

    def statement(
        self, period: str, where: Mapping[str, str], issue: int | None = None
    ) -> dict[str, Any]:
        """The statement of a recipient, label or artist: lines, sums, plays that don't count.

        Raises:
            Misuse, NotFound: the month or issue is none.
        """
        with views.viewed(self._office, period, issue) as view:
            own = [
                one
                for one in view.statements
                if where.get("recipient") in {"", None, one["recipient"]}
            ]
            return {
                **_head(view),
                "where": {name: value for name, value in where.items() if value},
                "statements": own,
                "labels": views.groups(view, "label", where),
                "artists": views.groups(view, "artist", where),
                "sums": views.rows(view, where, limit=0)[1],
                "reasons": views.reasons(view, where),
                "withheld": views.withheld(view, where, 100),
            }

    def rows(
        self,
        period: str,
        where: Mapping[str, str],
        *,
        issue: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> dict[str, Any]:
        """The rows behind a number, and their sums.

        Raises:
            Misuse, NotFound: the month or issue is none, or rows can't be asked for like this.
        """
        with views.viewed(self._office, period, issue) as view:
            found, sums = views.rows(view, where, limit=limit, offset=offset)
            return {**_head(view), "rows": found, "sums": sums, "offset": offset, "limit": limit}

    def csv(self, period: str, where: Mapping[str, str], issue: int | None = None) -> Iterator[str]:
        """All rows as CSV, a batch at a time."""
        with views.viewed(self._office, period, issue) as view:
            yield from views.rows_csv(view, where)

    def simulate(self, period: str, what: What) -> dict[str, Any]:
        """The month as another way of sharing would have it.

        Raises:
            Misuse: the month is none.
        """
        with computed(self._office, str(parse_month(period))) as found:
            return simulate(found, what)

    def entered(self, period: str) -> dict[str, Any]:
        """`{revenue, subscribers, agreements, four_eyes}`: what the month is computed from.

        Raises:
            Misuse: the month is none.
        """
        with self._office.database.read() as session:
            return {
                "revenue": figures.list_revenue(session, str(parse_month(period))),
                "subscribers": figures.list_subscribers(session, period),
                "agreements": keeper.versions(session),
                "four_eyes": self._four_eyes,
            }

    def set_revenue(
        self, entry: Entry, by: str, *, other_currency: bool = False, withdraw: bool = False
    ) -> dict[str, Any]:
        """Enter, replace or take back a figure. Raises Misuse, Conflict, NotFound."""
        with self._office.database.write() as session:
            if withdraw:
                return figures.withdraw_revenue(session, self._author(by), entry)
            author = self._author(by)
            return figures.set_revenue(session, author, entry, other_currency=other_currency)

    def approve_revenue(self, period: str, by: str) -> list[dict[str, Any]]:
        """Approve what others entered for a month. Raises NotFound, NotAllowed."""
        with self._office.database.write() as session:
            return figures.approve_revenue(session, self._author(by), period)

    def agree(self, document: object, by: str) -> list[dict[str, Any]]:
        """Add versions of agreements, all or none. Raises Misuse, which names every fault."""
        with self._office.database.write() as session:
            added, wrong = keeper.import_agreements(session, self._author(by), document)
        if wrong:
            raise Misuse(
                "; ".join(f"{one.place}: {one.message}" for one in wrong[:_FAULTS]),
                remedy="; ".join(dict.fromkeys(one.remedy for one in wrong[:_FAULTS])),
            )
        return added

    def approve_agreement(self, name: str, by: str) -> dict[str, Any]:
        """Approve the newest version that another made. Raises NotFound, NotAllowed."""
        with self._office.database.write() as session:
            return keeper.approve(session, self._author(by), name)

    def close(self, period: str, by: str, reason: str = "") -> dict[str, Any]:
        """Close a month, or issue it again. Raises as `close_month` does."""
        return close_month(self._office, period, by, reason)

    def _author(self, by: str) -> Author:
        return Author(name=by, clock=self._office.clock, four_eyes=self._four_eyes)


def _head(view: views.View) -> dict[str, Any]:
    return {"period": view.period, "issue": view.issue, "closed": view.facts or None}
