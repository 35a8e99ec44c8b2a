"""What ingest needs of others, in its own words. `server/wiring.py` joins these to real parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What a probe found by decoding the file to its end.

    `samples` are per channel at `rate` Hz; `bits` is 0 for lossy codecs. `channels` are those that
    we use, 1 or 2; `layout` is the file's own where it has more (`5.1`), else empty, and
    `sent_channels` how many. `findings` are
    what was measured of the sound and is no fault, `{kind, text, ...}`: see `transcode.truth`.
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
    """Format (`JPEG`, `PNG`, …), size in pixels, and hue and chroma of DESIGN 5."""

    format: str
    width: int
    height: int
    hue: float
    chroma: float


class MediaFault(Exception):
    """A media file that can't be used: `kind` is `corrupt`, `truncated` or `unsupported`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Probe(Protocol):
    """Looks into media files. All raise MediaFault."""

    def audio(self, path: Path) -> AudioFacts: ...

    def spectrogram(self, path: Path) -> bytes:
        """A PNG of an audio file's spectrum over time."""
        ...

    def image(self, path: Path) -> ImageFacts: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSource:
    """One track to transcode: the local path of its master, its BLAKE3 and its probe."""

    digest: str
    path: Path
    facts: AudioFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedSource:
    """A track with what stands before and after it on its release."""

    track: TrackSource
    previous: TrackSource | None = None
    next: TrackSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A finished encoding: its asset id (folder of playlists and segments in the object store)
    and a JSON manifest (`transcode.manifest` says its fields); `previous` and `next` are the
    digests of the masters around it that the encoder heard."""

    asset: str
    digest: str
    manifest: dict[str, Any]
    previous: str = ""
    next: str = ""


class Transcode(Protocol):
    """Makes the ladder. Both are idempotent: outputs are content-addressed and reused."""

    def album(self, tracks: Sequence[TrackSource]) -> list[Encoded]:
        """Encode the tracks of one release, in order, each with its neighbours as context; objects
        are stored when it returns."""
        ...

    def each(self, tracks: Sequence[JoinedSource]) -> list[Encoded]:
        """Encode tracks with the neighbours that they say."""
        ...

    def asset(self, digest: str, previous: str, following: str) -> str:
        """The asset id that the present recipe gives a master between these two (empty: none)."""
        ...

    def stands(self, asset: str) -> bool:
        """Whether all files of an encoding are there."""
        ...

    def remove(self, asset: str) -> None:
        """Remove the files of an encoding; none are there: no error."""
        ...

    def album_loudness(self, manifests: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """`{integrated, range, true_peak}` of these tracks played as one piece."""
        ...

    def artwork(self, digest: str, path: Path) -> dict[str, Any]:
        """Store the four sizes as WebP and JPEG; returns `{"sizes": [...], "prefix": ...}`."""
        ...


class Index(Protocol):
    """Tells search that releases changed; it reads the catalogue by itself."""

    def refresh(self, release_ids: Sequence[str]) -> None: ...
