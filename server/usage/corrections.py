"""Corrections: a row of the ledger is taken back by one of quantity -1, and another stands for it.

Nothing that was closed is touched: both rows go into the next day that is closed, with the time at
which the play was heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import UsageCorrection
from core.errors import Conflict, Misuse, NotFound
from core.ids import secret_id
from server.usage import rows

if TYPE_CHECKING:
    from core.clock import Clock
    from core.database import Database
    from server.usage.store import UsageStore

VERDICTS = ("counted", "excluded", "quarantined")
_NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What shall be so from now on, why, and who says it."""

    play_id: str
    verdict: str
    note: str
    by: str


def correct(
    database: Database, store: UsageStore, clock: Clock, wanted: Correction
) -> dict[str, Any]:
    """Enter a correction; `{"play", "former", "row"}`, both as JSON rows.

    Raises:
        Misuse: no such verdict, or no reason given.
        NotFound: the play is not in a closed day.
        Conflict: it stands so already, or another correction waits.
    """
    if wanted.verdict not in VERDICTS or not 0 < len(wanted.note.strip()) <= _NOTE:
        raise Misuse(
            "a correction needs a verdict and a reason",
            remedy=f"a verdict of {', '.join(VERDICTS)}, a reason of 1 to {_NOTE} characters",
        )
    former = _standing(store, wanted.play_id)
    if former["verdict"] == wanted.verdict:
        raise Conflict(f"{wanted.play_id} is {wanted.verdict} already")
    reason = "" if wanted.verdict == "counted" else "operator_decision"
    row = {**former, "verdict": wanted.verdict, "reason": reason, "quantity": 1}
    with database.write() as session:
        waiting = select(UsageCorrection.id).where(
            UsageCorrection.play_id == wanted.play_id, UsageCorrection.day.is_(None)
        )
        if session.scalar(waiting):
            raise Conflict(
                f"a correction of {wanted.play_id} waits already",
                remedy="it enters the ledger with the next day that is closed",
            )
        session.add(
            UsageCorrection(
                id=secret_id("cor_"), play_id=wanted.play_id, former=former, row=row,
                note=wanted.note.strip(), by=wanted.by, at=clock(),
            )
        )  # fmt: skip
    return {"play": wanted.play_id, "former": former, "row": row}


def _standing(store: UsageStore, play_id: str) -> dict[str, Any]:
    """The row that stands: the one that was not taken back."""
    with store.connect(open_days=False) as connection:
        connection.execute("CREATE TABLE asked AS SELECT * FROM usage WHERE play_id = ?", [play_id])
        found = list(rows.read(connection, "asked"))
    standing: dict[str, dict[str, Any]] = {}
    for row in found:
        if row["quantity"] > 0:
            standing[row["verdict"]] = row
        else:
            standing.pop(row["verdict"], None)
    if not standing:
        raise NotFound(
            f"no closed day has a play {play_id!r}",
            remedy="what is open is accounted anew until its day is closed",
        )
    return next(reversed(standing.values()))
