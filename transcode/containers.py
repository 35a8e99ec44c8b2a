"""Tells what a media file is from its bytes; its name decides nothing."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from transcode.errors import MediaFault

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 64
_PAGE, _BEGINS, _ENDS = b"OggS\0", 0x2, 0x4
_MOST_PAGES = 1_000_000


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
        head = _first_bytes(file)
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


def behind_id3(file: BinaryIO) -> bool:
    """Stand behind the ID3v2 tag in front, if there is one; whether there is."""
    head = file.read(10)
    tagged = head[:3] == b"ID3" and len(head) == 10
    size = 0
    for byte in head[6:] if tagged else b"":
        size = size << 7 | byte & 0x7F
    file.seek(10 + size if tagged else 0)
    return tagged


def _first_bytes(file: BinaryIO) -> bytes:
    """Those that tell the kind, after an ID3v2 tag when one stands in front; what else has such a
    tag is taken for MP3."""
    tagged = behind_id3(file)
    head = file.read(HEAD)
    if tagged and _by_magic(head) not in {FLAC_FILE, MP3_FILE, ADTS}:
        return b"\xff\xfb"
    return head


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


def ogg_ends(path: Path) -> bool:
    """Whether the last Ogg page carries the end-of-stream mark (RFC 3533, section 6)."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 131_072))
        tail = file.read()
    at = tail.rfind(_PAGE)
    return at >= 0 and at + 5 < len(tail) and bool(tail[at + 5] & _ENDS)


def ogg_second(path: Path) -> int:
    """The byte at which a second stream begins after the end of a first (RFC 3533, section 4); 0:
    there is none within a million pages."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at, ended = data.find(_PAGE), False
        for _ in range(_MOST_PAGES):
            if at < 0 or at + 5 >= len(data):
                break
            if ended and data[at + 5] & _BEGINS:
                return at
            ended = ended or bool(data[at + 5] & _ENDS)
            at = data.find(_PAGE, at + 1)
    return 0
