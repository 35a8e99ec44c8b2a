"""Ids are derived, and do not depend on how an identifier is written."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from core.ids import gtin14, isrc, public_id, secret_id


def test_public_ids_are_the_same_for_ever() -> None:
    """This value may never change: listeners' links and reports hold it."""
    found = public_id("release", "PADPIDA2026000001A", "04006381333931")
    assert found == "d82e3fca-43ca-5359-947e-0b0191ff4cea"
    assert UUID(found).version == 5


@given(
    st.tuples(*[st.text(st.characters(exclude_characters="\x1f", codec="utf-8"), max_size=5)] * 3)
)
def test_kind_owner_and_identifier_do_not_run_together(parts: tuple[str, str, str]) -> None:
    kind, owner, identifier = parts
    moved = (kind + owner[:1], owner[1:], identifier)
    assert (public_id(*parts) == public_id(*moved)) == (parts == moved)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4006381333931", "04006381333931"),
        ("400-638 1333931", "04006381333931"),
        ("12345670", "00000012345670"),
        ("04006381333931", "04006381333931"),
    ],
)
def test_gtin14(text: str, expected: str) -> None:
    assert gtin14(text) == expected


@pytest.mark.parametrize("text", ["GBAYE2600001", "gb-aye-26-00001", "ISRC GB AYE 26 00001"])
def test_isrc(text: str) -> None:
    assert isrc(text) == "GBAYE2600001"


def test_secret_ids_differ_and_are_safe_in_addresses() -> None:
    found = {secret_id("ses_") for _ in range(100)}
    assert len(found) == 100
    assert all(each.startswith("ses_") and len(each) >= 4 + 22 for each in found)
