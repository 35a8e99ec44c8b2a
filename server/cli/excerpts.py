"""The offending line of an XML file with a caret under the column."""

from __future__ import annotations

import codecs
import re

from ddex.findings import clip

_WIDTH = 100
_LEFT = 30


def excerpt(data: bytes, line: int, column: int) -> str:
    """Two lines: the source around the column, and a caret; empty when there is no such line."""
    lines = re.split(r"\r\n|\r|\n", _decoded(data))
    if not 1 <= line <= len(lines):
        return ""
    source = lines[line - 1]
    at = min(max(column - 1, 0), len(source))
    start = max(at - _LEFT, 0) if len(source) > _WIDTH else 0
    shown = clip(source[start : start + _WIDTH].replace("\t", " "), _WIDTH)
    label = f"{line} | "
    caret = "\n" + " " * (len(label) + at - start) + "^" if column else ""
    return f"{label}{shown}{caret}"


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    declared = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=["']([\w.-]+)["']""", data)
    try:
        return data.decode(declared[1].decode() if declared else "utf-8-sig", errors="replace")
    except LookupError:
        return data.decode("latin-1")
