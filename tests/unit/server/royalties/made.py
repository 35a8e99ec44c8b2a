"""Usage and books for tests: rows of the view `usage`, made by hand."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from server.royalties.agreement import Agreement
from server.royalties.book import Figure
from server.usage.rows import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

A, B, C = "PADPIDA2014120301L", "PADPIDA2013020802I", "PADPIDA2011072101T"
FEEDS = {"fa": A, "fb": B, "fc": C}
MID = datetime(2026, 11, 15, 12)  # noqa: DTZ001 - the view's times are UTC without a zone


def play(feed: str, recording: str, **changed: Any) -> dict[str, Any]:
    """A counted play of a recording; `changed` are columns."""
    at: datetime = changed.get("used_at", MID)
    return {
        "leaf": 1, "play_id": "p", "day": at.date(), "used_at": at, "feed_id": feed,
        "release_id": f"r{feed}", "recording_id": recording, "isrc": recording.upper(),
        "deal": "", "territory": "DE", "tier": "premium", "model": "SubscriptionModel",
        "use": "OnDemandStream", "pseudonym": "u", "heard_ms": 60_000, "duration_ms": 200_000,
        "quantity": 1, "verdict": "counted", "reason": "", **changed,
    }  # fmt: skip


@contextmanager
def usage(plays: Iterable[Mapping[str, Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the view `usage` of these plays."""
    rows = [tuple(one[name] for name in COLUMNS) for one in plays]
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(f"CREATE TABLE usage ({columns})")
        if rows:
            lists = [list(column) for column in zip(*rows, strict=True)]
            values = ", ".join(
                f"unnest(${place}::{kind}[])" for place, kind in enumerate(COLUMNS.values(), 1)
            )
            connection.execute(f"INSERT INTO usage SELECT {values}", lists)
        yield connection


def agreement(name: str, recipient: str, **changed: Any) -> Agreement:
    """An agreement from 2026 on at half of everything."""
    given = {"first": date(2026, 1, 1), "share": Decimal("0.5"), "currency": "EUR", **changed}
    return Agreement(name=name, recipient=recipient, **given)


def figure(net: str, territory: str = "DE", tier: str = "premium", currency: str = "EUR") -> Figure:
    """Revenue of a tier."""
    return Figure(territory=territory, tier=tier, currency=currency, net=Decimal(net))


def later(at: datetime, **by: int) -> datetime:
    """An instant moved on."""
    return at + timedelta(**by)
