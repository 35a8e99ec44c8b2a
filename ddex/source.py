"""Source lines of an XML document by number, decoded as its first bytes say. Pure.

Only the wanted lines are decoded, so that a look at a few places of a big message stays cheap.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING
from unicodedata import category
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Collection

_BREAK = re.compile(rb"\r\n|\r|\n")
_DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding=["']([\w.-]{1,40})["']""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


def encoding(data: bytes) -> str:
    """Python's name of the document's encoding; latin-1, which decodes anything, when unknown."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    declared = _DECLARED.match(data)
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        return name if codecs.lookup(name)._is_text_encoding else "latin-1"  # noqa: SLF001 - no other way to tell
    except LookupError:
        return "latin-1"


def lines(data: bytes, wanted: Collection[int]) -> dict[int, str]:
    """The wanted lines (1-based) that exist, each without its end; bad bytes become U+FFFD."""
    data, name = _with_single_breaks(data)
    asked = {number for number in wanted if number > 0}
    found: dict[int, str] = {}
    start, number, last = 0, 1, max(asked, default=0)
    for end in _BREAK.finditer(data):
        if number > last:
            break
        if number in asked:
            found[number] = data[start : end.start()].decode(name, "replace")
        start, number = end.end(), number + 1
    if number in asked and start < len(data):
        found[number] = data[start:].decode(name, "replace")
    return found


def count(data: bytes) -> int:
    """How many lines there are; an end of line at the very end begins no new one."""
    data, _ = _with_single_breaks(data)
    ends = data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
    return ends + (1 if data and not data.endswith((b"\r", b"\n")) else 0)


def _with_single_breaks(data: bytes) -> tuple[bytes, str]:
    """The same text in an encoding whose ends of lines are single bytes."""
    name = encoding(data)
    if name.startswith(("utf-16", "utf-32")):
        return data.decode(name, "replace").encode("utf-8", "replace"), "utf-8"
    return data.removeprefix(codecs.BOM_UTF8), name.removesuffix("-sig")


def span(text: str, column: int, value: str) -> tuple[int, int]:
    """Where in a line a fault stands: the value if it is there, else the name of the tag.

    `column` is 1-based, 0 when unknown; start and end count from 0.
    """
    first = len(text) - len(text.lstrip())
    at = min(column - 1, len(text)) if column else min(first, max(len(text) - 1, 0))
    for said in filter(None, (value, escape(value))):
        found = text.find(said, at)
        if found >= 0:
            return found, found + len(said)
    tag = re.compile(r"</?[^\s/>]*|\S+").match(text, at)
    return at, tag.end() if tag else min(at + 1, len(text))


def shown(text: str) -> str:
    """The text with what draws nothing, or moves what is drawn, made visible; tabs are kept."""
    return "".join(
        c if c == "\t" or c.isprintable() or category(c) == "Zs" else "\ufffd" for c in text
    )
