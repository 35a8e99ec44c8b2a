"""What a path is, by its name alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from ddex.choreography.rows import ROWS
from ingest.inbox import Kind, batch_of, completion, counts, order_stamp, place, turn_of
from ingest.inbox.paths import release_name

BATCH = "N_20260105100500123"
ALONE = "P_4006381333931_20260105100500123"
BY_BATCH, BARE = ROWS["batch-1.8"], ROWS["bare"]


@pytest.mark.parametrize(
    ("path", "batch"),
    [
        (f"{BATCH}/A/A.xml", BATCH),
        (f"{BATCH}/BatchComplete_1.xml", BATCH),
        ("20260105100500123/A/A.xml", "20260105100500123"),
        (f"{ALONE}/a.xml", ALONE),
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
    "name",
    [
        *("a.flac.filepart", "a.flac.part", "a.flac.tmp", ".in.a.flac", "a.flac.lftp"),
        *(".a.flac.Xy12ab", "a.flac.1a2b3c4d.partial", "a.flac.crdownload", "a.flac.download"),
        *("a.flac.opdownload", "a.flac-lftp-pget-status", "a.flac~", "._a.flac", ".~tmp~/a.flac"),
        *("A.FLAC.FILEPART", "a.flac.FilePart"),
    ],
)
def test_partial_names_of_clients(name: str) -> None:
    assert not counts(f"{BATCH}/A/resources/{name}")
    assert not completion(f"{BATCH}/BatchComplete_1.xml{name.removeprefix('a.flac')}")


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
    assert (place(path, BY_BATCH).kind is Kind.COMPLETION) is completes


@pytest.mark.parametrize(
    ("path", "kind", "folder"),
    [
        (f"{BATCH}/A/A.xml", Kind.PART, "A"),
        (f"{BATCH}/A/resources/1.flac", Kind.PART, "A"),
        (f"{BATCH}/resources/1.flac", Kind.SHARED, ""),
        (f"{BATCH}/loose.flac", Kind.STRAY, ""),
        (f"{BATCH}/acknowledgements/ACK_1.xml", Kind.ANSWER, ""),
        (f"{BATCH}/A/1.flac.part", Kind.PARTIAL, ""),
        (f"{ALONE}/4006381333931.xml", Kind.PART, ""),
        (f"{ALONE}/resources/1.flac", Kind.PART, ""),
        (f"{ALONE}/BatchComplete_1.xml", Kind.COMPLETION, ""),
        (f"{ALONE}/acknowledgements/ACK_1.xml", Kind.ANSWER, ""),
    ],
)
def test_places_in_a_top_folder(path: str, kind: Kind, folder: str) -> None:
    for row in ROWS.values():
        found = place(path, row)
        assert (found.kind, found.top, found.folder) == (
            kind,
            path.split("/", maxsplit=1)[0],
            folder,
        )


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.flac", Kind.STRAY),
        ("upload/A/A.xml", Kind.STRAY),
        ("upload/.A.xml", Kind.PARTIAL),
        ("acknowledgements/ACK_1.xml", Kind.ANSWER),
        ("reports/1.tsv", Kind.ANSWER),
        ("/N_1/a.xml", Kind.STRAY),
        ("../x/a.xml", Kind.PARTIAL),
    ],
)
def test_places_outside(path: str, kind: Kind) -> None:
    found = place(path, BY_BATCH)
    assert (found.kind, found.top) == (kind, "")


def test_bare_release_folders_count_where_the_feed_has_them() -> None:
    assert place("4006381333931/4006381333931.xml", BARE).top == "4006381333931"
    assert place("4006381333931/4006381333931.xml", BY_BATCH).kind is Kind.STRAY
    assert place("loose.xml", BARE).kind is Kind.STRAY
    assert place("acknowledgements/x.xml", BARE).kind is Kind.ANSWER


def test_order_stamp() -> None:
    arrived = datetime(2026, 1, 5, 10, 5, tzinfo=UTC)
    assert order_stamp(BATCH) == order_stamp("20260105100500123") == "20260105100500123"
    assert order_stamp(ALONE.replace("123", "124")) == "20260105100500124"
    assert order_stamp("no batch") == "0" * 17
    assert order_stamp("4006381333931", arrived) == "20260105100500000"


def test_turns_and_names() -> None:
    tops = ["L_20260105100500123", BATCH, ALONE, "M_20260105100500123"]
    assert [top[0] for top in sorted(tops, key=turn_of)] == ["P", "M", "N", "L"]
    assert release_name(ALONE, "") == "4006381333931"
    assert release_name(BATCH, "A") == "A"
    assert release_name("bare", "") == "bare"


@pytest.mark.parametrize(
    "path",
    [
        "A/A.xml",
        "A/resources/1.flac",
        "A/party.flac",
        "A/in.flac",
        "A/a.in.flac",
        "A/part",
        "A/tmp",
    ],
)
def test_whole_names_count(path: str) -> None:
    assert counts(path)


@pytest.mark.parametrize(
    "name",
    [
        *("1.flac.part", "1.flac.FILEPART", "1.flac.tmp", "1.flac.crdownload", "1.flac.lftp"),
        *(".1.flac", ".in.1.flac.", ".in.1.flac", "1.flac.lftp-pget-status", "1.flac~", "~$a.xml"),
        *(".lftp-pget-status", "1.flac.partial", "1.flac.in", ".sync"),
    ],
)
def test_partial_names_never_count(name: str) -> None:
    assert not counts(f"A/{name}")
    assert not counts(f"{name}/A.xml")


HOSTILE = st.text(st.sampled_from("ab./\\ \x00%ü\n_-N0"), max_size=30)


@given(HOSTILE | HOSTILE.map(lambda text: f"{BATCH}/{text}"), st.sampled_from(list(ROWS)))
def test_no_path_can_do_harm(path: str, key: str) -> None:
    found = place(path, ROWS[key])
    for name in (found.top, found.folder):
        assert "/" not in name
        assert name not in {".", ".."}
