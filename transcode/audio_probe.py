"""Looks into an audio file: what it declares against what decoding it to the end gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import SegueError, Unavailable
from transcode import containers, ffmpeg, promises, truth
from transcode.errors import MediaFault
from transcode.facts import AudioFacts
from transcode.gaps import first_gap
from transcode.hearing import Hearing
from transcode.ladder import RATES

if TYPE_CHECKING:
    from pathlib import Path

LOSSLESS = ("flac", "alac", "pcm_s", "pcm_u", "pcm_f")
LOSSY = ("mp1", "mp2", "mp3", "aac", "vorbis", "opus")
LOSSY_SLACK = 4_608
"""Samples by which encoder delay and padding make lossy headers differ from the decode."""

TIMEOUT = 900.0
_GLANCE_SECONDS = 30.0
LONGEST_SECONDS = 12 * 3600
MOST_CHANNELS = 8
_PICTURE = re.compile("attached picture")
DOWNMIX = "by ITU-R BS.775: centre and surrounds at -3 dB, no LFE, scaled so that nothing clips"


@dataclass(frozen=True, slots=True)
class Stream:
    """ffmpeg's line about the stream: codec, rate in Hz, channels, bits it decodes to, layout."""

    codec: str
    rate: int
    channels: int
    bits: int
    layout: str = ""

    @property
    def lossless(self) -> bool:
        """Whether the codec keeps every bit."""
        return self.codec.startswith(LOSSLESS)

    @property
    def used_channels(self) -> int:
        """Those that are left of more than two."""
        return min(self.channels, 2)

    @property
    def form(self) -> str:
        """How it is decoded for a look: without losing a bit, but for doubles."""
        if self.codec.startswith("pcm_f"):
            return "f32le"
        return "s32le" if self.lossless and self.bits > 16 else "s16le"


def probe_audio(tool: ffmpeg.Ffmpeg, path: Path) -> AudioFacts:
    """Decode to the end, listen, and compare with the header.

    Raises:
        MediaFault: truncated, corrupt, or of a kind we don't take; the message says which.
        Unavailable: the machine was too busy to end; another try may help.
    """
    container = containers.identify(path)
    promise = promises.promised(path, container)
    node = ffmpeg.source(path, container.demuxer, err_detect="crccheck")
    stream = _glance(tool, path, container)
    _acceptable(stream, container)
    promised = promise.at(stream.rate) if promise else 0
    if promised > LONGEST_SECONDS * stream.rate:
        raise _too_long(f"{promised / stream.rate / 3600:.1f} hours")
    hearing = Hearing(stream.form, rate=stream.rate, channels=stream.used_channels)
    if stream.channels > 2:
        node = node.filter("aformat", channel_layouts="stereo")
    form = stream.form
    graph = node.output("pipe:1", f=form, acodec=f"pcm_{form}")
    timeout = TIMEOUT + 2 * promised / stream.rate
    outcome = _execute(tool, graph, hearing, stream.rate, timeout)
    count = _Count(hearing.samples, promised, stream.rate, stream.lossless)
    _complete(tool, path, container, outcome, count)
    return _facts(stream, container, hearing)


def _facts(stream: Stream, container: containers.Container, hearing: Hearing) -> AudioFacts:
    heard = hearing.heard(bits=stream.bits, lossless=stream.lossless)
    if heard.not_a_number >= 0:
        raise MediaFault(
            "corrupt",
            f"sample {heard.not_a_number} ({heard.not_a_number / stream.rate:.3f} s) is no number:"
            " NaN or infinite",
            remedy="render the file again",
        )
    doubts = [one.to_json() for one in truth.doubts(heard)]
    more = stream.channels > 2
    if more:
        text = f"{stream.channels} channels ({stream.layout}) are mixed down to stereo {DOWNMIX}"
        doubts.append({"kind": "downmix", "text": text})
    return AudioFacts(
        codec=stream.codec,
        container=container.name,
        rate=stream.rate,
        channels=stream.used_channels,
        bits=stream.bits if stream.lossless else 0,
        samples=heard.samples,
        lossless=stream.lossless,
        layout=stream.layout if more else "",
        sent_channels=stream.channels,
        findings=tuple(doubts),
    )


