"""HLS playlists (RFC 8216) from measured segments. Relative addresses only, the same for all.

Three multivariant playlists. `master.m3u8` lists the whole ladder. A native player switches
between any two variants of one playlist whenever bandwidth changes, and FLAC to AAC in mid-track
damages an access unit (the decoder starts without its pre-roll); so native players get
`adaptive.m3u8`, AAC only, and a listener who pins lossless gets `lossless.m3u8`, FLAC only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcode import cuts, dash
from transcode.packaging import INIT, init_of, segments_of
from transcode.widths import Bandwidth, bandwidth, seconds, target_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from transcode.cuts import Cut
    from transcode.manifest import Rendition
    from transcode.packaging import Packaging

__all__ = [
    "INIT",
    "Bandwidth",
    "all_playlists",
    "bandwidth",
    "media",
    "multivariant",
    "seconds",
    "target_duration",
]

MASTER, ADAPTIVE, LOSSLESS = "master.m3u8", "adaptive.m3u8", "lossless.m3u8"
MPD = "manifest.mpd"
VERSION = 7


def media(rendition: Rendition, packaging: Packaging = "files", part: Cut | None = None) -> str:
    """The media playlist of one rendition, or of the segments that a part of it needs."""
    begin = []
    if part is not None:
        offset = seconds(part.start - part.decode_time, rendition.rate)
        begin = [f"#EXT-X-START:TIME-OFFSET={offset},PRECISE=YES"]
    part = part or cuts.whole(rendition)
    listed = slice(part.first, part.last + 1)
    segments = rendition.segments[listed]
    init = init_of(rendition, packaging)
    span = "" if init.whole else f',BYTERANGE="{init.hls}"'
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target_duration(segments, rendition.rate)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *begin,
        f'#EXT-X-MAP:URI="{init.address}"{span}',
    ]
    pieces = list(segments_of(rendition, packaging))[listed]
    for segment, piece in zip(segments, pieces, strict=True):
        lines.append(f"#EXTINF:{seconds(segment.samples, rendition.rate)},")
        if not piece.whole:
            lines.append(f"#EXT-X-BYTERANGE:{piece.hls}")
        lines.append(piece.address)
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def multivariant(renditions: Iterable[Rendition], parts: Mapping[str, Cut] | None = None) -> str:
    """A multivariant playlist of these renditions, in this order; `parts` are theirs by name."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition in renditions:
        width = Bandwidth(rendition.bandwidth, rendition.average_bandwidth)
        if parts is not None:
            part = parts[rendition.name]
            width = bandwidth(rendition.segments[part.first : part.last + 1], rendition.rate)
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={width.peak},"
            f"AVERAGE-BANDWIDTH={width.average},"
            f'CODECS="{rendition.codecs}"'
        )
        lines.append(f"{rendition.name}.m3u8")
    return "\n".join([*lines, ""])


def all_playlists(
    renditions: Sequence[Rendition],
    packaging: Packaging = "files",
    clip: cuts.Clip | None = None,
) -> Mapping[str, str]:
    """Every playlist of a track, or of a clip of it, by file name; `manifest.mpd` is for DASH.

    No `lossless.m3u8` where nothing is lossless.
    """
    parts = None
    if clip is not None:
        cut = cuts.cut(renditions, clip)
        parts = {one.name: part for one, part in zip(renditions, cut, strict=True)}
    aac = [rendition for rendition in renditions if rendition.codec == "aac"]
    flac = [rendition for rendition in renditions if rendition.codec == "flac"]
    texts = {
        f"{one.name}.m3u8": media(one, packaging, parts[one.name] if parts else None)
        for one in renditions
    }
    texts[MASTER] = multivariant(renditions, parts)
    texts[ADAPTIVE] = multivariant(aac, parts)
    if flac:
        texts[LOSSLESS] = multivariant(flac, parts)
    texts[MPD] = dash.mpd(renditions, packaging, parts)
    return texts
