from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ddex.choreography import acknowledgement
from ddex.choreography.acknowledgement import Acknowledgement, Status
from ddex.choreography.parts import MessagingParty, ReleaseIds
from distro.outbox import LocalRelease
from distro.receipts import Receipt, answered, understood

BATCH = "20260105100500123"
ONE = LocalRelease(name="2048449622504", message_id="M/1")
TWO = LocalRelease(name="2048449622511", message_id="M/2")
UNREADABLE = LocalRelease(name="2048449622528", message_id="")
ACK = Acknowledgement(
    message_id="A",
    sender=MessagingParty(dpid="PADPIDA2026000001Q"),
    recipient=MessagingParty(dpid="PADPIDA2026000002O"),
    created=datetime(2026, 1, 5, tzinfo=UTC),
    release=ReleaseIds(),
    release_status="ReleaseReceivedByReleaseDistributor",
    statuses=(Status(status="FileOK"),),
)


@pytest.mark.parametrize(
    ("change", "file", "expected"),
    [
        ({"acknowledged_message_id": "M/2"}, "ACK_x_1.xml", TWO),
        ({"acknowledged_message_id": "M/2", "batch_id": "2"}, "ACK_x_1.xml", None),
        ({"release": ReleaseIds(icpn="02048449622511")}, "ACK_x_1.xml", TWO),
        ({"release": ReleaseIds(icpn="2048449622528")}, "ACK_x_1.xml", UNREADABLE),
        ({}, f"acknowledgements/ACK_M1_{BATCH}.xml", ONE),
        ({}, f"acknowledgements/ACK_{BATCH}_M2.xml", TWO),
        ({}, f"acknowledgements/ACK_2048449622528_{BATCH}.xml", UNREADABLE),
        ({}, f"acknowledgements/ACK_other_{BATCH}.xml", None),
        ({"acknowledged_message_id": "M/9", "release": ReleaseIds(icpn=ONE.name)}, "a", None),
    ],
)
def test_who_is_answered(
    change: dict[str, object], file: str, expected: LocalRelease | None
) -> None:
    ack = replace(ACK, **change)  # type: ignore[arg-type]
    assert answered((ONE, TWO, UNREADABLE), BATCH, file, ack) == expected


def test_an_unfinished_file_is_not_understood_yet() -> None:
    data = acknowledgement.write(ACK)
    assert understood(data) == ACK
    assert understood(data[:200]) is None
    assert understood(b"") is None


def test_own_codes_show_as_the_status() -> None:
    odd = replace(ACK, statuses=(Status(status="UserDefined", information="no", code="ERN-0301"),))
    answer = Receipt(release=ONE.name, file="f", acknowledgement=odd).to_json()
    assert answer["status"] == "ERN-0301"
    assert answer["findings"] == [
        {"status": "ERN-0301", "message": "no", "place": "", "rule": "", "remedy": ""}
    ]
    empty = Receipt(release=ONE.name, file="f", acknowledgement=replace(ACK, statuses=()))
    assert (empty.to_json()["status"], empty.ok) == ("", False)
