"""What counts as usage: thresholds per market and recipient, streams per tier, caps, marks of
fraud. Values only; `server.usage.accounting` applies them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "*"
END_SLACK_MS = 500
"""A track heard to its end reports a few frames less than its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A row of the table of thresholds; `*` stands for every territory or feed.

    The most special row holds: territory and feed, then the territory, then the feed.
    """

    territory: str = ANY
    feed_id: str = ANY
    least_ms: int = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that accounting is told.

    Attributes:
        markets: milliseconds that must be heard; a shorter track must be heard to its end.
        streams: tier -> plays that one account may hear at once; others `default_streams`.
        join_ms: how much two plays may overlap: players open the next before the last is over.
        recording_cap: plays of one recording that count for one account and day.
        day_cap: plays that count for one account and day.
        loop: above so many plays of one recording by one listener on a day all are quarantined.
        accounts_per_address: above so many accounts at one address on a day likewise.
        speed_ms: how much more than the time that passed may be claimed, for skewed clocks.
        zone: IANA time zone of the days that caps stand for.
    """

    markets: tuple[Market, ...] = (Market(),)
    streams: Mapping[str, int] = field(default_factory=dict)
    default_streams: int = 1
    join_ms: int = 5_000
    recording_cap: int = 30
    day_cap: int = 2_000
    loop: int = 100
    accounts_per_address: int = 25
    speed_ms: int = 60_000
    zone: str = "UTC"


REASONS: Mapping[str, tuple[str, str]] = {
    "preview": ("excluded", "a preview, not a play"),
    "operator": ("excluded", "an operator's own play"),
    "bot": ("quarantined", "the client says that it is a program, not a player"),
    "speed": ("quarantined", "more was claimed to be heard than time had passed"),
    "too_short": ("excluded", "not heard long enough for its market and recipient"),
    "address": ("quarantined", "too many accounts at one address on one day"),
    "loop": ("quarantined", "one recording over and over by one listener on one day"),
    "concurrent": ("excluded", "more streams at once than the account's tier allows"),
    "recording_cap": ("excluded", "one recording more often than counts for an account and day"),
    "day_cap": ("excluded", "more plays than count for an account and day"),
}
"""Reason -> (verdict, what it means), in the order in which they are asked."""
