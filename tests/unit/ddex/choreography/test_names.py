from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from ddex.choreography import names
from ddex.choreography.names import AckName, BatchFolder, ReleaseFolder

STAMP = "20260105100500123"


@pytest.mark.parametrize("priority", ["", "P", "N", "M", "L"])
def test_batch_folders(priority: str) -> None:
    name = names.batch_folder(STAMP, priority)
    assert names.folder(name) == BatchFolder(batch_id=STAMP, priority=priority)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (
            f"N_0602445000012_{STAMP}",
            ReleaseFolder(release_id="0602445000012", stamp=STAMP, priority="N"),
        ),
        (
            f"A10302B0003989564F_{STAMP}",
            ReleaseFolder(release_id="A10302B0003989564F", stamp=STAMP),
        ),
        (f"P_a_b_{STAMP}", ReleaseFolder(release_id="a_b", stamp=STAMP, priority="P")),
        (f"n_{STAMP}", ReleaseFolder(release_id="n", stamp=STAMP)),
        (f"X_{STAMP}", ReleaseFolder(release_id="X", stamp=STAMP)),
    ],
)
def test_release_folders(name: str, found: ReleaseFolder) -> None:
    assert names.folder(name) == found


@pytest.mark.parametrize(
    "name",
    [
        "",
        "N_2026010510050012",
        f"N_{STAMP}0",
        f"N_{STAMP}\n",
        f"N_{STAMP}/..",
        f".._{STAMP}",
        f"N_.._{STAMP}",
        f"a/b_{STAMP}",
        f"a\\b_{STAMP}",
        f"a\x00_{STAMP}",
        "N_" + "٣" * 17,
        "acknowledgements",
    ],
)
def test_other_folders(name: str) -> None:
    assert names.folder(name) is None


def test_completion() -> None:
    assert names.batch_complete(STAMP) == f"BatchComplete_{STAMP}.xml"
    assert names.completes(f"BatchComplete_{STAMP}.xml") == STAMP
    for other in (
        f"BatchComplete_{STAMP}.xml.part",
        "BatchComplete_.xml",
        f"batchcomplete_{STAMP}.xml",
        "BatchComplete_a/b.xml",
    ):
        assert names.completes(other) is None


def test_stamps_are_utc_to_the_millisecond() -> None:
    there = datetime(2026, 1, 5, 12, 5, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))
    assert names.stamp(there) == STAMP
    assert names.instant(STAMP) == datetime(2026, 1, 5, 10, 5, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "2026", "20261305100500123", "2026010510050012x", "٢" * 17])
def test_what_is_no_stamp(text: str) -> None:
    assert names.instant(text) is None


@pytest.mark.parametrize(
    ("message_id", "name"),
    [
        ("MSG-1", f"ACK_MSG-1_{STAMP}.xml"),
        ("a b/c\n", f"ACK_abc_{STAMP}.xml"),
        ("../../etc/passwd", f"ACK_etcpasswd_{STAMP}.xml"),
        ("x" * 10_000, f"ACK_{'x' * 64}_{STAMP}.xml"),
        ("", f"ACK_0602445000012_{STAMP}.xml"),
        ("...", f"ACK_0602445000012_{STAMP}.xml"),
        ("日本", f"ACK_0602445000012_{STAMP}.xml"),
    ],
)
def test_acknowledgement_names(message_id: str, name: str) -> None:
    assert names.ack_name(message_id, "0602445000012", STAMP) == name


@given(st.text(), st.text(), st.sampled_from((0, 1)))
def test_any_id_gives_a_safe_name_that_reads_back(message: str, folder: str, first: int) -> None:
    name = names.ack_name(message, folder, STAMP, stamp_first=bool(first))
    found = names.ack(name)
    assert found is not None
    assert found.stamp == STAMP or (names.instant(found.id) is not None)
    assert "/" not in name
    assert len(name.encode()) <= 255


def test_both_orders_are_understood() -> None:
    assert names.ack(f"ACK_MSG-1_{STAMP}.xml") == AckName(id="MSG-1", stamp=STAMP)
    assert names.ack(f"ACK_{STAMP}_MSG-1.xml") == AckName(id="MSG-1", stamp=STAMP)
    assert names.ack("ACK_MSG-1.xml") is None


def test_resource_names() -> None:
    assert names.audio_name("0602445000012", 8, 15, "flac") == "0602445000012_008_015.flac"
    assert names.cover_name("0602445000012", "jpg") == "0602445000012_FrontCoverImage.jpg"
