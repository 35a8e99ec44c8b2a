"""What a file is, by its bytes, against what its name says. Pure; a table of what deliveries hold.

Audio and covers are decoded to their end later; this tells programs, archives and pages that dress
up as media, also behind a true head (polyglots), and plainly wrong extensions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

HEAD = 4096
TAIL = 4096
_TEXT = "text"


@dataclass(frozen=True, slots=True)
class Disguise:
    """The content is not what the name says. `severe`: it could do harm where it is opened;
    `known`: it is some known kind of media."""

    what: str
    severe: bool
    known: bool = True


_HARMFUL: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xfe\xed\xfa\xce", "a macOS program"),
    (b"\xfe\xed\xfa\xcf", "a macOS program"),
    (b"\xce\xfa\xed\xfe", "a macOS program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a program (Java or macOS)"),
    (b"\x00asm", "a WebAssembly program"),
    (b"#!", "a script"),
    (b"<?php", "a PHP script"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"MSCF", "a cabinet archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut"),
    (b"{\\rtf", "an RTF document"),
)
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"DSD ", "dsf"),
    (b"FRM8", "dff"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF-", "pdf"),
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x00\x00\x01\xb3", "mpeg"),
)
_BOXES = {b"WAVE": "wav", b"AVI ": "avi", b"WEBP": "webp", b"AIFF": "aiff", b"AIFC": "aiff"}
_CONTAINERS = (b"RIFF", b"RF64", b"BW64", b"FORM")
_EXTENSIONS: dict[str, frozenset[str]] = {
    name: frozenset(kinds.split())
    for names, kinds in (
        ("flac", "flac"),
        ("wav bwf", "wav"),
        ("aif aiff aifc", "aiff"),
        ("mp3", "mp3"),
        ("aac", "aac mp3 mp4"),
        ("m4a mp4 m4v mov 3gp", "mp4"),
        ("ogg oga opus", "ogg"),
        ("dsf", "dsf"),
        ("dff", "dff"),
        ("wma wmv asf", "asf"),
        ("jpg jpeg", "jpeg"),
        ("png", "png"),
        ("gif", "gif"),
        ("tif tiff", "tiff"),
        ("webp", "webp"),
        ("pdf", "pdf"),
        ("mkv webm", "matroska"),
        ("mpg mpeg", "mpeg mp4"),
        ("avi", "avi"),
        ("xml", "xml"),
        ("txt csv tsv lrc srt vtt md5 sha256 json", "text xml"),
    )
    for name in names.split()
}
_SAID = {
    "xml": "XML", "text": "text", "": "no known kind of media",
}  # fmt: skip
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg[\s>])", re.IGNORECASE)
_HIDDEN = re.compile(rb"<(?:script|iframe|\?php|html[\s>])", re.IGNORECASE)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_WIDE = (b"<\x00?\x00", b"\x00<\x00?")
_EOCD = b"PK\x05\x06"
_USTAR = 257


def disguise(name: str, head: bytes, tail: bytes = b"") -> Disguise | None:
    r"""What is wrong with a file, None when nothing is.

    `head` are its first bytes (up to `HEAD`), `tail` its last (up to `TAIL`).

    >>> disguise("cover.jpg", b"<html><script>")
    Disguise(what='a web page', severe=True)
    >>> disguise("track.flac", b"fLaC\x00") is None
    True
    """
    if not head:
        return None
    if found := _harmful(head):
        return Disguise(found, severe=True)
    kind = kind_of(head)
    if kind not in (_TEXT, "xml") and (hidden := _hidden(head, tail)):
        return Disguise(f"{_article(kind)} with {hidden} in it", severe=True)
    wanted = _EXTENSIONS.get(PurePosixPath(name).suffix.lower().removeprefix("."))
    if wanted is None or kind in wanted:
        return None
    if not kind and wanted & {"mp3", "aac", "mp4", "mpeg"}:
        return None  # these may begin anyhow; the decoder judges
    return Disguise(_article(kind), severe=False, known=bool(kind))


def kind_of(head: bytes) -> str:
    """`flac`, `wav`, `jpeg`, … `xml`, `text`, or empty."""
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    if head.startswith(_CONTAINERS):
        return _BOXES.get(head[8:12], "")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[:2] not in _MARKS:
        return "aac" if head[1] & 0xF6 == 0xF0 else "mp3"
    return _textual(head)


def _textual(head: bytes) -> str:
    bare = head.removeprefix(_MARKS[0]).lstrip()
    if bare.startswith(b"<") or head.startswith(_WIDE) or head[2:].startswith(_WIDE):
        return "xml"
    if head.startswith(_MARKS[1:]):
        return _TEXT
    if any(byte < 9 or 13 < byte < 27 for byte in head):
        return ""
    return _TEXT


def _harmful(head: bytes) -> str:
    for magic, what in _HARMFUL:
        if head.startswith(magic):
            return what
    if head[_USTAR : _USTAR + 5] == b"ustar":
        return "a tar archive"
    bare = head.removeprefix(_MARKS[0]).lstrip()[:512]
    if bare.startswith(b"<") and not bare.startswith(b"<?xml") and _PAGE.match(bare):
        return "a web page"
    if bare.startswith(b"<?xml") and re.search(rb"<(?:html|svg)[\s>]", bare, re.IGNORECASE):
        return "a web page"
    return ""


def _hidden(head: bytes, tail: bytes) -> str:
    """What follows a true head and is no media."""
    if _HIDDEN.search(head) or _HIDDEN.search(tail):
        return "a web page"
    at = tail.rfind(_EOCD)
    if at >= 0 and len(tail) - at >= 22:
        comment = int.from_bytes(tail[at + 20 : at + 22], "little")
        if len(tail) - at - 22 == comment:
            return "a ZIP archive"
    return ""


def _article(kind: str) -> str:
    said = _SAID.get(kind, kind.upper())
    article = "an" if said.startswith(("A", "MP", "O")) else "a"
    return said if kind in _SAID else f"{article} {said} file"
