"""Each choreography's names, places and versions, as the standards have them."""

from __future__ import annotations

import pytest

from ddex.choreography import names
from ddex.choreography.rows import DEFAULT, ROWS, row, turn

STAMP = "20260105100500123"
ICPN = "4006381333931"


@pytest.mark.parametrize(
    ("key", "folder", "place", "ack", "stamp_first"),
    [
        ("batch-1.8", f"N_{STAMP}", "acknowledgements", "18", False),
        ("batch-1.8.1", f"N_{STAMP}", f"N_{STAMP}/acknowledgements", "18", False),
        ("batch-1.7", f"N_{STAMP}", "acknowledgements", "18", True),
        ("batch-1.6", f"N_{STAMP}", "acknowledgements", "16", True),
        ("release-1.8", f"N_{ICPN}_{STAMP}", "acknowledgements", "18", False),
        ("release-1.7", f"N_{ICPN}_{STAMP}", "acknowledgements", "18", True),
        ("release-1.6", f"N_{ICPN}_{STAMP}", "acknowledgements", "16", True),
    ],
)
def test_what_a_row_says(key: str, folder: str, place: str, ack: str, *, stamp_first: bool) -> None:
    found = ROWS[key]
    assert found.folder(STAMP, ICPN) == folder
    assert found.ack_place(folder) == place
    assert (found.ack, found.stamp_first) == (ack, stamp_first)
    assert names.folder(folder) is not None
    assert found.follow_ups is (found.version != "1.6")


@pytest.mark.parametrize(
    ("key", "letters"),
    [
        ("batch-1.8", "PNL"),
        ("batch-1.7", "PMN"),
        ("batch-1.6", "PN"),
        ("release-1.8", "PNL"),
        ("release-1.7", "PN"),
        ("release-1.6", "PN"),
    ],
)
def test_priorities_of_a_version(key: str, letters: str) -> None:
    found = ROWS[key]
    for letter in letters:
        assert found.folder(STAMP, ICPN, letter).startswith(f"{letter}_")
    assert found.folder(STAMP, ICPN, "").startswith((STAMP, ICPN))
    with pytest.raises(ValueError, match="no priority"):
        found.folder(STAMP, ICPN, (set("PMNLX") - set(letters)).pop())


def test_a_release_has_a_name() -> None:
    with pytest.raises(ValueError, match="named by its release"):
        ROWS["release-1.6"].folder(STAMP)
    assert ROWS["bare"].folder(STAMP, ICPN, "") == ICPN


def test_an_unknown_key() -> None:
    assert row("") is ROWS[DEFAULT]
    with pytest.raises(ValueError, match=r"no choreography 'batch-2'; there are batch-1\.8"):
        row("batch-2")


def test_priority_comes_first() -> None:
    assert sorted("LNMP", key=turn) == ["P", "M", "N", "L"]
    assert turn("P") < turn("") < turn("N") == turn("X")


def test_rows_know_their_keys() -> None:
    assert all(key == found.key for key, found in ROWS.items())
