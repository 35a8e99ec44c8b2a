"""`distro make`: a synthesised album with cover, packed as a batch."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ddex.choreography import names
from ddex.choreography.rows import DEFAULT, row
from distro import artwork, synth
from distro.package import Batch, write_batch
from distro.release import ReleaseInput, Sides, Track, gtin13, isrc, streaming_offers

if TYPE_CHECKING:
    from datetime import datetime

ALBUMS = (
    ("Glass Orchard", "Ilva Marrow", ("First Frost", "The Picker's Song", "Thaw")),
    ("Slow Harbour", "Tern & Tide", ("Out Past the Buoys", "Half Water", "Lamps on the Mole")),
    ("Paper Weather", "Odalin", ("Fold", "Crease", "Kite String")),
    ("Low Dunes", "Brine Choir", ("Windward", "Salt Almanac", "Lee Side")),
    ("Static Bloom", "Kilo Fern", ("Carrier", "Petal Noise", "Sign-Off")),
    ("Third Window", "Kite Bureau", ("Night Desk", "Long Exposure", "Green Room")),
)
"""Invented titles and artists, one for each style of cover."""

LABEL = "Segue Demo Recordings"
GENRES = (("Electronic", "Downtempo"), ("Electronic", "Ambient"), ("Pop", "Indie Pop"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make. Empty title and artist are drawn from `ALBUMS` by the seed."""

    sides: Sides
    tracks: int = 3
    seed: int = 1
    title: str = ""
    artist: str = ""
    seconds: float | None = None
    cover_size: int = artwork.SIZE
    start: date | None = None
    end: date | None = None
    territories: tuple[str, ...] = ("Worldwide",)
    choreography: str = DEFAULT
    priority: str = "N"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An album and the batch that holds it."""

    release: ReleaseInput
    batch: Batch


def make(order: Order, out: Path, now: datetime) -> Made:
    """Synthesise an album and pack it under `out`; offered from a week ago unless ordered else.

    Raises:
        ValueError: no such choreography, or it has no such priority.
    """
    by = row(order.choreography)
    by.folder(names.stamp(now), "any", order.priority)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".make-", dir=out) as folder:
        release = synthesise(order, Path(folder), now)
        batch = write_batch([release], order.sides, out, now, by, order.priority)
        return Made(release=release, batch=batch)


def synthesise(order: Order, folder: Path, now: datetime) -> ReleaseInput:
    """Write audio and cover into `folder` and describe them as a release."""
    title, artist, known = ALBUMS[(order.seed - 1) % len(ALBUMS)]
    title, artist = order.title or title, order.artist or artist
    start = order.start or (now - timedelta(days=7)).date()
    identity = f"{order.seed}\x1f{title}\x1f{artist}\x1f{order.tracks}"
    tracks = []
    for sound in synth.album(order.tracks, order.seed, order.seconds):
        path = folder / f"{sound.number}.flac"
        synth.write_flac(path, sound.samples)
        tracks.append(
            Track(
                title=_title(known if not order.title else (), sound.number),
                isrc=isrc(identity, start.year, sound.number),
                audio=path,
                duration=timedelta(seconds=sound.seconds),
                writers=(artist,),
            )
        )
    cover = folder / "cover.jpg"
    artwork.write_jpeg(cover, order.seed, order.cover_size)
    genre, sub_genre = GENRES[(order.seed - 1) % len(GENRES)]
    return ReleaseInput(
        icpn=gtin13(identity),
        title=title,
        artist=artist,
        label=LABEL,
        genre=genre,
        sub_genre=sub_genre,
        release_date=start,
        tracks=tuple(tracks),
        cover=cover,
        offers=streaming_offers(start, order.end, order.territories),
        type="Album" if order.tracks > 2 else "Single",
    )


def _title(known: tuple[str, ...], number: int) -> str:
    return known[number - 1] if number <= len(known) else f"Part {number}"
