"""The record of one encoding, `hls/<asset>/manifest.json`, written last: if it is there, all is.

Its JSON is `Manifest.to_json()`: the fields below by name, segments as `[samples, bytes]`. In one
file of all (packaging `ranges`) a segment starts at `init_bytes` plus the bytes of those before.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from transcode.loudness import NO_BLOCKS, Blocks, Loudness

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Samples per channel at the rendition's rate, and bytes of the file."""

    samples: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One rendition as measured in its files.

    Counts are samples per channel at `rate`. The music is [delay, delay + samples) of what the
    segments decode to; `padding` samples follow it, always less than one coded unit. Delay and
    padding are measured. `preroll_units` coded units must be decoded, and thrown away, before the
    first one that is to be heard: 1 for AAC (the unit in the delay is the track's), 0 for FLAC.
    Bandwidths are bits per second.
    """

    name: str
    codec: str
    codecs: str
    bandwidth: int
    average_bandwidth: int
    rate: int
    bits: int
    channels: int
    delay: int
    padding: int
    samples: int
    init_bytes: int
    segments: tuple[Segment, ...]
    preroll_units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Digests of the masters that the encoder heard before and after this one; empty: none."""

    previous: str = ""
    next: str = ""


NO_NEIGHBOURS = Neighbours()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One track: the source's rate, samples per channel and kind, its measures, its renditions.

    `blocks` are what the loudness of an album is summed up from. `marks` say what a listener or an
    operator must know of the source: `lossy` or `downmix <channels>`. `packaging` is `files` (one
    for each segment) or `ranges` (one for each rendition).

    `silence` are samples at the source's rate under -60 dBFS at the start and at the end: where
    the end of one track and the start of the next have next to none, the music runs on.
    """

    asset: str
    source: str
    recipe: str
    rate: int
    samples: int
    channels: int
    lossless: bool
    loudness: Loudness
    peaks: tuple[int, ...]
    silence: tuple[int, int]
    renditions: tuple[Rendition, ...]
    context: Neighbours = NO_NEIGHBOURS
    blocks: Blocks = NO_BLOCKS
    marks: tuple[str, ...] = ()
    packaging: str = "files"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `duration` is in seconds."""
        data = asdict(self)
        data["version"] = VERSION
        data["duration"] = self.samples / self.rate
        data["peaks"] = list(self.peaks)
        data["silence"] = list(self.silence)
        data["marks"] = list(self.marks)
        data["blocks"] = self.blocks.to_json()
        for rendition, plain in zip(self.renditions, data["renditions"], strict=True):
            plain["segments"] = [[s.samples, s.bytes] for s in rendition.segments]
        data["renditions"] = list(data["renditions"])
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Manifest:
        """The inverse of `to_json`.

        Raises:
            KeyError, TypeError, ValueError: it is no manifest of this version.
        """
        if data["version"] != VERSION:
            raise ValueError(f"manifest version {data['version']!r}")
        plain = {key: data[key] for key in data if key not in {"version", "duration"}}
        renditions = tuple(
            Rendition(
                **{
                    **one,
                    "segments": tuple(Segment(samples=s, bytes=b) for s, b in one["segments"]),
                }
            )
            for one in plain["renditions"]
        )
        return cls(
            **{
                **plain,
                "peaks": tuple(plain["peaks"]),
                "silence": tuple(plain["silence"]),
                "loudness": Loudness(**plain["loudness"]),
                "context": Neighbours(**plain.get("context", {})),
                "blocks": Blocks.from_json(plain.get("blocks", {})),
                "marks": tuple(plain.get("marks", ())),
                "renditions": renditions,
            }
        )
