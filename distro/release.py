"""What a release is before it becomes a message: the input of packaging."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, timedelta
    from pathlib import Path

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ICPN_PREFIX = "20"
"""GS1 restricted circulation: these numbers never clash with a real product."""
_ISRC_PREFIX = "XSEGU"
"""ISO 3166 keeps XA-XZ for private use, so no real recording has such a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Who sends and who receives: DPIDs and names."""

    sender_dpid: str
    sender_name: str
    recipient_dpid: str
    recipient_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One deal: commercial models, uses, where and when. No end means open."""

    models: tuple[str, ...]
    uses: tuple[str, ...]
    territories: tuple[str, ...] = ("Worldwide",)
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One recording with its finished file. `advisory` is a ParentalWarningType."""

    title: str
    isrc: str
    audio: Path
    duration: timedelta
    writers: tuple[str, ...] = ()
    advisory: str = "NotExplicit"
    disc: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseInput:
    """A release with its tracks in order, its cover and its offers."""

    icpn: str
    title: str
    artist: str
    label: str
    genre: str
    sub_genre: str
    release_date: date
    tracks: tuple[Track, ...]
    cover: Path | None
    offers: tuple[Offer, ...]
    language: str = "en"
    type: str = "Album"
    control_type: str = "LiveMessage"


def streaming_offers(
    start: date, end: date | None = None, territories: tuple[str, ...] = ("Worldwide",)
) -> tuple[Offer, ...]:
    """What a streaming service needs: subscription on demand, advertising tier, offline copies."""
    uses = ("OnDemandStream", "NonInteractiveStream")
    return (
        Offer(
            models=("SubscriptionModel",),
            uses=(*uses, "ConditionalDownload"),
            territories=territories,
            start=start,
            end=end,
        ),
        Offer(
            models=("AdvertisementSupportedModel",),
            uses=uses,
            territories=territories,
            start=start,
            end=end,
        ),
    )


def gtin13(seed: str) -> str:
    """A GTIN-13 for restricted circulation, the same for the same seed."""
    body = _ICPN_PREFIX + f"{_number(seed) % 10**10:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)


def isrc(seed: str, year: int, number: int) -> str:
    """An ISRC for private use: year of reference, then five digits from seed and number."""
    designation = (_number(seed) + number) % 100_000
    return f"{_ISRC_PREFIX}{year % 100:02d}{designation:05d}"


def dpid(body: str) -> str:
    """A DPID with its check character (ISO 7064 mod 37,36 over `PADPIDA` and 10 characters).

    Raises:
        ValueError: the body is not 10 digits or capital letters.
    """
    if len(body) != 10 or any(each not in ALPHABET for each in body):
        raise ValueError(f"a DPID needs 10 digits or capital letters, not {body!r}")
    text = f"PADPIDA{body}"
    return text + check_37_36(text)


def check_37_36(text: str) -> str:
    """The check character of ISO 7064 mod 37,36."""
    product = 36
    for each in text:
        total = (product + ALPHABET.index(each)) % 36 or 36
        product = total * 2 % 37
    return ALPHABET[(37 - product) % 36]


def _number(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
