"""Parts of `transcode` in the shape of the ports that `ingest` asks for (`ingest/ports.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.ports import AudioFacts, Encoded, ImageFacts, MediaFault
from transcode.errors import MediaFault as TranscodeFault
from transcode.graph import Joined
from transcode.loudness import Blocks, Loudness, album
from transcode.manifest import Neighbours
from transcode.pipeline import Transcoder, asset_id
from transcode.probe import MediaProbe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ingest.ports import JoinedSource, TrackSource
    from transcode import ffmpeg


class Probe:
    """`ingest.ports.Probe` by the transcoder's probe."""

    def __init__(self, tool: ffmpeg.Ffmpeg) -> None:
        self._probe = MediaProbe(tool)

    def audio(self, path: Path) -> AudioFacts:
        """Facts of an audio file. Raises MediaFault."""
        try:
            found = self._probe.audio(path)
        except TranscodeFault as fault:
            raise MediaFault(fault.kind, fault.message) from fault
        return AudioFacts(**_fields(found))

    def spectrogram(self, path: Path) -> bytes:
        """A picture of an audio file's spectrum. Raises MediaFault."""
        try:
            return self._probe.spectrogram(path)
        except TranscodeFault as fault:
            raise MediaFault(fault.kind, fault.message) from fault

    def image(self, path: Path) -> ImageFacts:
        """Facts of an image file. Raises MediaFault."""
        try:
            found = self._probe.image(path)
        except TranscodeFault as fault:
            raise MediaFault(fault.kind, fault.message) from fault
        return ImageFacts(**_fields(found))


def _fields(facts: Any) -> dict[str, Any]:  # noqa: ANN401 - a slotted dataclass of a neighbour
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


class Transcode:
    """`ingest.ports.Transcode` by the transcoder."""

    def __init__(self, transcoder: Transcoder) -> None:
        self._transcoder = transcoder

    def album(self, tracks: Sequence[TrackSource]) -> list[Encoded]:
        """Encode the tracks of one release, in order."""
        return [Encoded(**_fields(one)) for one in self._transcoder.album(tracks)]

    def each(self, tracks: Sequence[JoinedSource]) -> list[Encoded]:
        """Encode tracks with the neighbours that they say."""
        joined = [Joined(**_fields(one)) for one in tracks]
        return [Encoded(**_fields(one)) for one in self._transcoder.each(joined)]

    def asset(self, digest: str, previous: str, following: str) -> str:
        """The asset id by the present recipe."""
        return asset_id(digest, Neighbours(previous=previous, next=following))

    def stands(self, asset: str) -> bool:
        """Whether all files of an encoding are there."""
        return self._transcoder.stands(asset)

    def remove(self, asset: str) -> None:
        """Remove the files of an encoding."""
        self._transcoder.remove(asset)

    def album_loudness(self, manifests: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Loudness of tracks in one piece."""
        tracks = [
            (Loudness(**one["loudness"]), Blocks.from_json(one.get("blocks", {})))
            for one in manifests
        ]
        return _fields(album(tracks))

    def artwork(self, digest: str, path: Path) -> dict[str, Any]:
        """Store a cover in its sizes."""
        return self._transcoder.artwork(digest, path)
