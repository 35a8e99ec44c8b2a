"""Identifiers: normal forms, check digits, placeholders. The numbers are public examples."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ddex import identifiers


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("GBAYE0601498", "GBAYE0601498"),
        ("gb-aye-06-01498", "GBAYE0601498"),
        ("ISRC GB-AYE-06-01498", "GBAYE0601498"),
        ("ISRC: GBAYE0601498", "GBAYE0601498"),
        ("GBAYE060149", None),
        ("GBAYE06014988", None),
        ("1BAYE0601498", None),
        ("XXXX", None),
        ("NOT AN ISRC", None),
        ("", None),
        ("GBAYE" + "\u0660" * 7, None),
    ],
)
def test_isrc(text: str, normal: str | None) -> None:
    assert identifiers.isrc(text) == normal


@pytest.mark.parametrize(
    ("text", "normal", "valid"),
    [
        ("4006381333931", "04006381333931", True),
        ("036000291452", "00036000291452", True),
        ("96385074", "00000096385074", True),
        ("00094631432057", "00094631432057", True),
        ("4006381333932", "04006381333932", False),
        ("400638133393", "00400638133393", False),
        ("123456789", None, False),
        ("12345678901", None, False),
        ("123456789012345", None, False),
        ("x", None, False),
        ("\u0660" * 13, None, False),
    ],
)
def test_gtin(text: str, normal: str | None, valid: bool) -> None:  # noqa: FBT001 - a table
    assert identifiers.gtin(text) == normal
    assert identifiers.gtin_is_valid(text) is valid


@given(st.from_regex(r"[0-9]{13}", fullmatch=True))
def test_every_gtin_with_its_check_digit_is_valid_and_no_other(digits: str) -> None:
    right = identifiers.gtin_check_digit(digits)
    assert [d for d in "0123456789" if identifiers.gtin_is_valid(digits + d)] == [right]


@pytest.mark.parametrize(
    "text", ["PADPIDA2013042401U", "PADPIDA2009101501Y", "PA-DPIDA-2007050901-U"]
)
def test_real_party_ids_have_a_right_check_character(text: str) -> None:
    assert identifiers.dpid_is_valid(text)


@pytest.mark.parametrize("text", ["PADPIDA2013042401V", "PADPIDA201304240", "2013042401U", ""])
def test_other_party_ids_have_not(text: str) -> None:
    assert not identifiers.dpid_is_valid(text)


def test_grid() -> None:
    assert identifiers.grid_is_valid("A1-0302B-0003989564-F")
    assert not identifiers.grid_is_valid("A10302B0003989564E")
    assert identifiers.grid("A1UCASE0000000001X") == "A1UCASE0000000001X"
    assert identifiers.grid("B10302B0003989564F") is None


def test_isni() -> None:
    assert identifiers.isni_is_valid("0000 0001 2150 090X")
    assert identifiers.isni_is_valid("000000012146438X")
    assert not identifiers.isni_is_valid("0000000121500901")
    assert not identifiers.isni_is_valid("90X")


def test_iswc() -> None:
    assert identifiers.iswc_is_valid("T-034.524.680-1")
    assert not identifiers.iswc_is_valid("T-034.524.680-2")
    assert not identifiers.iswc_is_valid("034.524.680-1")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("00000000123", "00000000123"),
        ("IPI:00000000123", "00000000123"),
        ("123", None),
        ("0000000012X", None),
        ("", None),
    ],
)
def test_ipi(text: str, normal: str | None) -> None:
    assert identifiers.ipi(text) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [("10012345", "10012345"), ("IPN 77", "77"), ("Ada F.", None), ("123456789012", None)],
)
def test_ipn(text: str, normal: str | None) -> None:
    assert identifiers.ipn(text) == normal


def test_a_party_id_may_be_written_with_its_kind() -> None:
    assert identifiers.dpid("DPID:PADPIDA2013042401U") == "PADPIDA2013042401U"


@pytest.mark.parametrize(
    "text", ["", "  ", "XXXX", "xxx", "000000000000", "TBD", "n/a", "---", "…", "Placeholder-1"]
)
def test_placeholders(text: str) -> None:
    assert identifiers.is_placeholder(text)


@pytest.mark.parametrize("text", ["x", "4006381333931", "A1UCASE0000000001X", "CAT-1", "11"])
def test_no_placeholders(text: str) -> None:
    assert not identifiers.is_placeholder(text)


@given(st.text())
def test_no_text_makes_an_exception(text: str) -> None:
    for judge in (
        identifiers.gtin_is_valid,
        identifiers.grid_is_valid,
        identifiers.dpid_is_valid,
        identifiers.isni_is_valid,
        identifiers.iswc_is_valid,
        identifiers.is_placeholder,
    ):
        assert judge(text) in {True, False}
