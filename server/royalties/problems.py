"""What is wrong with a month's money: found, collected, told with a remedy; never raised singly.

An `error` stops the closing of a month; a `warning` does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Level = Literal["error", "warning"]

CODES: Mapping[str, tuple[Level, str]] = MappingProxyType(
    {
        "revenue-missing": ("error", "plays without any revenue entered for them"),
        "revenue-unused": ("warning", "revenue of which no counted play is: it is paid to nobody"),
        "usage-reversed": ("error", "more reversals than plays: revenue can't be split"),
        "rate-missing": ("error", "no exchange rate between two currencies"),
        "agreement-missing": ("error", "a recipient was played and has no agreement"),
        "agreement-gap": ("error", "plays at a time, or of a kind, that no agreement covers"),
        "agreement-overlap": ("error", "two agreements would pay the same plays"),
        "agreements-none": ("warning", "no agreements at all: shares are paid in full"),
        "recipient-unknown": ("error", "an agreement with a recipient that has no feed"),
        "subscribers-missing": ("error", "a minimum per subscriber, and no number of subscribers"),
        "subscribers-untold": ("warning", "a report that tells subscribers, and no number of them"),
        "period-unpaid": ("warning", "a week's reports tell plays and no money"),
        "identifier-missing": ("warning", "played recordings without ISRC, releases without ICPN"),
        "approval-missing": ("error", "revenue or an agreement that waits for a second operator"),
        "period-open": ("error", "plays can still fall into the month"),
        "days-open": ("error", "days of the month that the ledger of usage has not closed"),
        "days-unsettled": ("warning", "a report's days that the ledger of usage has not closed"),
        "earlier-open": ("warning", "an earlier month with plays was never closed"),
    }
)
"""code -> (level, meaning)."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One of them: `subject` is what it is about, such as a territory and tier or a recipient."""

    code: str
    subject: str
    message: str
    remedy: str

    @property
    def level(self) -> Level:
        """As its code says."""
        return CODES[self.code][0]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "code": self.code,
            "level": self.level,
            "subject": self.subject,
            "message": self.message,
            "remedy": self.remedy,
        }
