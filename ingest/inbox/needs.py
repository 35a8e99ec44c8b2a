"""What a message says must be there: the files it names, and how each can be known whole. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ddex.ern import reader
from ddex.ern.rules import hashes, safe_path
from ddex.ern.rules.files import Folder, local, named_files
from ddex.errors import MessageUnreadable
from ddex.xml import Limits, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

_PRIMARY = frozenset({"SoundRecording", "Video"})
_KILO, _KIBI = 1000, 1024


@dataclass(frozen=True, slots=True)
class Need:
    """A file that a message names: `path` from the folder of the message; `size_kb` as it says;
    `hashes` (algorithm, digest) that can be checked; `primary` for recordings and videos, of which
    an update brings all or none."""

    path: str
    size_kb: float | None = None
    hashes: tuple[tuple[str, bytes], ...] = ()
    primary: bool = False

    def fits(self, size: int) -> bool | None:
        """Whether a size in bytes is the one that the message says; None when that can't be told.

        FileSize is in kilobytes, of 1000 or of 1024 bytes, and may be rounded.
        """
        if not self.size_kb:
            return None
        if any(abs(size - self.size_kb * unit) <= unit for unit in (_KILO, _KIBI)):
            return True
        return False if size < self.size_kb * _KILO else None


@dataclass(frozen=True, slots=True)
class Needs:
    """What a message awaits."""

    files: tuple[Need, ...] = ()

    def found(self, sizes: Mapping[str, int]) -> tuple[dict[str, Need], tuple[str, ...]]:
        """The needs by the path that meets each, and the paths that nothing meets."""
        folder = Folder.of(sizes)
        met: dict[str, Need] = {}
        lacking = []
        for need in self.files:
            actual = folder.find(PurePosixPath(need.path))
            if actual is None:
                lacking.append(need.path)
            else:
                met[actual] = need
        return met, tuple(lacking)


def needs_of(data: bytes, limits: Limits | None = None) -> Needs | None:
    """What this message needs; None when it can't be read to its end."""
    try:
        message = reader.read(parse(data, limits or Limits()))
    except MessageUnreadable:
        return None
    found: dict[str, Need] = {}
    primary = {f.uri for r in message.resources if r.kind in _PRIMARY for f in r.files}
    for file, _ in named_files(message):
        path = safe_path(local(file.uri))
        if isinstance(path, PurePosixPath):
            known = tuple(
                (name, value)
                for each in file.hashes
                if (name := hashes.algorithm(each.algorithm))
                and (value := hashes.digest(each.value, hashes.SIZES[name])) is not None
            )
            found[str(path)] = Need(str(path), file.size_kb, known, file.uri in primary)
    return Needs(tuple(found.values()))
