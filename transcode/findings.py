"""The faults that `segue hls check` finds, as a table: code, level, what it means, its remedy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the table; `meaning` is for the reference, `remedy` for the one who mends it.

    An `error` breaks the standard or playback, a `warning` is lawful but does harm in some player,
    a `note` says what could not be judged.
    """

    level: Level
    meaning: str
    remedy: str


FAULTS: dict[str, Fault] = {
    "HLS-101": Fault("error", "no #EXTM3U in line 1", "start the playlist with #EXTM3U"),
    "HLS-102": Fault(
        "error", "not plain UTF-8 text", "write UTF-8 without BOM and control characters"
    ),
    "HLS-103": Fault(
        "error", "malformed attribute list or value", "write NAME=value pairs by RFC 8216, 4.2"
    ),
    "HLS-104": Fault("error", "a tag that may stand once stands twice", "keep one"),
    "HLS-105": Fault(
        "error", "EXT-X-VERSION is lower than what the playlist uses", "state version 7"
    ),
    "HLS-106": Fault(
        "error", "EXT-X-TARGETDURATION is missing", "state the longest segment, rounded"
    ),
    "HLS-107": Fault(
        "error",
        "a segment without a well-formed EXTINF",
        "write #EXTINF:<seconds>, before each segment",
    ),
    "HLS-108": Fault(
        "error", "EXT-X-ENDLIST is missing", "end a finished playlist with #EXT-X-ENDLIST"
    ),
    "HLS-109": Fault(
        "warning", "EXT-X-INDEPENDENT-SEGMENTS is missing", "state it: players switch sooner"
    ),
    "HLS-110": Fault(
        "error", "an absolute address, or one that leaves the folder", "write relative addresses"
    ),
    "HLS-111": Fault("error", "EXT-X-MAP is missing", "name the initialisation segment"),
    "HLS-112": Fault("error", "nothing is listed", "list variants, or segments"),
    "HLS-113": Fault(
        "error",
        "a tag that belongs into the other kind of playlist",
        "keep multivariant and media tags apart",
    ),
    "HLS-114": Fault("warning", "a tag that no standard knows", "mend its name, or leave it out"),
    "HLS-115": Fault(
        "error", "a byte range that can't be read", "write EXT-X-BYTERANGE:<bytes>@<offset>"
    ),
    "HLS-116": Fault("error", "a tag whose address does not follow", "write the address behind it"),
    "HLS-117": Fault(
        "warning", "EXT-X-VERSION is missing or below that of CMAF", "state version 7"
    ),
    "HLS-118": Fault(
        "warning",
        "an address that leaves the playlist's folder",
        "write relative addresses: a token in the path is lost by others",
    ),
    "HLS-119": Fault(
        "note", "a live playlist", "it was judged as it stood; finish it with #EXT-X-ENDLIST"
    ),
    "HLS-120": Fault("error", "too long for a playlist", "list less"),
    "HLS-201": Fault(
        "error", "BANDWIDTH is missing or no number", "state the peak in bits per second"
    ),
    "HLS-202": Fault(
        "error", "CODECS is missing", 'state CODECS on every variant, such as "mp4a.40.2"'
    ),
    "HLS-203": Fault(
        "error",
        "BANDWIDTH is over a tenth below the measured peak",
        "state the peak over runs of 0.5 to 1.5 target durations",
    ),
    "HLS-204": Fault(
        "error",
        "AVERAGE-BANDWIDTH is not the measured average",
        "state the average over all segments",
    ),
    "HLS-205": Fault(
        "error", "CODECS contradicts the sample description", "state the codec of esds or dfLa"
    ),
    "HLS-206": Fault(
        "warning", "AVERAGE-BANDWIDTH is missing", "state the average over all segments"
    ),
    "HLS-207": Fault(
        "error", "SCORE is on some variants only", "state it on every variant or on none"
    ),
    "HLS-208": Fault(
        "warning", "BANDWIDTH is over 1.1 times the measured peak", "state the measured peak"
    ),
    "HLS-209": Fault("error", "two variants have the same address", "list each once"),
    "HLS-210": Fault("error", "a group of renditions that is not there", "list it in EXT-X-MEDIA"),
    "HLS-211": Fault(
        "error",
        "a variant whose playlist is a multivariant one too",
        "list media playlists only: players do not follow further",
    ),
    "HLS-212": Fault(
        "warning",
        "BANDWIDTH is a little below the measured peak",
        "state the peak over runs of 0.5 to 1.5 target durations",
    ),
    "HLS-301": Fault("error", "a file is missing", "store it, or mend its address"),
    "HLS-302": Fault(
        "error", "a segment is longer than the target duration", "raise EXT-X-TARGETDURATION"
    ),
    "HLS-303": Fault("error", "EXTINF is not the duration in trun", "write samples / rate"),
    "HLS-304": Fault(
        "error", "tfdt does not follow the segment before", "number decode times without gaps"
    ),
    "HLS-305": Fault("error", "malformed boxes", "package the segment again"),
    "HLS-306": Fault(
        "warning", "timescale is not the codec's sample rate", "use the sample rate as timescale"
    ),
    "HLS-307": Fault(
        "error",
        "renditions are cut at different instants",
        "cut all renditions at the same samples",
    ),
    "HLS-308": Fault(
        "error",
        "an AAC access unit has not its full duration",
        "give every access unit 1024 samples",
    ),
    "HLS-309": Fault("warning", "an edit list", "leave it out: players differ in honouring it"),
    "HLS-310": Fault("error", "trun sizes do not fill mdat", "package the segment again"),
    "HLS-311": Fault(
        "error",
        "renditions differ in their number of segments",
        "cut all renditions at the same samples",
    ),
    "HLS-312": Fault("error", "a segment can't be decoded", "encode it again"),
    "HLS-313": Fault(
        "error", "decoding gives another number of samples than trun", "package the segments again"
    ),
    "HLS-314": Fault(
        "warning", "several fragments in a segment", "write one moof and mdat per segment"
    ),
    "HLS-315": Fault("error", "no media in a segment", "put one moof and mdat into every segment"),
    "HLS-316": Fault("note", "not measured", "fragmented MP4 with AAC, FLAC or Opus is measured"),
    "HLS-317": Fault("note", "encrypted segments are not decoded", "check before encryption"),
    "HLS-318": Fault(
        "error",
        "renditions begin at different instants of the music",
        "give all renditions the same delay in seconds",
    ),
    "HLS-319": Fault(
        "error", "the sample description changes in mid-stream", "put EXT-X-DISCONTINUITY there"
    ),
    "HLS-320": Fault("error", "the check reached a bound", "raise --seconds, or list less"),
    "HLS-321": Fault(
        "warning",
        "EXT-X-TARGETDURATION is over the longest segment",
        "state the longest segment, rounded: players buffer by it",
    ),
    "HLS-322": Fault(
        "warning",
        "the last AAC access unit has not its full duration",
        "give every access unit 1024 samples: decoders emit them all, and joins gain the rest",
    ),
    "HLS-323": Fault(
        "error",
        "FLAC blocks are not as long as dfLa says",
        "state the block size that was encoded",
    ),
    "HLS-401": Fault(
        "error", "the manifest's delay data contradict the segments", "transcode again"
    ),
    "HLS-402": Fault(
        "error", "the manifest describes another rendition than is there", "transcode again"
    ),
    "MPD-101": Fault("error", "not a well-formed MPD", "write XML of ISO/IEC 23009-1"),
    "MPD-102": Fault("error", "a live presentation", 'state type="static"'),
    "MPD-103": Fault("error", "a duration is missing or malformed", "write PT<seconds>S"),
    "MPD-104": Fault(
        "error", "a representation lacks a required attribute", "state id, bandwidth and codecs"
    ),
    "MPD-105": Fault(
        "error",
        "no addresses of segments",
        "write a SegmentTemplate or SegmentList with a SegmentTimeline",
    ),
    "MPD-106": Fault(
        "error", "an absolute address, or one that leaves the folder", "write relative addresses"
    ),
    "MPD-107": Fault(
        "error", "the timeline does not state tfdt", "write t and d as they stand in the segments"
    ),
    "MPD-108": Fault(
        "error", "the timeline does not fill the period", "end it where the last segment ends"
    ),
    "MPD-201": Fault(
        "error",
        "bandwidth is over a tenth below the measured peak",
        "state the peak over minBufferTime",
    ),
    "MPD-202": Fault(
        "error", "codecs contradicts the sample description", "state the codec of esds or dfLa"
    ),
    "MPD-203": Fault(
        "error", "audioSamplingRate is not that of the codec", "state the rate of esds or dfLa"
    ),
    "MPD-204": Fault(
        "warning",
        "bandwidth is a little below the measured peak",
        "state the peak over minBufferTime",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HlsFinding:
    """One fault found: `place` is an address, with `:line` in a playlist."""

    code: str
    level: Level
    place: str
    message: str
    remedy: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def finding(code: str, place: str, detail: str = "") -> HlsFinding:
    """A finding by its row of the table; `detail` adds the values that were found."""
    fault = FAULTS[code]
    message = f"{fault.meaning}: {detail}" if detail else fault.meaning
    return HlsFinding(
        code=code, level=fault.level, place=place, message=message, remedy=fault.remedy
    )
