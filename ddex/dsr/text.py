r"""Cells and their escapes, by Part 1: tab is `\` + tab, pipe is `\\|`, backslash is `\\\`.

Line ends can't be escaped and become blanks; so do pipes inside cells of several values, because
widely used tools split such cells at every pipe, escaped or not.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = str | int | bool | Decimal | date | datetime | None

_LINE_ENDS = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_ESCAPED = re.compile(r"\\\\\\|\\\\\||\\\t")
_TOKEN = re.compile(r"\\\\\\|\\\\\||\\\t|\t")
_PLAIN = {"\\\\\\": "\\", "\\\\|": "|", "\\\t": "\t"}


def escape(text: str) -> str:
    """A cell of one value. Control characters fall away, line ends become blanks."""
    text = _CONTROLS.sub("", _LINE_ENDS.sub(" ", text)).strip()
    if "\\" not in text and "\t" not in text and "|" not in text:
        return text
    text = text.replace("\\", "\\\\\\")
    return text.replace("\t", "\\\t").replace("|", "\\\\|")


def escape_many(values: Sequence[str]) -> str:
    """A cell of several values, joined by pipes; empty values fall away."""
    flat = (escape(value.replace("|", " ").replace("\t", " ")) for value in values)
    return "|".join(value for value in flat if value)


def unescape(cell: str) -> str:
    """What a cell of one value says. Backslashes that escape nothing stay."""
    if "\\" not in cell:
        return cell
    return _ESCAPED.sub(lambda found: _PLAIN[found[0]], cell)


def split_line(line: str) -> list[str]:
    """The cells of a line, still escaped."""
    if "\\" not in line:
        return line.split("\t")
    cells, start = [], 0
    for found in _TOKEN.finditer(line):
        if found[0] == "\t":
            cells.append(line[start : found.start()])
            start = found.end()
    return [*cells, line[start:]]


def split_values(cell: str) -> list[str]:
    """The values of a cell of several, unescaped."""
    if "\\" not in cell:
        return cell.split("|")
    values, start = [], 0
    for found in re.finditer(r"\\\\\\|\\\\\||\\\t|\|", cell):
        if found[0] == "|":
            values.append(cell[start : found.start()])
            start = found.end()
    return [unescape(value) for value in (*values, cell[start:])]


def stray(cell: str) -> str:
    """What stands unescaped in a cell of one value: a backslash, a pipe, or nothing."""
    rest = _ESCAPED.sub("", cell)
    return "\\" if "\\" in rest else "|" if "|" in rest else ""


def number(value: Decimal | int) -> str:
    """Decimal point, no exponent, no superfluous zeros; zero is `0`."""
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0", "-"} else text


def cell_text(value: Value | Sequence[str]) -> str:
    """A value as it stands in a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, int | Decimal):
        return number(value)
    if isinstance(value, date):
        return _time(value)
    return escape_many(value)


def _time(value: date) -> str:
    """`2026-11-30`, or `2026-12-01T06:00:00Z` for instants."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.replace(microsecond=0).isoformat().replace("+00:00", "Z")
