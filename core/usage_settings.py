"""Settings of usage: what counts, what is suspicious, when a day is closed."""

from __future__ import annotations

from pydantic import Field

from core.door_settings import Section


class Usage(Section):
    """What counts as a play, and what is put into quarantine instead."""

    least_s: int = Field(
        default=30, ge=0, le=600, description="Seconds that must be heard for a play to count."
    )
    markets: tuple[str, ...] = Field(
        default=(),
        description="Other seconds by market and recipient, as `TERRITORY/FEED=SECONDS` with `*` "
        "for all: `DE/*=31`, `*/feed_x=60`. The most special one holds.",
    )
    streams: tuple[str, ...] = Field(
        default=("family=6",),
        description="Plays that an account of a tier may hear at once and that count, as "
        "`TIER=NUMBER`; other tiers: one.",
    )
    recording_cap: int = Field(
        default=30, ge=1, description="Plays of one recording that count for an account and day."
    )
    day_cap: int = Field(
        default=2_000, ge=1, description="Plays that count for an account and day."
    )
    loop: int = Field(
        default=100,
        ge=1,
        description="Above so many plays of one recording by one listener on a day, all of them "
        "are quarantined.",
    )
    accounts_per_address: int = Field(
        default=25,
        ge=1,
        description="Above so many accounts at one address (/24, for IPv6 /64) on a day, their "
        "plays are quarantined.",
    )
    zone: str = Field(default="UTC", description="IANA time zone of the days that caps stand for.")
    close: bool = Field(
        default=True,
        description="Whether the service closes each day, three hours after midnight UTC.",
    )
    keep_accounts_days: int = Field(
        default=45,
        ge=35,
        description="Days after which plays of closed days are parted from their accounts and "
        "addresses; late plays are taken for 30.",
    )
