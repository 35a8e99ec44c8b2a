"""Path policy: what comes out is clean whatever goes in."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from ingest.doors.common.paths import DEFAULT_LIMITS, canonical, clean, shown
from ingest.doors.common.refusals import Reason, Refused


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (b"", ()),
        (b"/", ()),
        (b".", ()),
        (b"/a//b/./c/", ("a", "b", "c")),
        (b"a/../b", ("b",)),
        ("Bjo\u0308rk", ("Bj\u00f6rk",)),
        (b"...", ("...",)),
        (b"20240101120000/A 1.wav", ("20240101120000", "A 1.wav")),
    ],
)
def test_clean_paths(path: bytes | str, parts: tuple[str, ...]) -> None:
    assert clean(path) == parts
    assert canonical(path) == "/" + shown(parts)


@pytest.mark.parametrize("path", ["..", "/..", "a/../..", "../a", "a/b/../../../c"])
def test_climbing_out_is_denied(path: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(path)
    assert refused.value.reason is Reason.DENIED
    assert canonical(path).startswith("/")


@pytest.mark.parametrize("path", ["a\0", "a\x7f", "a\x85b", "\u2028", "\u202e", "\ue000", "a\\b"])
def test_unseen_characters_are_refused(path: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(path)
    assert refused.value.reason is Reason.BAD_NAME


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_input_is_clean_or_refused(path: bytes | str) -> None:
    try:
        parts = clean(path)
    except Refused:
        return
    assert clean(shown(parts)) == parts
    assert len(parts) <= DEFAULT_LIMITS.depth
    for name in parts:
        assert name not in ("", ".", "..")
        assert "/" not in name
        assert "\0" not in name
        assert unicodedata.is_normalized("NFC", name)
        assert len(name.encode()) <= DEFAULT_LIMITS.name
