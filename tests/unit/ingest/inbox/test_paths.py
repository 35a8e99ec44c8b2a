"""Is it complete, and what is in it: paths and receipts in, folders out."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ingest.inbox import Arrived, Folder, batch_of, completion, counts, folders, order_stamp

BATCH = "N_20260105100500123"


def _arrived(*paths: str, first: int = 1) -> list[Arrived]:
    return [
        Arrived(path=path, size=1, blake3="0", receipt=receipt)
        for receipt, path in enumerate(paths, first)
    ]


def _names(found: list[Folder]) -> list[tuple[str, str | None]]:
    return [(folder.name, folder.xml) for folder in found]


@pytest.mark.parametrize(
    ("path", "batch"),
    [
        (f"{BATCH}/A/A.xml", BATCH),
        (f"{BATCH}/BatchComplete_1.xml", BATCH),
        ("20260105100500123/A/A.xml", "20260105100500123"),
        ("P_4006381333931_20260105100500123/a.xml", "P_4006381333931_20260105100500123"),
        (BATCH, None),
        ("upload/A/A.xml", None),
        ("N_2026/A/A.xml", None),
        ("", None),
        (f"../{BATCH}/A.xml", None),
        (f"/{BATCH}/A.xml", None),
    ],
)
def test_batch_of(path: str, batch: str | None) -> None:
    assert batch_of(path) == batch


@pytest.mark.parametrize(
    ("path", "completes"),
    [
        (f"{BATCH}/BatchComplete_20260105100500123.xml", True),
        (f"{BATCH}/BatchComplete_anything.xml", True),
        (f"{BATCH}/BatchComplete_20260105100500123.xml.filepart", False),
        (f"{BATCH}/A/BatchComplete_20260105100500123.xml", False),
        ("BatchComplete_20260105100500123.xml", False),
        ("upload/BatchComplete_20260105100500123.xml", False),
        (f"{BATCH}/batchcomplete_1.xml", False),
        (f"{BATCH}/BatchComplete_.xml", False),
    ],
)
def test_completion(path: str, *, completes: bool) -> None:
    assert completion(path) is completes


@pytest.mark.parametrize(
    ("batch", "stamp"),
    [
        (BATCH, "20260105100500123"),
        ("20260105100500123", "20260105100500123"),
        ("P_4006381333931_20260105100500124", "20260105100500124"),
        ("no batch", "0" * 17),
    ],
)
def test_order_stamp(batch: str, stamp: str) -> None:
    assert order_stamp(batch) == stamp


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("A/A.xml", True),
        ("A/resources/1.flac", True),
        ("A/party.flac", True),
        ("A/1.flac.part", False),
        ("A/1.flac.FILEPART", False),
        ("A/1.flac.tmp", False),
        ("A/1.flac.crdownload", False),
        ("A/1.flac.lftp", False),
        ("A/.1.flac", False),
        (".sync/A.xml", False),
    ],
)
def test_partial_names_do_not_count(path: str, *, whole: bool) -> None:
    assert counts(path) is whole


def test_a_folder_with_its_files() -> None:
    [folder] = folders(BATCH, _arrived(f"{BATCH}/A/z.flac", f"{BATCH}/A/A.xml"), 0)
    assert folder.name == "A"
    assert folder.xml == f"{BATCH}/A/A.xml"
    assert [file.path for file in folder.files] == [f"{BATCH}/A/A.xml", f"{BATCH}/A/z.flac"]
    assert folder.receipt == 2


def test_what_lies_in_the_root_or_elsewhere_is_no_part() -> None:
    found = folders(
        BATCH,
        _arrived(
            f"{BATCH}/BatchComplete_1.xml",
            f"{BATCH}/loose.flac",
            "N_20260105100500124/A/A.xml",
            f"{BATCH}/B/B.xml",
        ),
        0,
    )
    assert _names(found) == [("B", f"{BATCH}/B/B.xml")]


@pytest.mark.parametrize(
    ("files", "xml"),
    [
        (["A.xml"], "A.xml"),
        (["other.xml"], "other.xml"),
        (["other.XML"], "other.XML"),
        (["A.xml", "other.xml"], "A.xml"),
        (["b.xml", "other.xml"], None),
        (["a.flac"], None),
        (["resources/A.xml"], None),
    ],
)
def test_the_message_of_a_folder(files: list[str], xml: str | None) -> None:
    [folder] = folders(BATCH, _arrived(*(f"{BATCH}/A/{name}" for name in files)), 0)
    assert folder.xml == (f"{BATCH}/A/{xml}" if xml else None)


def test_only_folders_with_something_new() -> None:
    files = _arrived(f"{BATCH}/A/A.xml", f"{BATCH}/B/B.xml")
    again = _arrived(f"{BATCH}/B/1.flac", first=9)
    assert [folder.name for folder in folders(BATCH, [*files, *again], 5)] == ["B"]


def test_completed_again_without_anything_new_means_all() -> None:
    files = _arrived(f"{BATCH}/A/A.xml", f"{BATCH}/B/B.xml")
    assert [folder.name for folder in folders(BATCH, files, 5)] == ["A", "B"]


HOSTILE = st.text(st.sampled_from("ab./\\ \x00%ü\n_-N0"), max_size=30)


@given(st.lists(HOSTILE | HOSTILE.map(lambda text: f"{BATCH}/{text}"), max_size=8, unique=True))
def test_no_path_can_do_harm(paths: list[str]) -> None:
    """Each file is in one folder at most, and every folder's name is one part of a path."""
    found = folders(BATCH, _arrived(*paths), 0)
    files = [file.path for folder in found for file in folder.files]
    assert len(files) == len(set(files))
    assert set(files) <= set(paths)
    for folder in found:
        assert "/" not in folder.name
        assert folder.name not in {"", ".", ".."}
