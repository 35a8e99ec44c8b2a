"""Where the bytes of a rendition lie: a file for each segment, or one file and byte ranges.

Both hold the same bytes in the same order, `init` first. An asset's manifest says which it is, so
that a change of the setting leaves what was made before as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from storage.store import ObjectStore
    from transcode.manifest import Rendition

Packaging = Literal["files", "ranges"]
INIT = "init.mp4"


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a rendition: its address below the asset, and bytes [start, start + size) of it.

    `whole` says that the file holds nothing else.
    """

    address: str
    start: int
    size: int
    whole: bool

    @property
    def hls(self) -> str:
        """The value of EXT-X-BYTERANGE and of the attribute BYTERANGE."""
        return f"{self.size}@{self.start}"

    @property
    def dash(self) -> str:
        """The value of mediaRange and of range: the last byte is included."""
        return f"{self.start}-{self.start + self.size - 1}"


def segment_name(index: int) -> str:
    """File name of the segment with this index, from 0."""
    return f"{index}.m4s"


def init_of(rendition: Rendition, packaging: Packaging) -> Piece:
    """The initialisation segment."""
    if packaging == "ranges":
        return Piece(f"{rendition.name}.mp4", 0, rendition.init_bytes, whole=False)
    return Piece(f"{rendition.name}/{INIT}", 0, rendition.init_bytes, whole=True)


def segments_of(rendition: Rendition, packaging: Packaging) -> Iterator[Piece]:
    """The segments in their order."""
    at = rendition.init_bytes
    for index, segment in enumerate(rendition.segments):
        if packaging == "ranges":
            yield Piece(f"{rendition.name}.mp4", at, segment.bytes, whole=False)
            at += segment.bytes
        else:
            address = f"{rendition.name}/{segment_name(index)}"
            yield Piece(address, 0, segment.bytes, whole=True)


def put(
    store: ObjectStore,
    prefix: str,
    init: bytes,
    segments: Iterable[bytes],
    *,
    packaging: Packaging,
    folder: Path,
) -> None:
    """Store a rendition as `prefix/…` or as `prefix.mp4`, which is put together in `folder`."""
    if packaging == "files":
        for index, data in enumerate(segments):
            store.put(f"{prefix}/{segment_name(index)}", data)
        store.put(f"{prefix}/{INIT}", init)
        return
    whole = folder / f"{prefix.rpartition('/')[2]}.whole.mp4"
    with whole.open("wb") as file:
        file.write(init)
        file.writelines(segments)
    store.put(f"{prefix}.mp4", whole)
    whole.unlink()
