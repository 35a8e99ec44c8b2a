"""What a message says must be there."""

from __future__ import annotations

import pytest

from ingest.inbox import Need, Needs, needs_of
from tests.fixtures.ern_messages import base


@pytest.mark.parametrize("version", ["382", "43"])
def test_the_files_of_a_message(version: str) -> None:
    data = base(version)
    found = needs_of(data)
    assert found is not None
    recordings = [need for need in found.files if need.primary]
    assert recordings
    assert len(recordings) < len(found.files), "a picture is none"
    assert needs_of(data[:-20]) is None
    assert needs_of(b"") is None


def test_what_is_there_and_what_lacks() -> None:
    needs = Needs((Need("resources/1.flac"), Need("2.flac"), Need("3.flac")))
    met, lacking = needs.found({"resources/1.FLAC": 1, "resources/2.flac": 1})
    assert {path: need.path for path, need in met.items()} == {
        "resources/1.FLAC": "resources/1.flac",
        "resources/2.flac": "2.flac",
    }
    assert lacking == ("3.flac",)


@pytest.mark.parametrize(
    ("said", "size", "fits"),
    [
        (None, 5, None),
        (0.0, 5, None),
        (2000.0, 2_000_000, True),
        (2000.0, 2_048_000, True),
        (2000.3, 2_000_300, True),
        (2000.0, 1_990_000, False),
        (2000.0, 2_030_000, None),
    ],
)
def test_a_size_in_kilobytes_of_either_kind(
    said: float | None, size: int, *, fits: bool | None
) -> None:
    assert Need("a", said).fits(size) is fits
