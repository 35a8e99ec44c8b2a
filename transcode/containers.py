"""Tells what a media file is from its bytes, and how many samples its header declares.

The name of a file decides nothing. Headers are hostile: every number is bounded before use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from mutagen import MutagenError
from mutagen.flac import FLAC
from mutagen.mp3 import MP3, BitrateMode
from mutagen.mp4 import MP4

from transcode.errors import MediaFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = 64


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file: the name people know, ffmpeg's demuxer, and the endings it goes by."""

    name: str
    demuxer: str
    endings: frozenset[str]


WAV = Container("WAV", "wav", frozenset({".wav", ".wave", ".bwf", ".rf64"}))
AIFF = Container("AIFF", "aiff", frozenset({".aif", ".aiff", ".aifc"}))
FLAC_FILE = Container("FLAC", "flac", frozenset({".flac"}))
MP3_FILE = Container("MP3", "mp3", frozenset({".mp3"}))
ADTS = Container("AAC", "aac", frozenset({".aac", ".adts"}))
MP4_FILE = Container("MP4", "mov", frozenset({".m4a", ".mp4", ".alac", ".mov"}))
OGG = Container("Ogg", "ogg", frozenset({".ogg", ".oga", ".opus"}))

CONTAINERS = (WAV, AIFF, FLAC_FILE, MP3_FILE, ADTS, MP4_FILE, OGG)
BY_NAME = {container.name: container for container in CONTAINERS}


def identify(path: Path) -> Container:
    """What the file is, by its first bytes.

    Raises:
        MediaFault: it is empty, no audio that we take, or its name ends for another kind.
    """
    with path.open("rb") as file:
        head = _behind_id3(file)
    if not head:
        raise MediaFault("corrupt", "the file is empty (0 bytes)", remedy="send it again")
    found = _by_magic(head)
    if found is None:
        raise MediaFault("unsupported", _no_audio(head), remedy="send WAV, FLAC or AIFF")
    named = next((c for c in CONTAINERS if path.suffix.lower() in c.endings), found)
    if named is not found:
        raise MediaFault(
            "unsupported",
            f"the file holds {found.name} but its name ends in {path.suffix} for {named.name}",
            remedy=f"name it {path.stem}{min(found.endings)}, or send {named.name}",
        )
    return found


def _behind_id3(file: BinaryIO) -> bytes:
    """The first bytes, after an ID3v2 tag when one stands in front."""
    head = file.read(HEAD)
    if head[:3] != b"ID3" or len(head) < 10:
        return head
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    file.seek(10 + size)
    behind = file.read(HEAD)
    return behind if _by_magic(behind) in {FLAC_FILE, MP3_FILE, ADTS} else b"\xff\xfb" + head


def _by_magic(head: bytes) -> Container | None:
    table = (
        (head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == b"WAVE", WAV),
        (head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}, AIFF),
        (head[:4] == b"fLaC", FLAC_FILE),
        (head[:4] == b"OggS", OGG),
        (head[4:8] == b"ftyp", MP4_FILE),
        (len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0, ADTS),
        (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in {0xE2, 0xE4, 0xE6}, MP3_FILE),
    )
    return next((container for matches, container in table if matches), None)


def _no_audio(head: bytes) -> str:
    start = head[:24]
    if all(0x20 <= byte < 0x7F or byte in b"\r\n\t" for byte in start):
        return f"this is no audio: the file starts with the text {start.decode('ascii')!r}"
    return (
        f"this is no audio that Segue knows: the file starts with the bytes {start[:12].hex(' ')}"
    )


def declared_samples(path: Path, container: Container) -> int | None:
    """Samples per channel that the header promises, None when it makes no exact promise.

    Raises:
        MediaFault: the header itself can't be read.
    """
    try:
        with path.open("rb") as file:
            return _declared(file, path, container)
    except (MutagenError, EOFError, ValueError) as bad:
        # mutagen's own classes raise several kinds for hostile headers, some without a word
        why = str(bad) or "it ends too early, or says what can't be"
        raise MediaFault("corrupt", f"the {container.name} header can't be read: {why}") from bad


def _declared(file: BinaryIO, path: Path, container: Container) -> int | None:
    if container is WAV:
        return _wav(file)
    if container is AIFF:
        return _aiff(file)
    reader = _READERS.get(container.name)
    return None if reader is None else reader(path)


def _flac(path: Path) -> int | None:
    info: Any = FLAC(path).info  # type: ignore[no-untyped-call]
    return int(info.total_samples) or None


def _mp3(path: Path) -> int | None:
    info: Any = MP3(path).info  # type: ignore[no-untyped-call]
    if info.sketchy or info.bitrate_mode == BitrateMode.UNKNOWN:
        return None  # no Xing header: the length is a guess from the first bit rate
    return round(info.length * info.sample_rate) or None


def _mp4(path: Path) -> int | None:
    try:
        info: Any = MP4(path).info  # type: ignore[no-untyped-call]
    except MutagenError:
        return None  # the moov that was to come last is missing; ffmpeg says so
    return round(info.length * info.sample_rate) or None


_READERS: dict[str, Callable[[Path], int | None]] = {"FLAC": _flac, "MP3": _mp3, "MP4": _mp4}


def _wav(file: BinaryIO) -> int | None:
    """Size of `data` over the bytes of a frame; streamed files (0 or all ones) promise nothing."""
    file.seek(12)
    frame = wide = 0
    while len(header := file.read(8)) == 8:
        kind, size = header[:4], int.from_bytes(header[4:], "little")
        if kind == b"data":
            size = wide if size == 0xFFFFFFFF else size
            return size // frame if frame and size else None
        body = file.read(min(size, 64))
        if kind == b"fmt " and len(body) >= 14:
            frame = int.from_bytes(body[12:14], "little")
        elif kind == b"ds64" and len(body) >= 16:
            wide = int.from_bytes(body[8:16], "little")
        file.seek(size - len(body) + size % 2, 1)
    raise ValueError("no data chunk")


def _aiff(file: BinaryIO) -> int | None:
    file.seek(12)
    while len(header := file.read(8)) == 8:
        size = int.from_bytes(header[4:], "big")
        if header[:4] == b"COMM":
            return int.from_bytes(file.read(6)[2:6], "big") or None
        file.seek(size + size % 2, 1)
    raise ValueError("no COMM chunk")


def ogg_ends(path: Path) -> bool:
    """Whether the last Ogg page carries the end-of-stream mark (RFC 3533, section 6)."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 131_072))
        tail = file.read()
    at = tail.rfind(b"OggS")
    return at >= 0 and at + 5 < len(tail) and bool(tail[at + 5] & 0x4)
