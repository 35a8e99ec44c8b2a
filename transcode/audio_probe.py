"""Looks into an audio file: what it declares against what decoding it to the end gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transcode import containers, ffmpeg
from transcode.errors import MediaFault
from transcode.facts import AudioFacts
from transcode.ladder import RATES

if TYPE_CHECKING:
    from pathlib import Path

LOSSLESS = ("flac", "alac", "pcm_")
LOSSY_SLACK = 4_608
"""Samples by which encoder delay and padding make lossy headers differ from the decode."""

TIMEOUT = 900.0


@dataclass(frozen=True, slots=True)
class Stream:
    """ffmpeg's line about the stream: codec, rate in Hz, channels, bits it decodes to."""

    codec: str
    rate: int
    channels: int
    bits: int


def probe_audio(tool: ffmpeg.Ffmpeg, path: Path) -> AudioFacts:
    """Decode to the end, and compare with the header.

    Raises:
        MediaFault: truncated, corrupt, or of a kind we don't take; the message says which.
    """
    container = containers.identify(path)
    promised = containers.declared_samples(path, container)
    counter = _Counter()
    node = ffmpeg.source(path, container.demuxer)
    graph = node.output("pipe:1", f="s16le", acodec="pcm_s16le", err_detect="crccheck")
    try:
        outcome = ffmpeg.execute(tool, graph, timeout=TIMEOUT, on_pcm=counter.add)
    except TimeoutError as late:
        raise MediaFault("unsupported", f"decoding takes longer than {TIMEOUT:.0f} s") from late
    stream = parse_stream(outcome.log)
    if stream is None:
        raise _unreadable(path, container, outcome)
    _acceptable(stream)
    samples = counter.bytes // (2 * stream.channels)
    lossless = stream.codec.startswith(LOSSLESS)
    _complete(path, container, outcome, _Count(samples, promised, stream.rate, lossless))
    return AudioFacts(
        codec=stream.codec,
        container=container.name,
        rate=stream.rate,
        channels=stream.channels,
        bits=stream.bits if lossless else 0,
        samples=samples,
        lossless=lossless,
    )


class _Counter:
    def __init__(self) -> None:
        self.bytes = 0

    def add(self, piece: bytes) -> None:
        self.bytes += len(piece)


@dataclass(frozen=True, slots=True)
class _Count:
    found: int
    promised: int | None
    rate: int
    lossless: bool

    @property
    def missing(self) -> int:
        slack = 0 if self.lossless else LOSSY_SLACK
        return max(0, (self.promised or 0) - self.found - slack)


def parse_stream(log: str) -> Stream | None:
    """The first audio stream of the input in ffmpeg's log, None when there is none."""
    line = re.search(
        r"Stream #0:\d+\S*: Audio: (\w+)[^,]*(?:\([^)]*\))*, (\d+) Hz, ([^,]+), (\w+)"
        r"(?: \((\d+) bit\))?",
        log,
    )
    if line is None:
        return None
    codec, rate, layout, form, depth = line.groups()
    return Stream(codec, int(rate), _channels(layout), int(depth or 0) or _depth(codec, form))


def _channels(layout: str) -> int:
    known = {"mono": 1, "stereo": 2, "2 channels": 2, "1 channels": 1, "downmix": 2}
    if layout in known:
        return known[layout]
    numbered = re.match(r"(\d+)(?:\.(\d+))? ?", layout)
    return int(numbered[1]) + int(numbered[2] or 0) if numbered else 0


def _depth(codec: str, form: str) -> int:
    depths = {"u8": 8, "s16": 16, "s32": 32, "flt": 32, "dbl": 64, "s64": 64}
    named = re.match(r"pcm_[suf](\d+)", codec)
    return int(named[1]) if named else depths.get(form.removesuffix("p"), 16)


def _acceptable(stream: Stream) -> None:
    if stream.channels not in {1, 2}:
        raise MediaFault(
            "unsupported",
            f"{stream.channels or 'an unknown number of'} channels: only mono and stereo are taken",
            remedy="send a stereo mix",
        )
    if stream.rate not in RATES:
        raise MediaFault(
            "unsupported",
            f"a sample rate of {stream.rate} Hz; taken are {', '.join(map(str, RATES))}",
            remedy="send 44.1, 48, 88.2, 96, 176.4 or 192 kHz",
        )


def _unreadable(path: Path, container: containers.Container, outcome: ffmpeg.Outcome) -> MediaFault:
    errors = outcome.errors()
    reason = errors[0] if errors else "no audio stream in it"
    cut = "moov atom not found" in outcome.log or (
        container is containers.OGG and not containers.ogg_ends(path)
    )
    text = f"the {container.name} file can't be decoded: {reason}"
    return MediaFault("truncated" if cut else "corrupt", text, remedy="send it again")


def _complete(
    path: Path, container: containers.Container, outcome: ffmpeg.Outcome, count: _Count
) -> None:
    """Raise the fault that the log and the counts show, if any."""
    errors = outcome.errors()
    if count.missing and not _reached_end(outcome.log, count):
        raise _short(count)
    if container is containers.OGG and not containers.ogg_ends(path):
        raise MediaFault("truncated", "the Ogg stream stops without its last page")
    if errors or outcome.code != 0:
        raise MediaFault(
            "corrupt",
            f"decoding fails after {count.found} samples: {errors[0] if errors else 'ffmpeg died'}",
            remedy="send it again",
        )
    if count.missing:
        raise _short(count)
    if count.found == 0:
        raise MediaFault("corrupt", "the file holds no audio (0 samples)", remedy="send it again")


def _short(count: _Count) -> MediaFault:
    promised = count.promised or 0
    return MediaFault(
        "truncated",
        f"the file ends after {count.found} of the {promised} samples that its header declares"
        f" ({count.found / count.rate:.3f} of {promised / count.rate:.3f} s)",
        remedy="send the whole file",
    )


def _reached_end(log: str, count: _Count) -> bool:
    """Whether time stamps ran to the declared end: then what is missing is missing within."""
    clock = re.findall(r"time=(\d+):(\d+):(\d+\.\d+)", log)
    if not clock or not count.promised:
        return False
    hours, minutes, seconds = clock[-1]
    reached = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return reached > count.promised / count.rate - 0.03