def _glance(tool: ffmpeg.Ffmpeg, path: Path, container: containers.Container) -> Stream:
    """What ffmpeg says of the file before it decodes it."""
    node = ffmpeg.source(path, container.demuxer)
    try:
        outcome = ffmpeg.execute(tool, node.output("-", f="null", t=0), timeout=_GLANCE_SECONDS)
    except ffmpeg.Exhausted as much:
        text = f"the {container.name} file can't be opened: {much}"
        raise MediaFault("corrupt", text, remedy="send it again") from much
    stream = parse_stream(outcome.log)
    if stream is None:
        raise _unreadable(path, container, outcome)
    return stream


def _execute(
    tool: ffmpeg.Ffmpeg, graph: object, hearing: Hearing, rate: int, timeout: float
) -> ffmpeg.Outcome:
    def hear(piece: bytes) -> None:
        hearing.add(piece)
        if hearing.samples > LONGEST_SECONDS * rate:  # of what promised nothing
            raise _too_long(f"more than {LONGEST_SECONDS // 3600} hours")

    try:
        return ffmpeg.execute(tool, graph, timeout=timeout, on_pcm=hear)
    except ffmpeg.Exhausted as much:
        raise MediaFault(
            "unsupported",
            f"decoding was stopped at {_at(hearing, rate)}: {much}",
            remedy="send it in parts, or as plain WAV or FLAC",
        ) from much
    except ffmpeg.Late as late:
        raise Unavailable(
            f"decoding had come to {_at(hearing, rate)}: {late}", remedy=late.remedy
        ) from late


def _at(hearing: Hearing, rate: int) -> str:
    return f"sample {hearing.samples} ({hearing.samples / rate:.3f} s)"


def _too_long(lasts: str) -> MediaFault:
    return MediaFault(
        "unsupported",
        f"the file lasts {lasts}; at most {LONGEST_SECONDS // 3600} are taken",
        remedy="send it in parts",
    )


@dataclass(frozen=True, slots=True)
class _Count:
    found: int
    promised: int
    rate: int
    lossless: bool

    @property
    def missing(self) -> int:
        slack = 0 if self.lossless else LOSSY_SLACK
        return max(0, self.promised - self.found - slack)


def parse_stream(log: str) -> Stream | None:
    """The first audio stream of the input in ffmpeg's log, None when there is none."""
    # at its own indent: what stands in a tag is a stranger's, and indented further
    line = re.search(
        r"^\[info]   Stream #0:\d+\S*: Audio: (\w+)[^,]*(?:\([^)]*\))*, (\d+) Hz, ([^,]+), (\w+)"
        r"(?: \((\d+) bit\))?",
        log,
        re.MULTILINE,
    )
    if line is None:
        return None
    codec, rate, layout, form, depth = line.groups()
    depth_bits = int(depth or 0) or _depth(codec, form)
    return Stream(codec, int(rate), _channels(layout), depth_bits, layout.strip())


def _channels(layout: str) -> int:
    known = {"mono": 1, "stereo": 2, "2 channels": 2, "1 channels": 1, "downmix": 2}
    if layout in known:
        return known[layout]
    named = {"quad": 4, "hexagonal": 6, "octagonal": 8}.get(layout.partition("(")[0])
    numbered = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", layout)
    return named or (sum(int(part or 0) for part in numbered.groups()) if numbered else 0)


def _depth(codec: str, form: str) -> int:
    depths = {"u8": 8, "s16": 16, "s32": 32, "flt": 32, "dbl": 64, "s64": 64}
    named = re.match(r"pcm_[suf](\d+)", codec)
    return int(named[1]) if named else depths.get(form.removesuffix("p"), 16)


