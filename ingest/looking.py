"""What the rules ask of files: their hashes and what decoding them gives, each looked up once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ddex.ern.rules import MediaFacts, MediaKey
from ingest.ports import AudioFacts, ImageFacts, MediaFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.ports import Probe


class Looks(Mapping[MediaKey, MediaFacts]):
    """Facts of the media in a folder by (path, kind), each found when it is first asked for."""

    def __init__(self, probe: Probe, folder: Path) -> None:
        self._probe = probe
        self._folder = folder
        self._known: dict[MediaKey, MediaFacts] = {}

    def __getitem__(self, key: MediaKey) -> MediaFacts:
        if key not in self._known:
            path, kind = key
            try:
                found = look(self._probe, self._folder / path, kind)
            except MediaFault as fault:
                self._known[key] = of_fault(fault)
            else:
                self._known[key] = media_facts(found)
        return self._known[key]

    def __iter__(self) -> Iterator[MediaKey]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def look(probe: Probe, path: Path, kind: str) -> AudioFacts | ImageFacts:
    """The facts of one file, `audio` or `image`. Raises MediaFault."""
    return probe.audio(path) if kind == "audio" else probe.image(path)


def media_facts(found: AudioFacts | ImageFacts) -> MediaFacts:
    """What rules ask of a probe's facts."""
    if isinstance(found, ImageFacts):
        return MediaFacts(codec=found.format, width=found.width, height=found.height)
    return MediaFacts(
        codec=found.codec,
        seconds=found.seconds,
        rate=found.rate,
        bits=found.bits,
        channels=found.sent_channels or found.channels,
        doubts=tuple((one["kind"], one["text"]) for one in found.findings),
    )


def of_fault(fault: MediaFault) -> MediaFacts:
    """The facts of a file that can't be used."""
    return MediaFacts(fault=fault.kind, message=fault.message)
