"""The tags of HLS as tables (RFC 8216, and its second edition in draft)."""

from __future__ import annotations

import re

CMAF_VERSION = 7

ONCE = frozenset(
    {
        *("EXTM3U", "EXT-X-VERSION", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-START"),
        *("EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE"),
        *("EXT-X-PLAYLIST-TYPE", "EXT-X-ENDLIST", "EXT-X-I-FRAMES-ONLY", "EXT-X-PART-INF"),
        *("EXT-X-SERVER-CONTROL", "EXT-X-SKIP", "EXT-X-CONTENT-STEERING"),
    }
)
"""Tags that a playlist may have once."""

MEDIA_ONLY = frozenset(
    {
        *("EXTINF", "EXT-X-BYTERANGE", "EXT-X-DISCONTINUITY", "EXT-X-KEY", "EXT-X-MAP"),
        *("EXT-X-PROGRAM-DATE-TIME", "EXT-X-GAP", "EXT-X-BITRATE", "EXT-X-PART"),
        *("EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE"),
        *("EXT-X-ENDLIST", "EXT-X-PLAYLIST-TYPE", "EXT-X-I-FRAMES-ONLY", "EXT-X-PART-INF"),
        *("EXT-X-SERVER-CONTROL", "EXT-X-DATERANGE", "EXT-X-SKIP", "EXT-X-PRELOAD-HINT"),
        "EXT-X-RENDITION-REPORT",
    }
)
"""Tags of media playlists, which a multivariant one must not have."""

KNOWN = (
    ONCE
    | MEDIA_ONLY
    | {
        *("EXT-X-DEFINE", "EXT-X-MEDIA", "EXT-X-STREAM-INF", "EXT-X-I-FRAME-STREAM-INF"),
        *("EXT-X-SESSION-DATA", "EXT-X-SESSION-KEY"),
        *("EXT-X-CUE-OUT", "EXT-X-CUE-IN", "EXT-X-CUE-OUT-CONT", "EXT-OATCLS-SCTE35"),
        *("EXT-X-ALLOW-CACHE", "EXT-X-ASSET", "EXT-X-SCTE35", "EXT-X-IMAGE-STREAM-INF"),
    }
)
"""All of them, and what is commonly seen beside."""

QUOTED = frozenset(
    {
        *("URI", "CODECS", "SUPPLEMENTAL-CODECS", "AUDIO", "VIDEO", "SUBTITLES", "GROUP-ID"),
        *("NAME", "LANGUAGE", "ASSOC-LANGUAGE", "CHARACTERISTICS", "CHANNELS", "STABLE-VARIANT-ID"),
        *("STABLE-RENDITION-ID", "PATHWAY-ID", "BYTERANGE", "KEYFORMAT", "KEYFORMATVERSIONS"),
    }
)
"""Attributes whose value is a quoted string; BYTERANGE stands so in EXT-X-MAP."""

BARE = frozenset(
    {
        *("BANDWIDTH", "AVERAGE-BANDWIDTH", "SCORE", "RESOLUTION", "FRAME-RATE", "HDCP-LEVEL"),
        *("TYPE", "DEFAULT", "AUTOSELECT", "FORCED", "METHOD", "IV", "VIDEO-RANGE"),
    }
)
"""Attributes whose value is a number, a resolution or an enumerated string."""

_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")
_CHOICE = re.compile("YES|NO")
VALUES = {
    "SCORE": re.compile(r"\d+(?:\.\d+)?"),
    "TIME-OFFSET": _DECIMAL,
    "FRAME-RATE": _DECIMAL,
    "RESOLUTION": re.compile(r"\d+x\d+"),
    "BANDWIDTH": re.compile(r"\d+"),
    "AVERAGE-BANDWIDTH": re.compile(r"\d+"),
    **dict.fromkeys(("DEFAULT", "AUTOSELECT", "FORCED", "PRECISE"), _CHOICE),
    "TYPE": re.compile("AUDIO|VIDEO|SUBTITLES|CLOSED-CAPTIONS|PART|MAP"),
}
"""What the value of an attribute looks like."""
