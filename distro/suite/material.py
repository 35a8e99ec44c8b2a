"""What the suite sends: one good release and one bad, marked as tests, and plain sound files."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from PIL import Image

from ddex.choreography import names
from distro.package import Packed, complete, pack
from distro.release import ReleaseInput, Track, gtin13, isrc, streaming_offers

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ddex.choreography.rows import Choreography
    from distro.release import Sides

RATE = 44_100
KINDS = {"wav": b"", "flac": b"fLaC", "mp3": b"ID3\x04\0\0\0\0\0\0", "jpg": b"\xff\xd8\xff\xe0"}
"""What loose files may be, and how each begins."""
_SECONDS = 2
_HEADER = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery of one release: its files by path at the target, in order; `last` completes it.

    `last` is empty where the files themselves say when all are there.
    """

    top: str
    release: str
    message_id: str
    files: tuple[tuple[str, Path], ...]
    last: str
    answers: str


def parcel(row: Choreography, sides: Sides, folder: Path, now: datetime, *, good: bool) -> Parcel:
    """Write a delivery under `folder`, laid out as the choreography says; a bad one has an audio
    file that is not the one of the message's hash."""
    folder.mkdir(parents=True)
    release = _release(folder / "sources", now, "good" if good else "bad")
    stamp = names.stamp(now)
    top = row.folder(stamp, release.icpn, row.priorities[0] if row.priorities else "")
    batch = row.style == "batch"
    home = folder / top
    packed = pack(release, sides, home if batch else folder / "release", now)
    if not batch:
        packed = _moved(packed, home)
    if not good:
        _spoil(packed)
    last = ""
    if batch:
        complete(home, stamp, (packed,), sides, now)
        last = f"{top}/{names.batch_complete(stamp)}"
    return Parcel(
        top=top,
        release=release.icpn,
        message_id=packed.message_id,
        files=tuple(_in_order(folder, home, last)),
        last=last,
        answers=row.ack_place(top),
    )


def sound(path: Path, size: int) -> Path:
    """A file of `size` bytes (at least 46) of quiet noise, another each time; a whole one as WAV,
    of other kinds it has the first bytes alone."""
    body = (size - _HEADER) // 4 * 4
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", _HEADER - 8 + body, b"WAVE", b"fmt ", 16, 1, 2, RATE, RATE * 4, 4, 16),
        *(b"data", body),
    )
    noise = np.random.default_rng().integers(-300, 300, body // 2, dtype=np.int16)
    start = KINDS.get(path.suffix[1:]) or head
    path.write_bytes(start + (head + noise.tobytes())[len(start) :])
    return path


def _release(folder: Path, now: datetime, what: str) -> ReleaseInput:
    folder.mkdir()
    identity = f"suite {what} {secrets.token_hex(8)}"
    start = (now - timedelta(days=7)).date()
    return ReleaseInput(
        icpn=gtin13(identity),
        title=f"Test delivery ({what})",
        artist="The Test Oscillators",
        label="Segue Test Recordings",
        genre="Electronic",
        sub_genre="Ambient",
        release_date=start,
        tracks=(
            Track(
                title="Tone",
                isrc=isrc(identity, start.year, 1),
                audio=_tone(folder / "1.flac"),
                duration=timedelta(seconds=_SECONDS),
                writers=("Ada Fictional",),
            ),
        ),
        cover=_cover(folder / "cover.jpg"),
        offers=streaming_offers(start),
        type="Single",
        control_type="TestMessage",
    )


def _tone(path: Path) -> Path:
    """Two tones that beat softly; another pitch each time."""
    t = np.arange(_SECONDS * RATE) / RATE
    pitch = 110.0 + secrets.randbelow(40_000) / 100
    swell = 0.3 * np.minimum(1.0, np.minimum(t, t[-1] - t) / 0.01)
    chord = np.stack([swell * np.sin(2 * np.pi * f * t) for f in (pitch, pitch * 1.5)], axis=1)
    soundfile.write(path, chord, RATE, format="FLAC", subtype="PCM_16")
    return path


def _cover(path: Path) -> Path:
    colour = tuple(secrets.randbelow(200) + 20 for _ in range(3))
    Image.new("RGB", (1600, 1600), colour).save(path, "JPEG", quality=80)
    return path


def _moved(packed: Packed, home: Path) -> Packed:
    """The release's own folder is the top folder."""
    packed.folder.rename(home)
    return replace(packed, folder=home, message=home / packed.message.name)


def _spoil(packed: Packed) -> None:
    """Sound music, but not the music that was hashed."""
    (path,) = (packed.folder / names.RESOURCES).glob("*.flac")
    samples, rate = soundfile.read(path, dtype="int16")
    soundfile.write(path, samples[::-1], rate, format="FLAC", subtype="PCM_16")


def _in_order(folder: Path, home: Path, last: str) -> list[tuple[str, Path]]:
    """Media, then messages, then what completes."""
    found = [path for path in home.rglob("*") if path.is_file()]
    named = [(path.relative_to(folder).as_posix(), path) for path in found]
    return sorted(named, key=lambda each: (each[0] == last, each[0].endswith(".xml"), each[0]))
