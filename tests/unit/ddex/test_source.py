"""Lines of a document by number, in any encoding that XML declares."""

from __future__ import annotations

import codecs

import pytest

from ddex import source

TEXT = "<?xml version='1.0'?>\r\n<a>\rüber\n\n</a>"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("'1.0'", "'1.0' encoding='iso-8859-1'").encode("latin-1"),
        TEXT.replace("'1.0'", "'1.0' encoding='koi8-r'").replace("über", "Пр").encode("koi8-r"),
    ],
)
def test_lines_are_found_in_any_encoding(data: bytes) -> None:
    found = source.lines(data, [2, 3, 4, 5, 6, 0, -1])
    assert found == {2: "<a>", 3: "Пр" if b"koi8" in data else "über", 4: "", 5: "</a>"}
    assert source.count(data) == 5


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "zip"])
def test_an_unknown_encoding_is_read_somehow(name: str) -> None:
    data = f"<?xml version='1.0' encoding='{name}'?>\n".encode() + b"\xff\xfe"
    assert source.lines(data, [2]) == {2: "ÿþ"}


def test_the_ends() -> None:
    assert source.lines(b"", [1]) == {}
    assert (source.count(b""), source.count(b"a"), source.count(b"a\n")) == (0, 1, 1)
    assert source.lines(b"a\n", [1, 2]) == {1: "a"}
