"""Did a file come to its end? Its hash, its size, else decoding it to the end say so."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from blake3 import blake3

from ingest.ports import MediaFault

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.inbox import Need
    from ingest.ports import Probe

_AUDIO = frozenset(
    (".wav", ".wave", ".flac", ".aif", ".aiff", ".m4a", ".mp3", ".mp4", ".ogg", ".opus", ".aac")
)
_IMAGES = frozenset((".jpg", ".jpeg", ".png", ".tif", ".tiff", ".gif", ".webp", ".bmp"))
_PIECE = 1 << 20


def doubt(path: Path, need: Need | None, probe: Probe) -> str:
    """Why a file can't be whole, empty when it is."""
    if not path.is_file():
        return "it is gone"
    said = _by_hash(path, need)
    return _by_content(path, probe) if said is None else said


def _by_hash(path: Path, need: Need | None) -> str | None:
    for name, wanted in need.hashes if need else ():
        actual = _hash(path, name)
        if actual is not None:
            return "" if actual == wanted else f"its {name} is {actual.hex()}, not {wanted.hex()}"
    return None


def _hash(path: Path, name: str) -> bytes | None:
    if name == "crc32":
        crc = 0
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                crc = zlib.crc32(piece, crc)
        return crc.to_bytes(4, "big")
    with path.open("rb") as file:
        if name == "blake3":
            digest = blake3()
            while piece := file.read(_PIECE):
                digest.update(piece)
            return digest.digest()
        if name in hashlib.algorithms_available:
            return hashlib.file_digest(file, name).digest()
    return None


def _by_content(path: Path, probe: Probe) -> str:
    """Decode to the end; what is neither audio nor a picture can't be proven, and stays."""
    suffix = path.suffix.lower()
    try:
        if suffix in _AUDIO:
            probe.audio(path)
        elif suffix in _IMAGES:
            probe.image(path)
        else:
            return "nothing proves that it is whole"
    except MediaFault as fault:
        return fault.message
    return ""
