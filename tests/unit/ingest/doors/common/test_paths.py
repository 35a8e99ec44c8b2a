"""Path policy: what comes out is clean whatever goes in."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from ingest.doors.common.paths import DEFAULT_LIMITS, canonical, clean, shown
from ingest.doors.common.refusals import Reason, Refused

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.wav"
DEVICES = ["NUL", "con.wav", "a/Aux.tar.gz", "LPT9", "com\u00b9.txt", "CONIN$", "nul .txt"]
TURNING = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f\u061c"


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (b"", ()),
        (b"/", ()),
        (b".", ()),
        (b"/a//b/./c/", ("a", "b", "c")),
        (b"a/../b", ("b",)),
        ("Bjo\u0308rk", ("Bj\u00f6rk",)),
        (b"...a", ("...a",)),
        (b"console.txt/com10/COM.wav", ("console.txt", "com10", "COM.wav")),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.wav",
            ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.wav",),
        ),
        (b"20240101120000/A 1.wav", ("20240101120000", "A 1.wav")),
        (b"N_1/.in.a.flac.", ("N_1", ".in.a.flac.")),
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


@pytest.mark.parametrize(
    "path",
    [
        "a\0",
        "a\x7f",
        "a\x85b",
        "\u2028",
        "\u202e",
        "\u061c",
        "a\u200bb",
        "\U000e0041",
        "\ue000",
        "a\\b",
    ],
)
def test_unseen_characters_are_refused(path: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(path)
    assert refused.value.reason is Reason.BAD_NAME


@pytest.mark.parametrize(
    "path",
    [
        "NUL",
        "con.wav",
        "a/Aux.tar.gz",
        "LPT9",
        "com\u00b9.txt",
        "CONIN$",
        "nul .txt",
        "x.",
        ".in.",
        ".in..",
        ".in.x .",
        ".in.x..",
        "x ",
        " x",
    ],
)
def test_names_that_other_systems_read_otherwise_are_refused(path: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(path)
    assert refused.value.reason is Reason.BAD_NAME


_DEVICES = st.sampled_from(["con", "Prn", "AUX", "nul", "COM1", "lpt0"])
_AFTER = st.from_regex(r"( *\.[a-z0-9]{1,4})?", fullmatch=True)


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), max_size=3), _DEVICES, _AFTER)
def test_no_device_hides_in_a_folder_or_behind_an_extension(
    folders: list[str], device: str, after: str
) -> None:
    with pytest.raises(Refused):
        clean("/".join([*folders, device + after]))


@given(
    st.text(max_size=40),
    st.sampled_from("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f\u061c"),
)
def test_no_name_turns_the_text_around(name: str, control: str) -> None:
    with pytest.raises(Refused):
        clean(f"a{name}{control}b".replace("/", ""))


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
        assert name == name.strip()
        assert not name.endswith(".") or name.startswith(".in.")
        assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name)
        assert len(name.encode()) <= DEFAULT_LIMITS.name


@pytest.mark.parametrize(
    "name",
    [
        ".\u200d",
        "\u200da",
        "a\u200db",
        "\u00e9\u200d\u200d",
        "a\u3164b",
        "\u2800",
        "\u00a0a",
        "a\u3000",
    ],
)
def test_no_name_looks_like_another_or_like_nothing(name: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(name)
    assert refused.value.reason is Reason.BAD_NAME


@pytest.mark.parametrize(
    "name", [PERSIAN, "\u0915\u094d\u200d\u0937", "\u2764\ufe0f\u200d\U0001f525.jpg", "a\u00a0b"]
)
def test_joiners_stay_where_they_join(name: str) -> None:
    assert clean(name) == (name,)
