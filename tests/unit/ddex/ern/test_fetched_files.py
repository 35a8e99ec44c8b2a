"""Files that a message names by web addresses, for feeds whose files are fetched (ERN part 4)."""

from __future__ import annotations

import pytest

from ddex.ern.rules.files import fetched_path, is_web, path_of, safe_path
from ddex.findings import Finding


@pytest.mark.parametrize(
    "uri",
    [
        "https://label.example/files/01.flac",
        "https://label.example/files/01.flac?token=1",
        "http://label.example/a/../../b%2f..%2f.flac",
        "http://[",
        "https://label.example/\u202e\x00|.flac",
        "https://label.example/" + "x" * 5000,
        "https://",
    ],
)
def test_each_web_address_has_one_safe_place(uri: str) -> None:
    path = fetched_path(uri)
    assert is_web(uri)
    assert path_of(uri) == path
    assert safe_path(str(path)) == path
    assert str(path).startswith("resources/")
    assert fetched_path(uri + "#other") != path


def test_the_name_stays_readable() -> None:
    assert str(fetched_path("https://label.example/files/01.flac?x=1")).endswith("_01.flac")


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "ftp://label.example/1", "//label/1"])
def test_other_schemes_lead_nowhere(uri: str) -> None:
    assert not is_web(uri)
    assert isinstance(path_of(uri), Finding)
