"""Rules 3, 4 and 5: who sends, to whom, which message, and in which order."""

from __future__ import annotations

from datetime import datetime

import pytest

from ddex.ern.rules import Feed
from ddex.findings import Severity
from tests.fixtures.ern_messages import (
    MESSAGE_ID,
    OTHER_LABEL,
    OTHER_SENDER,
    PLANTED,
    RECIPIENT,
    SENDER,
    base,
    planted,
)
from tests.unit.ddex.ern.rules.planting import (
    REPEATED,
    USED,
    Remembered,
    codes,
    found,
    judge,
    knowing,
)

FROM = f"<MessageSender><PartyId>{SENDER}</PartyId>"
TO = f"<MessageRecipient><PartyId>{RECIPIENT}</PartyId>"
LIVE = "<MessageControlType>LiveMessage</MessageControlType>"
ID = f"<MessageId>{MESSAGE_ID}</MessageId>"

pytestmark = pytest.mark.parametrize("version", PLANTED)


def test_another_sender(version: str) -> None:
    one = found(version, FROM, FROM.replace(SENDER, OTHER_SENDER), "ERN-0301")
    assert one.severity is Severity.REJECT
    assert (one.value, one.expected) == (OTHER_SENDER, SENDER)
    assert one.xpath == "/NewReleaseMessage/MessageHeader/MessageSender/PartyId"


def test_another_recipient(version: str) -> None:
    one = found(version, TO, TO.replace(RECIPIENT, OTHER_SENDER), "ERN-0302")
    assert (one.value, one.expected) == (OTHER_SENDER, RECIPIENT)


def test_one_recipient_of_several_is_enough(version: str) -> None:
    other = f"<MessageRecipient><PartyId>{OTHER_SENDER}</PartyId></MessageRecipient>"
    assert codes(planted(version, "<MessageRecipient>", f"{other}<MessageRecipient>")) == []


def test_a_test_message_never_goes_live(version: str) -> None:
    one = found(version, LIVE, LIVE.replace("Live", "Test"), "ERN-0303")
    assert one.severity is Severity.REJECT
    assert one.value == "TestMessage"


def test_a_test_message_is_welcome_on_a_test_feed(version: str) -> None:
    feed = Feed(dpids=frozenset({SENDER}), our_dpid=RECIPIENT, is_test=True)
    data = planted(version, LIVE, LIVE.replace("Live", "Test"))
    assert codes(data, knowing(feed=feed)) == []


def test_a_message_that_does_not_say_is_live(version: str) -> None:
    assert codes(planted(version, LIVE, "")) == []


def test_party_ids_are_compared_without_hyphens_and_prefix(version: str) -> None:
    feed = Feed(dpids=frozenset({"PA-DPIDA-2013042401-U"}), our_dpid=RECIPIENT.lower())
    assert codes(base(version), knowing(feed=feed)) == []
    assert codes(planted(version, TO, TO.replace("PADPID", "DPID:PADPID"))) == []


def test_without_our_own_dpid_the_recipient_is_not_judged(version: str) -> None:
    feed = Feed(dpids=frozenset({SENDER}))
    assert (
        codes(planted(version, TO, TO.replace(RECIPIENT, OTHER_SENDER)), knowing(feed=feed)) == []
    )


def test_what_another_sender_delivered_is_not_replaced(version: str) -> None:
    behalf = "</MessageSender><SentOnBehalfOf><PartyId>{}</PartyId></SentOnBehalfOf>"
    one = found(version, "</MessageSender>", behalf.format(OTHER_LABEL), "ERN-0304")
    assert one.expected == OTHER_SENDER
    for other in (OTHER_SENDER, "PADPIDA2013042401U"):
        assert codes(planted(version, "</MessageSender>", behalf.format(other))) == []


def test_a_message_id_with_other_bytes(version: str) -> None:
    one = found(version, ID, ID.replace(MESSAGE_ID, USED), "ERN-0401")
    assert one.severity is Severity.REJECT
    assert one.value == USED


def test_a_repeat_is_acknowledged(version: str) -> None:
    one = found(version, ID, ID.replace(MESSAGE_ID, REPEATED), "ERN-0402")
    assert (one.severity, one.ack_status) == (Severity.WARN, "FileOK")


@pytest.mark.parametrize(
    "empty", ["<MessageId></MessageId>", "<MessageId/>", "<MessageId> </MessageId>"]
)
def test_an_empty_message_id(version: str, empty: str) -> None:
    one = found(version, ID, empty, "ERN-0403")
    assert one.severity is Severity.HOLD


def test_no_message_id_at_all(version: str) -> None:
    findings = judge(planted(version, ID, ""))
    assert [each.code for each in findings] == ["ERN-0403"]
    assert findings[0].line > 0


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        (None, []),
        ("20260301100000000", []),
        ("20260301095959999", []),
        ("20260301100000001", ["ERN-0501"]),
        ("20270101000000000", ["ERN-0501"]),
    ],
)
def test_a_message_older_than_what_was_applied_is_held(
    version: str, applied: str | None, expected: list[str]
) -> None:
    findings = judge(base(version), knowing(history=Remembered(applied=applied)))
    assert [each.code for each in findings] == expected
    for each in findings:
        assert (each.rule, each.severity) == (5, Severity.HOLD)
        assert (each.value, each.expected[:17]) == ("20260301100000000", applied)
        assert each.xpath.startswith("/NewReleaseMessage/ReleaseList/Release")


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        ("2026-02-28T10:00:00+00:00", []),
        ("2026-02-28T09:59:59.999+00:00", ["ERN-0502"]),
        ("2026-02-28T10:59:59+01:00", ["ERN-0502"]),
        ("2016-03-01T10:00:00+00:00", ["ERN-0502"]),
        ("9999-12-31T23:00:00+00:00", []),
    ],
)
def test_a_folder_of_the_future_is_told(version: str, arrived: str, expected: list[str]) -> None:
    findings = judge(base(version), knowing(arrived=datetime.fromisoformat(arrived)))
    assert [each.code for each in findings] == expected
    for each in findings:
        assert (each.rule, each.severity, each.ack_status) == (5, Severity.WARN, "FileOK")
        assert each.value == "20260301100000000"
        assert "future" in each.message


def test_without_a_folder_the_order_is_not_judged(version: str) -> None:
    history = Remembered(applied="20270101000000000")
    assert codes(base(version), knowing(history=history, order_stamp=None)) == []
