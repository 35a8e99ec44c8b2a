from __future__ import annotations

import pytest

from ddex.mead.keys import KEY_LIMIT, key, name_key


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("ISRC", "us-um7-18-04534", "ISRC:USUM71804534"),
        ("ICPN", "0602567812345", "ICPN:00602567812345"),
        ("ICPN", "602567812345", "ICPN:00602567812345"),
        ("GRid", "A1-0302B-0003989564-F", "GRid:A10302B0003989564F"),
        ("ISWC", "T-034.524.680-1", "ISWC:T0345246801"),
        ("ISRC", "x", None),
        ("ICPN", "", None),
        ("ProprietaryId", "", None),
    ],
)
def test_identifiers_have_one_form(kind: str, value: str, found: str | None) -> None:
    assert key(kind, value) == found


def test_own_identifiers_stand_in_their_namespace() -> None:
    assert key("ProprietaryId", "X-1", "PADPIDA2013042401U") == (
        "ProprietaryId:PADPIDA2013042401U::X-1"
    )
    assert len(key("ProprietaryId", "x" * 9_000) or "") == KEY_LIMIT


def test_names_are_found_in_any_case() -> None:
    assert name_key("  The\tTONES ") == name_key("the tones")
