"""HLS playlists (RFC 8216) from measured segments. Relative addresses only, the same for all.

Three multivariant playlists. `master.m3u8` lists the whole ladder. A native player switches
between any two variants of one playlist whenever bandwidth changes, and FLAC to AAC in mid-track
damages an access unit (the decoder starts without its pre-roll); so native players get
`adaptive.m3u8`, AAC only, and a listener who pins lossless gets `lossless.m3u8`, FLAC only.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from transcode.manifest import Rendition, Segment

MASTER, ADAPTIVE, LOSSLESS = "master.m3u8", "adaptive.m3u8", "lossless.m3u8"
VERSION = 7
INIT = "init.mp4"


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """Bits per second: the peak that RFC 8216, 4.1 defines, and the average over all."""

    peak: int
    average: int


def segment_name(index: int) -> str:
    """File name of the segment with this index, from 0."""
    return f"{index}.m4s"


def target_duration(segments: Sequence[Segment], rate: int) -> int:
    """The longest segment in seconds, rounded to the nearest, at least 1."""
    longest = max((segment.samples for segment in segments), default=rate)
    return max(1, (2 * longest + rate) // (2 * rate))


def bandwidth(segments: Sequence[Segment], rate: int) -> Bandwidth:
    """Peak over any run of whole segments lasting 0.5 to 1.5 target durations, and average.

    A track too short for any such run counts as one run.
    """
    target = target_duration(segments, rate)
    peak = Fraction(0)
    for first in range(len(segments)):
        samples = size = 0
        for segment in segments[first:]:
            samples, size = samples + segment.samples, size + segment.bytes
            if 2 * samples > 3 * target * rate:
                break
            if 2 * samples >= target * rate:
                peak = max(peak, Fraction(8 * size * rate, samples))
    total = sum(segment.samples for segment in segments)
    average = Fraction(8 * sum(segment.bytes for segment in segments) * rate, max(1, total))
    return Bandwidth(_up(max(peak, average)), _up(average))


def _up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def seconds(samples: int, rate: int) -> str:
    """samples/rate with nine decimals, rounded to the nearest: exact to far below a sample."""
    billionths = (2 * samples * 10**9 + rate) // (2 * rate)
    return f"{billionths // 10**9}.{billionths % 10**9:09d}"


def media(rendition: Rendition) -> str:
    """The media playlist of one rendition."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target_duration(rendition.segments, rendition.rate)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{rendition.name}/{INIT}"',
    ]
    for index, segment in enumerate(rendition.segments):
        lines.append(f"#EXTINF:{seconds(segment.samples, rendition.rate)},")
        lines.append(f"{rendition.name}/{segment_name(index)}")
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def multivariant(renditions: Iterable[Rendition]) -> str:
    """A multivariant playlist of these renditions, in this order."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition in renditions:
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={rendition.bandwidth},"
            f"AVERAGE-BANDWIDTH={rendition.average_bandwidth},"
            f'CODECS="{rendition.codecs}"'
        )
        lines.append(f"{rendition.name}.m3u8")
    return "\n".join([*lines, ""])


def all_playlists(renditions: Sequence[Rendition]) -> Mapping[str, str]:
    """Every playlist of a track by file name. No `lossless.m3u8` where nothing is lossless."""
    aac = [rendition for rendition in renditions if rendition.codec == "aac"]
    flac = [rendition for rendition in renditions if rendition.codec == "flac"]
    texts = {f"{rendition.name}.m3u8": media(rendition) for rendition in renditions}
    texts[MASTER] = multivariant(renditions)
    texts[ADAPTIVE] = multivariant(aac)
    if flac:
        texts[LOSSLESS] = multivariant(flac)
    return texts
