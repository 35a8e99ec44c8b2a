"""What a release page says, as far as it is no query."""

from __future__ import annotations

import pytest

from catalog.queries.pages import merged, type_of


@pytest.mark.parametrize(
    ("sent", "tracks", "shown"),
    [
        ("Album", 1, "Album"),
        ("ClassicalAlbum", 2, "Album"),
        ("SingleResourceRelease", 1, "Single"),
        ("EP", 9, "EP"),
        ("UserDefined", 1, "Single"),
        ("UserDefined", 3, "Single"),
        ("", 4, "EP"),
        ("TrackRelease", 7, "Album"),
    ],
)
def test_a_release_has_a_word_that_listeners_know(sent: str, tracks: int, shown: str) -> None:
    assert type_of(sent, tracks) == shown


def test_credits_of_release_and_recordings_name_everybody_once() -> None:
    release = [{"role": "MainArtist", "names": ["Ilva"]}]
    first = [{"role": "Composer", "names": ["Ada", "Ben"]}, {"role": "MainArtist", "names": ["Jo"]}]
    second = [{"role": "Composer", "names": ["Ben", "Cy"]}]
    assert merged([release, first, second]) == [
        {"role": "MainArtist", "names": ["Ilva", "Jo"]},
        {"role": "Composer", "names": ["Ada", "Ben", "Cy"]},
    ]
    assert release == [{"role": "MainArtist", "names": ["Ilva"]}]