def _acceptable(stream: Stream, container: containers.Container) -> None:
    if not (stream.lossless or stream.codec in LOSSY):
        raise MediaFault(
            "unsupported",
            f"the {container.name} file holds {stream.codec}; taken are linear PCM, FLAC, ALAC,"
            " MP3, AAC, Vorbis and Opus",
            remedy="send PCM, or FLAC",
        )
    if not 1 <= stream.channels <= MOST_CHANNELS:
        raise MediaFault(
            "unsupported",
            f"{stream.channels or 'an unknown number of'} channels; at most {MOST_CHANNELS} can be"
            " mixed down to stereo",
            remedy="send a stereo mix",
        )
    if stream.rate not in RATES:
        raise MediaFault(
            "unsupported",
            f"a sample rate of {stream.rate} Hz; taken are {', '.join(map(str, RATES))}",
            remedy="send 44.1, 48, 88.2, 96, 176.4 or 192 kHz",
        )


def _unreadable(path: Path, container: containers.Container, outcome: ffmpeg.Outcome) -> MediaFault:
    reason = _reason(outcome, path) or "no audio stream in it"
    cut = "moov atom not found" in outcome.log or (
        container is containers.OGG and not containers.ogg_ends(path)
    )
    text = f"the {container.name} file can't be decoded: {reason}"
    return MediaFault("truncated" if cut else "corrupt", text, remedy="send it again")


def _complete(
    tool: ffmpeg.Ffmpeg,
    path: Path,
    container: containers.Container,
    outcome: ffmpeg.Outcome,
    count: _Count,
) -> None:
    """Raise the fault that the log and the counts show, if any."""
    reason = _reason(outcome, path)
    if count.found == 0 and (reason or (count.promised and container is containers.FLAC_FILE)):
        # ffmpeg 5.1 passes FLAC of 32 bits without a word
        why = reason or f"its header declares {count.promised} samples"
        text = f"nothing of the {container.name} file can be decoded: {why}"
        raise MediaFault("corrupt", text, remedy="send it again, or as 24 bits at most")
    if count.missing and not _reached_end(outcome.log, count):
        raise _short(count)
    if container is containers.OGG and not containers.ogg_ends(path):
        raise MediaFault("truncated", "the Ogg stream stops without its last page")
    if reason or outcome.code != 0:
        if container is containers.OGG and (second := containers.ogg_second(path)):
            raise _chained(second)
        place = _place(tool, path, container, count)
        raise MediaFault("corrupt", f"{place}: {reason or 'ffmpeg died'}", remedy="send it again")
    if count.missing:
        raise _short(count)
    if count.found == 0:
        raise MediaFault("corrupt", "the file holds no audio (0 samples)", remedy="send it again")


def _reason(outcome: ffmpeg.Outcome, path: Path) -> str:
    """What ffmpeg says first of the sound, without our folders; empty: nothing."""
    found = (error.replace(f"file:{path.absolute()}: ", "") for error in outcome.errors())
    return next((error for error in found if not _PICTURE.search(error)), "")


def _chained(second: int) -> MediaFault:
    return MediaFault(
        "unsupported",
        f"the Ogg file holds a second stream, from byte {second} on (chained); one is taken",
        remedy="send each in a file of its own",
    )


def _place(tool: ffmpeg.Ffmpeg, path: Path, container: containers.Container, count: _Count) -> str:
    """Where decoding failed first, as exactly as it can be told."""
    try:
        gap = first_gap(tool, path, container.demuxer, rate=count.rate, timeout=TIMEOUT)
    except SegueError:
        gap = None
    if gap:
        return f"{gap} can't be decoded"
    seconds = count.found / count.rate
    return f"decoding fails; {count.found} samples ({seconds:.3f} s) could be decoded"


def _short(count: _Count) -> MediaFault:
    return MediaFault(
        "truncated",
        f"the file ends after {count.found} of the {count.promised} samples that its header"
        f" declares ({count.found / count.rate:.3f} of {count.promised / count.rate:.3f} s)",
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
