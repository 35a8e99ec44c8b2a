"""What is known about a media file before it is transcoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What a probe found by decoding the file to its end.

    `samples` are per channel at `rate` Hz; `bits` is 0 for lossy codecs. `channels` are those that
    we use, 1 or 2; `layout` is the file's own where it has more (`5.1`), else empty, and
    `sent_channels` how many. `findings` are
    what was measured of the sound and is no fault: see `transcode.truth`.
    """

    codec: str
    container: str
    rate: int
    channels: int
    bits: int
    samples: int
    lossless: bool
    layout: str = ""
    sent_channels: int = 0
    findings: tuple[dict[str, Any], ...] = ()

    @property
    def seconds(self) -> float:
        """Exact duration."""
        return self.samples / self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """Format (`JPEG`, `PNG`, …), size in pixels; OKLCH hue (degrees) and chroma of its colour."""

    format: str
    width: int
    height: int
    hue: float
    chroma: float


class AudioLike(Protocol):
    """The facts that the encoder reads; `AudioFacts` here and its twin in `ingest` both fit."""

    @property
    def container(self) -> str: ...
    @property
    def rate(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def bits(self) -> int: ...
    @property
    def samples(self) -> int: ...
    @property
    def lossless(self) -> bool: ...
    @property
    def layout(self) -> str: ...


class Source(Protocol):
    """One track to transcode: local path of its master, the master's BLAKE3 and its probe."""

    @property
    def digest(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def facts(self) -> AudioLike: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSource:
    """The plain form of `Source`."""

    digest: str
    path: Path
    facts: AudioFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A finished encoding: asset id (`hls/<asset>/` in the object store) and its manifest; the
    digests of its master and of the neighbours that the encoder heard."""

    asset: str
    digest: str
    manifest: dict[str, Any]
    previous: str = ""
    next: str = ""
