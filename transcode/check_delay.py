"""Whether renditions mean the same instants: their cuts, their samples, what is told of them."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from transcode.findings import HlsFinding, finding
from transcode.sources import Absent, Spent, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from transcode.check_media import Measured
    from transcode.mpd_reader import Representation
    from transcode.sources import FileSource

MANIFEST = "manifest.json"
MASTER = "master.m3u8"
_OURS = {MASTER, "adaptive.m3u8", "lossless.m3u8"}
_LOUD = 100.0
"""RMS in units of 16 bits; what is quieter has no shape to compare."""
_LIKE = 0.5
_FEWEST = 4_096


def aligned(renditions: Sequence[Measured]) -> list[HlsFinding]:
    """Every cut but the end must be the same instant in all renditions, and the music in them."""
    found: list[HlsFinding] = []
    if len(renditions) < 2:
        return found
    first, *others = renditions
    for other in others:
        if len(other.segments) != len(first.segments):
            detail = f"{len(other.segments)} here, {len(first.segments)} in {first.name}"
            found.append(finding("HLS-311", other.name, detail))
            continue
        for index, (mine, theirs) in enumerate(zip(other.starts, first.starts, strict=True)):
            if mine * first.rate != theirs * other.rate:
                detail = (
                    f"segment {index} starts at {mine / other.rate:.6f} s here,"
                    f" at {theirs / first.rate:.6f} s in {first.name}"
                )
                found.append(finding("HLS-307", other.name, detail))
                break
    return found + _shifted(renditions)


def _shifted(renditions: Sequence[Measured]) -> list[HlsFinding]:
    """Renditions of one rate whose samples fit each other best when one is moved."""
    found = []
    by_rate: dict[int, Measured] = {}
    for one in renditions:
        first = by_rate.setdefault(one.rate, one)
        if first is one or not first.head or not one.head:
            continue
        lag = _lag(_mono(first), _mono(one))
        if lag:
            detail = f"{lag} samples against {first.name}"
            found.append(finding("HLS-318", one.name, detail))
    return found


def _mono(one: Measured) -> NDArray[np.float64]:
    pcm = np.frombuffer(one.head, dtype="<i2")
    channels = max(1, one.channels)
    return np.asarray(pcm[: len(pcm) // channels * channels : channels], dtype=np.float64)


def _lag(one: NDArray[np.float64], other: NDArray[np.float64]) -> int:
    """Samples by which `other` is late; 0 when they do not resemble each other enough to say."""
    samples = min(len(one), len(other))
    if samples < _FEWEST:
        return 0
    one, other = one[:samples], other[:samples]
    power = float(np.sqrt((one**2).sum() * (other**2).sum()))
    if power < samples * _LOUD**2:
        return 0
    size = 1 << (2 * samples - 1).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size)), size)
    lag = int(np.argmax(likeness))
    if likeness[lag] < _LIKE * power or likeness[lag] <= 1.001 * likeness[0]:
        return 0
    return lag if lag < size // 2 else lag - size


def is_ours(source: FileSource) -> bool:
    """Whether it is what our pipeline wrote, or was changed since: our manifest lies beside it."""
    if source.start.rpartition("/")[2] not in _OURS and not source.local:
        return False
    try:
        found = source.read(resolve(source.start, MANIFEST))
    except (Absent, Spent):
        return False
    return source.local or b'"renditions"' in found


def manifest(source: FileSource, renditions: Sequence[Measured]) -> list[HlsFinding]:
    """Of ours, all that the manifest tells must be what was measured, and all of it be listed."""
    address = resolve(source.start, MANIFEST)
    try:
        told = json.loads(source.read(address))
        listed = [_Told(one, told) for one in told["renditions"]]
    except Absent:
        return []
    except (ValueError, KeyError, TypeError, RecursionError) as bad:
        return [finding("HLS-401", address, f"unreadable ({type(bad).__name__}: {bad})"[:200])]
    found = []
    if not all(one.begins_with(listed[0]) for one in listed):
        found.append(finding("HLS-401", address, "the music begins at different instants"))
    by_name = {one.name.rpartition("/")[2].removesuffix(".m3u8"): one for one in renditions}
    whole = source.start.rpartition("/")[2] == MASTER
    for one in listed:
        measured = by_name.get(one.name)
        if measured is not None and (measured.starts[:1] == (0,) or one.is_whole(measured)):
            faults = one.faults(measured)
            found += [finding(code, address, f"{one.name}: {text}") for code, text in faults]
        elif measured is None and whole:
            found.append(finding("HLS-402", address, f"{one.name} is not listed, or unreadable"))
    return found


def offsets(source: FileSource, said: Sequence[Representation]) -> list[HlsFinding]:
    """Of ours, what an MPD takes off each representation is the delay that the manifest tells."""
    try:
        told = json.loads(source.read(resolve(source.start, MANIFEST)))
        delays = {
            str(one["name"]): Fraction(one["delay"], one["rate"]) for one in told["renditions"]
        }
    except (Absent, ValueError, KeyError, TypeError, RecursionError, ZeroDivisionError):
        return []  # told by `manifest`
    found = []
    for one in said:
        delay = delays.get(one.playlist.place.rpartition("#")[2])
        if delay is not None and one.offset != delay:
            detail = (
                f"presentationTimeOffset is {float(one.offset):.6f} s, not {float(delay):.6f} s"
            )
            found.append(finding("HLS-401", one.place, detail))
    return found


class _Told:
    """One rendition as the manifest tells of it."""

    def __init__(self, data: Mapping[str, Any], track: Mapping[str, Any]) -> None:
        self.name = str(data["name"])
        self.codec = str(data["codec"])
        self.codecs = str(data["codecs"])
        self.rate, self.channels, self.bits = (int(data[k]) for k in ("rate", "channels", "bits"))
        self.delay, self.samples, self.padding = (
            int(data[k]) for k in ("delay", "samples", "padding")
        )
        self.segments = [(int(samples), int(size)) for samples, size in data["segments"]]
        self.whole = -(-int(track["samples"]) * self.rate // int(track["rate"]))

    def begins_with(self, other: _Told) -> bool:
        """Whether the music begins at one instant, to the sample that is nearest to it."""
        apart = abs(self.delay * other.rate - other.delay * self.rate)
        return 2 * apart <= max(self.rate, other.rate)

    def is_whole(self, measured: Measured) -> bool:
        """Whether these are as many segments as were made: no clip."""
        return len(self.segments) == len(measured.segments)

    def faults(self, measured: Measured) -> list[tuple[str, str]]:
        found = []
        there = [(one.samples, one.bytes) for one in measured.segments]
        shape = (measured.codecs.lower(), measured.rate, measured.channels)
        if (self.codecs.lower(), self.rate, self.channels) != shape:
            found.append(("HLS-402", f"{self.codecs} of {self.rate} Hz is told"))
        elif self.codec == "flac" and self.bits != measured.bits:
            found.append(("HLS-402", f"{self.bits} bits are told, {measured.bits} are there"))
        if self.segments != there:
            found.append(("HLS-402", "its segments are others than those that are there"))
        if measured.starts[:1] != (0,):
            found.append(("HLS-401", f"decode times begin at {measured.starts[0]}, not 0"))
        total = self.delay + self.samples + self.padding
        if total != measured.samples:
            found.append(("HLS-401", f"{total} samples are told, {measured.samples} are there"))
        if self.samples != self.whole:
            found.append(
                ("HLS-401", f"{self.samples} samples of music, the track has {self.whole}")
            )
        least = 1024 if self.codec == "aac" else 0
        if (
            self.delay < least
            or self.delay % (least or 1)
            or not 0 <= self.padding <= (least and least - 1)
        ):
            found.append(("HLS-401", f"delay {self.delay} and padding {self.padding} can't be"))
        return found
