from __future__ import annotations

from ingest.encodings import wanted


def test_each_track_stands_between_its_neighbours() -> None:
    assert list(wanted(["a", "b", "c"])) == [("a", "", "b"), ("b", "a", "c"), ("c", "b", "")]


def test_a_track_without_a_master_is_a_neighbour_of_none() -> None:
    assert list(wanted(["a", "", "c"])) == [("a", "", ""), ("c", "", "")]
    assert list(wanted([])) == []
