"""Harmless twins of what the pipeline needs: nothing is decoded, encoded or indexed.

They serve tests and simulations; what they answer depends on the bytes alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from core.errors import NotFound
from ingest.ports import AudioFacts, Encoded, ImageFacts, JoinedSource, MediaFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.work import Steps
    from ingest.ports import TrackSource

T = TypeVar("T")
BROKEN = b"broken"
"""A file that begins with these bytes is one that can't be used."""


class PlainProbe:
    """Takes every file for 1.5 s of CD audio that raises these doubts, or for a square cover."""

    doubts: tuple[dict[str, Any], ...] = ()

    def audio(self, path: Path) -> AudioFacts:
        """Facts, whatever the file holds. Raises MediaFault for a broken one."""
        _judge(path)
        return AudioFacts(
            codec="flac",
            container="FLAC",
            rate=44_100,
            channels=2,
            bits=16,
            samples=66_150,
            lossless=True,
            findings=self.doubts,
        )

    def spectrogram(self, path: Path) -> bytes:
        """The start of a PNG."""
        _judge(path)
        return b"\x89PNG\r\n\x1a\n"

    def image(self, path: Path) -> ImageFacts:
        """Facts, whatever the file holds. Raises MediaFault for a broken one."""
        _judge(path)
        return ImageFacts(format="JPEG", width=1400, height=1400, hue=0.0, chroma=0.0)


def _judge(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(BROKEN)) == BROKEN:
            raise MediaFault("corrupt", "it begins with the word that says so")


@dataclass(slots=True)
class PlainTranscode:
    """Makes no renditions, and remembers what it was asked for.

    `fault` is raised once by the next album, as when a disk is full.
    """

    albums: list[list[str]] = field(default_factory=list)
    covers: list[str] = field(default_factory=list)
    fault: Exception | None = None
    recipe: str = "1"
    made: set[str] = field(default_factory=set)

    def album(self, tracks: Sequence[TrackSource]) -> list[Encoded]:
        """One asset per track and place."""
        around = [None, *tracks, None]
        return self.each(
            [
                JoinedSource(track=track, previous=around[index], next=around[index + 2])
                for index, track in enumerate(tracks)
            ]
        )

    def each(self, tracks: Sequence[JoinedSource]) -> list[Encoded]:
        """The same, with the neighbours that they say."""
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        self.albums.append([one.track.digest for one in tracks])
        return [self._encoded(one) for one in tracks]

    def _encoded(self, one: JoinedSource) -> Encoded:
        previous = one.previous.digest if one.previous else ""
        following = one.next.digest if one.next else ""
        asset = self.asset(one.track.digest, previous, following)
        self.made.add(asset)
        return Encoded(
            asset=asset,
            digest=one.track.digest,
            manifest={"recipe": self.recipe},
            previous=previous,
            next=following,
        )

    def asset(self, digest: str, previous: str, following: str) -> str:
        """Readable: the first letters of all three, and the recipe."""
        return f"{digest[:16]}-{previous[:16]}-{following[:16]}-{self.recipe}"

    def stands(self, asset: str) -> bool:
        """Whether it was made and not removed."""
        return asset in self.made

    def remove(self, asset: str) -> None:
        """Forget it."""
        self.made.discard(asset)

    def album_loudness(self, manifests: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002 - the port's
        """That of silence."""
        return {"integrated": -70.0, "range": 0.0, "true_peak": -144.0}

    def artwork(self, digest: str, path: Path) -> dict[str, Any]:  # noqa: ARG002 - the port's
        """No sizes at all."""
        self.covers.append(digest)
        return {"sizes": [], "prefix": f"art/{digest}"}


@dataclass(slots=True)
class PlainIndex:
    """Remembers what was to be indexed."""

    refreshed: list[str] = field(default_factory=list)

    def refresh(self, release_ids: Sequence[str]) -> None:
        """Note the ids."""
        self.refreshed.extend(release_ids)


class DirectSteps:
    """Does each step at once, in the caller's thread, and keeps their names."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def run(self, name: str, action: Callable[..., T], *args: Any) -> T:
        """Nothing is kept, so nothing is resumed."""
        self.done.append(name)
        return action(*args)


class DirectWork:
    """Does each piece of work when it is asked for; a key that is known does nothing."""

    def __init__(self) -> None:
        self.steps = DirectSteps()
        self._workflows: dict[str, Callable[[Steps, str], None]] = {}
        self._keys: set[str] = set()

    def register(self, name: str, workflow: Callable[[Steps, str], None]) -> None:
        """Make a workflow known."""
        self._workflows[name] = workflow

    def enqueue(self, name: str, key: str, argument: str, turn: int = 0) -> None:  # noqa: ARG002 - nothing waits here
        """Do it. Raises NotFound for a workflow that nobody registered."""
        if name not in self._workflows:
            raise NotFound(f"no workflow {name!r}")
        if key not in self._keys:
            self._keys.add(key)
            self._workflows[name](self.steps, argument)
