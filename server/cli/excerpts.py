"""The offending line of an XML file with carets under the place; aligned in a terminal's cells."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import bidirectional, category

from rich.cells import cell_len

from ddex import source

_WIDTH = 100
_LEFT = 30
_NEAR = 4 * _WIDTH
_TAB = "    "
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_OVERRIDE = ("\u202d", "\u202c")
"""Left-to-right override: a terminal then draws Arabic in stored order, as the carets count it."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A source line, cut to what fits, and the line of carets below it, both with a margin."""

    source: str
    carets: str

    def __str__(self) -> str:
        """Both lines."""
        return f"{self.source}\n{self.carets}"


def excerpt(text: str, line: int, column: int, value: str = "") -> Excerpt:
    """Point at the value, or at the tag that starts at the column (1-based, 0 when unknown)."""
    start, end = source.span(text, column, value)
    from_ = max(start - _NEAR, 0)
    before = [_shown(c) for c in text[from_:start]]
    marked = [_shown(c) for c in text[start:end][:_NEAR]]
    after = [_shown(c) for c in text[end : end + _NEAR]]
    whole = from_ == 0 and end + _NEAR >= len(text)
    if not (whole and cell_len("".join((*before, *marked, *after))) <= _WIDTH):
        before = _tail(before, _LEFT, cut=from_ > 0)
    head = "".join(before)
    point = _head(marked, _WIDTH - cell_len(head), cut=end - start > _NEAR)
    rest = _head(after, _WIDTH - cell_len(head + point), cut=end + _NEAR < len(text))
    label = f"{line} | "
    carets = "^" * max(cell_len(point), 1)
    return Excerpt(
        label + _in_order(head + point + rest),
        " " * (len(label) - 2) + "| " + " " * cell_len(head) + carets,
    )


def _shown(character: str) -> str:
    """What is drawn for a character."""
    return _TAB if character == "\t" else source.shown(character)


def _tail(cells: list[str], width: int, *, cut: bool) -> list[str]:
    """The last cells that fit, an ellipsis before them when some are left out."""
    room, kept = width - 1, len(cells)
    while kept and (room := room - cell_len(cells[kept - 1])) >= 0:
        kept -= 1
    left = cells[kept:]
    while left and category(left[0][0]) in {"Mn", "Me"}:  # a mark without its letter
        left = left[1:]
    return ["…", *left] if kept or cut else left


def _head(cells: list[str], width: int, *, cut: bool) -> str:
    """The first cells that fit, an ellipsis behind them when some are left out."""
    whole = "".join(cells)
    if not cut and cell_len(whole) <= width:
        return whole
    room, kept = width - 1, 0
    while kept < len(cells) and (room := room - cell_len(cells[kept])) >= 0:
        kept += 1
    return "".join(cells[:kept]) + "…" if width > 0 else ""


def _in_order(text: str) -> str:
    if any(bidirectional(c) in _RIGHT_TO_LEFT for c in text):
        return text.join(_OVERRIDE)
    return text
