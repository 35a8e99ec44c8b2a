"""The DASH presentation (ISO/IEC 23009-1) of the same files that the HLS playlists list.

One static period that begins with the first sample of the music and ends with its last: the
encoder's delay is taken off by presentationTimeOffset, the padding by the end of the period. Codecs
stand in adaptation sets of their own, so that no player changes codec in mid-track.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from transcode import cuts, widths
from transcode.packaging import init_of, segments_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from transcode.cuts import Cut
    from transcode.manifest import Rendition
    from transcode.packaging import Packaging

_CHANNELS = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
_PROFILES = {
    "files": "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019",
    "ranges": "urn:mpeg:dash:profile:isoff-main:2011,urn:mpeg:dash:profile:cmaf:2019",
}


def mpd(
    renditions: Sequence[Rendition],
    packaging: Packaging = "files",
    parts: Mapping[str, Cut] | None = None,
) -> str:
    """The MPD of a track, or of the parts of its renditions by name."""
    parts = parts or {one.name: cuts.whole(one) for one in renditions}
    first = renditions[0]
    length = parts[first.name].end - parts[first.name].start
    duration = f"PT{widths.seconds(length, first.rate)}S"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"',
        f' profiles="{_PROFILES[packaging]}" mediaPresentationDuration="{duration}"',
        f' minBufferTime="PT{_target(renditions)}S">',
        f' <Period id="0" start="PT0S" duration="{duration}">',
    ]
    sets = groupby(sorted(renditions, key=lambda one: one.codec), key=lambda one: one.codec)
    for number, (_, group) in enumerate(sets):
        lines.append(
            f'  <AdaptationSet id="{number}" contentType="audio" mimeType="audio/mp4"'
            ' segmentAlignment="true" startWithSAP="1">'
        )
        for one in group:
            lines += _representation(one, packaging, parts[one.name])
        lines.append("  </AdaptationSet>")
    return "\n".join([*lines, " </Period>", "</MPD>", ""])


def _target(renditions: Sequence[Rendition]) -> int:
    """The bandwidths hold for a buffer of this many seconds."""
    return max(widths.target_duration(one.segments, one.rate) for one in renditions)


def _representation(rendition: Rendition, packaging: Packaging, part: Cut) -> Iterator[str]:
    listed = slice(part.first, part.last + 1)
    width = widths.bandwidth(rendition.segments[listed], rendition.rate)
    yield (
        f'   <Representation id={quoteattr(rendition.name)} bandwidth="{width.peak}"'
        f' codecs="{rendition.codecs}" audioSamplingRate="{rendition.rate}">'
    )
    yield (
        f'    <AudioChannelConfiguration schemeIdUri="{_CHANNELS}" value="{rendition.channels}"/>'
    )
    times = f'timescale="{rendition.rate}" presentationTimeOffset="{part.start}"'
    timeline = list(_timeline(rendition, part))
    if packaging == "files":
        yield (
            f'    <SegmentTemplate {times} startNumber="{part.first}"'
            f' initialization="{rendition.name}/init.mp4" media="{rendition.name}/$Number$.m4s">'
        )
        yield from timeline
        yield "    </SegmentTemplate>"
    else:
        init = init_of(rendition, packaging)
        yield f"    <SegmentList {times}>"
        yield f'     <Initialization sourceURL="{init.address}" range="{init.dash}"/>'
        yield from timeline
        for piece in list(segments_of(rendition, packaging))[listed]:
            yield f'     <SegmentURL media="{piece.address}" mediaRange="{piece.dash}"/>'
        yield "    </SegmentList>"
    yield "   </Representation>"


def _timeline(rendition: Rendition, part: Cut) -> Iterator[str]:
    segments = rendition.segments[part.first : part.last + 1]
    start = f' t="{part.decode_time}"'
    yield "     <SegmentTimeline>"
    for samples, run in groupby(one.samples for one in segments):
        more = len(list(run)) - 1
        yield f'      <S{start} d="{samples}"' + (f' r="{more}"/>' if more else "/>")
        start = ""
    yield "     </SegmentTimeline>"
