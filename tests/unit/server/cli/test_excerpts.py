"""Carets stand under the place, in cells of a terminal, whatever the line holds."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from server.cli.excerpts import excerpt


def pointed(text: str, column: int, value: str = "") -> str:
    """What stands above the carets."""
    shown = excerpt(text, 7, column, value)
    source = shown.source.replace("\u202d", "").replace("\u202c", "")
    begin = cell_len(shown.carets.partition("^")[0])
    wide = shown.carets.count("^")
    cells = [(cell_len(source[:n]), c) for n, c in enumerate(source)]
    return "".join(c for at, c in cells if begin <= at < begin + wide)


@pytest.mark.parametrize(
    ("text", "column", "value", "marked"),
    [
        ("  <ISRC>NONSENSE</ISRC>", 3, "NONSENSE", "NONSENSE"),
        ("\t\t<ISRC>NONSENSE</ISRC>", 3, "NONSENSE", "NONSENSE"),
        ("<T>\u65e5\u672c\u8a9e</T><ISRC>X</ISRC>", 11, "", "<ISRC"),
        ("<T>\u0627\u0644\u0639</T><ISRC>BAD</ISRC>", 11, "BAD", "BAD"),
        ("<T>e\u0301e\u0301</T><ISRC>BAD</ISRC>", 12, "BAD", "BAD"),
        ("<T>Rock &amp; Roll</T>", 1, "Rock & Roll", "Rock &amp; Roll"),
        ("   <Release>", 0, "", "<Release"),
        ("x" * 5000 + "<b/>" + "y" * 5000, 5001, "", "<b"),
        ("\u65e5" * 5000 + "<b/>" + "\u65e5" * 5000, 5001, "", "<b"),
        ("short", 400, "", ""),
    ],
)
def test_the_place_is_pointed_at(text: str, column: int, value: str, marked: str) -> None:
    assert pointed(text, column, value) == marked


def test_long_and_hostile_lines_are_cut_and_cleaned() -> None:
    shown = excerpt("<a>" + "x" * 500 + "\x1b[31m\u202e<b/>" + "y" * 500 + "</a>", 1, 510)
    assert "\x1b" not in shown.source
    assert "\u202e" not in shown.source
    assert cell_len(shown.source) < 110
    assert "…" in shown.source


def test_nothing_is_pointed_at_somewhere() -> None:
    assert str(excerpt("", 1, 1)) == "1 | \n  | ^"
