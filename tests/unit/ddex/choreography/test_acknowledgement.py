from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from ddex import xml, xsd
from ddex.choreography import acknowledgement
from ddex.choreography.acknowledgement import STATUSES, Acknowledgement, Status
from ddex.choreography.parts import MessagingParty, ReleaseIds
from ddex.errors import MessageUnreadable

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

VERSIONS = ("16", "18")
ACK = Acknowledgement(
    message_id="ACK-1",
    sender=MessagingParty(dpid="PADPIDA2026000001Q", name="Segue"),
    recipient=MessagingParty(dpid="PADPIDA2026000002O", name="Lantern & Hill"),
    created=datetime(2026, 1, 5, 11, 30, tzinfo=UTC),
    release=ReleaseIds(icpn="2048449622504", proprietary=(("PADPIDA2026000002O", "X-1"),)),
    release_status="ProcessingErrorAtReleaseCreator",
    statuses=(
        Status(status="ResourceMissing", information="a.flac is not there"),
        Status(status="UserDefined", information="not for us", code="ERN-0301"),
    ),
    acknowledged_message_id="MSG-1",
    batch_id="20260105100500123",
    error_text="a.flac is not there (and 1 more)",
    proposed_action="ResendXmlAndResources",
    manual_check=False,
    isrcs=("XSEGU2600001", "XSEGU2600002"),
    control_type="TestMessage",
)
HOSTILE = (
    "",
    "a\x00b\x1f\x7f",
    "\ud800 lone surrogate",
    "<&>\"']]>",
    "../" * 30 + "etc/passwd",
    "x" * 10_000,
    "\ufffe\uffff",
    "line\r\nline\ttab",
)


def schema(folder: SchemaFolder, version: str) -> xsd.Schema:
    return xsd.schema(folder, f"ern-c-sftp/{version}/ern-choreography-sftp.xsd")


@pytest.mark.parametrize("version", VERSIONS)
def test_written_messages_are_valid(schema_folder: SchemaFolder, version: str) -> None:
    data = acknowledgement.write(ACK, version)
    assert schema(schema_folder, version).violations(xml.parse(data)) == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_status_and_action_is_valid(schema_folder: SchemaFolder, version: str) -> None:
    check = schema(schema_folder, version)
    actions = ["", "ResendXmlOnly", "DoNotResendRelease", "DoNotResendAffectedResource", "Own"]
    for place, status in enumerate([*sorted(STATUSES), "SomethingNew", ""]):
        statuses = (Status(status=status, code="ERN-0101" if place % 2 else ""),)
        action = actions[place % len(actions)]
        data = acknowledgement.write(
            replace(ACK, statuses=statuses, proposed_action=action), version
        )
        assert check.violations(xml.parse(data)) == (), status


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_harmless(schema_folder: SchemaFolder, version: str, text: str) -> None:
    hostile = replace(
        ACK,
        acknowledged_message_id=text,
        batch_id=text,
        error_text=text,
        isrcs=(text,),
        release=ReleaseIds(
            icpn=text, catalog_number=(text, text), proprietary=((text, text),) * 1000
        ),
        release_status=text,
        proposed_action=text,
        control_type=text,
        acknowledged_message_type=text,
        statuses=(Status(status=text, information=text, code=text),),
    )
    data = acknowledgement.write(hostile, version)
    assert len(data) < 100_000
    assert schema(schema_folder, version).violations(xml.parse(data)) == ()
    assert acknowledgement.read(data).statuses[0].status == "UserDefined"


@settings(max_examples=60)
@given(st.text(), st.text())
def test_any_text_can_be_written_and_read(message_id: str, reason: str) -> None:
    statuses = (Status(status="NewReleaseMessageInvalid", information=reason),)
    ack = replace(ACK, acknowledged_message_id=message_id, statuses=statuses)
    for version in VERSIONS:
        found = acknowledgement.read(acknowledgement.write(ack, version))
        assert found.statuses[0].status == "NewReleaseMessageInvalid"


def test_18_reads_back_whole() -> None:
    assert acknowledgement.read(acknowledgement.write(ACK)) == ACK


def test_16_reads_back_what_it_has_room_for() -> None:
    found = acknowledgement.read(acknowledgement.write(ACK, "16"))
    assert found.statuses[0].status == "ResourceMissing"
    assert found.release.all == ("2048449622504",)
    assert "ERN-0301: not for us" in found.error_text
    assert found.isrcs == ACK.isrcs
    assert found.proposed_action == "ResendXmlAndResources"
    assert (found.sender, found.recipient, found.created) == (
        ACK.sender,
        ACK.recipient,
        ACK.created,
    )


def test_an_action_that_16_lacks_is_user_defined() -> None:
    data = acknowledgement.write(replace(ACK, proposed_action="DoNotResendRelease"), "16")
    assert b'UserDefinedValue="DoNotResendRelease">UserDefined<' in data
    assert acknowledgement.read(data).proposed_action == "DoNotResendRelease"


def test_only_file_ok_is_ok() -> None:
    good = replace(ACK, statuses=(Status(status="FileOK"),))
    assert good.ok
    assert not ACK.ok
    assert not replace(ACK, statuses=(Status(status="FileOK"), *ACK.statuses)).ok
    assert not replace(ACK, statuses=()).ok


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sender": MessagingParty(dpid="")}, "MessageSender"),
        ({"recipient": MessagingParty(dpid="PADPIDA/..")}, "MessageRecipient"),
        ({"statuses": ()}, "status"),
    ],
)
def test_what_can_not_be_written_says_why(change: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        acknowledgement.write(replace(ACK, **change))  # type: ignore[arg-type]


def test_unknown_versions_are_refused() -> None:
    with pytest.raises(ValueError, match="17"):
        acknowledgement.write(ACK, "17")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        b"<AcknowledgementMessage/>",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY b "c">]><AcknowledgementMessage>&b;</AcknowledgementMessage>',
        b"<AcknowledgementMessage><MessageHeader/><ReleaseStatus/></AcknowledgementMessage>",
    ],
)
def test_unreadable_messages_say_so(data: bytes) -> None:
    with pytest.raises(MessageUnreadable) as fault:
        acknowledgement.read(data)
    assert fault.value.findings[0].remedy


WHOLE = replace(
    ACK,
    thread_id="T-1",
    on_behalf_of=MessagingParty(dpid="PADPIDA2026000003N", name="Small Label"),
    affected=(
        ("ISAN", "", "0000-0000-D07A-0090-Q"),
        ("CatalogNumber", "PADPIDA2026000002O", "LH 1"),
        ("ProprietaryId", "PADPIDA2026000002O", "X-9"),
    ),
    claimants=("Somebody Else",),
)


def test_several_answers_in_one_message(schema_folder: SchemaFolder) -> None:
    second = replace(
        WHOLE, acknowledged_message_id="MSG-2", statuses=(Status(status="FileOK"),), isrcs=()
    )
    data = acknowledgement.write_all((WHOLE, second))
    assert schema(schema_folder, "18").violations(xml.parse(data)) == ()
    assert acknowledgement.read_all(data) == (WHOLE, second)
    assert acknowledgement.read(data) == WHOLE
    with pytest.raises(ValueError, match="16"):
        acknowledgement.write_all((WHOLE, second), "16")
    with pytest.raises(ValueError, match="0 answers"):
        acknowledgement.write_all(())


def test_several_messages_of_one_release_are_several_answers() -> None:
    data = acknowledgement.write(ACK)
    start, end = data.index(b"    <Acknowledgement>"), data.index(b"  </ReleaseStatus>")
    twice = data[:end] + data[start:end].replace(b"MSG-1", b"MSG-2") + data[end:]
    found = acknowledgement.read_all(twice)
    assert [each.acknowledged_message_id for each in found] == ["MSG-1", "MSG-2"]
    assert {each.release.icpn for each in found} == {"2048449622504"}


def test_a_header_alone_is_an_answer_without_status() -> None:
    data = acknowledgement.write(ACK)
    start, end = data.index(b"  <ReleaseStatus>"), data.rindex(b"</ReleaseStatus>")
    found = acknowledgement.read(data[:start] + data[end + 16 :])
    assert (found.message_id, found.statuses, found.ok) == ("ACK-1", (), False)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_identifiers_are_valid_and_come_back(schema_folder: SchemaFolder, version: str) -> None:
    data = acknowledgement.write(WHOLE, version)
    assert schema(schema_folder, version).violations(xml.parse(data)) == ()
    found = acknowledgement.read(data)
    assert (found.affected, found.isrcs) == (WHOLE.affected, WHOLE.isrcs)


TEXT = st.text(max_size=40)


@settings(max_examples=60)
@given(TEXT, TEXT, st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=3).map(tuple), TEXT)
def test_whatever_it_says_it_is_valid(
    schema_folder: SchemaFolder,
    status: str,
    action: str,
    affected: tuple[tuple[str, str, str], ...],
    text: str,
) -> None:
    hostile = replace(
        WHOLE,
        thread_id=text,
        statuses=(Status(status=status, code=action, information=text),),
        proposed_action=action,
        affected=affected,
        claimants=(text,),
        release=ReleaseIds(isrc=text, grid=status),
    )
    for version in VERSIONS:
        data = acknowledgement.write(hostile, version)
        assert schema(schema_folder, version).violations(xml.parse(data)) == ()
        assert acknowledgement.read(data).sender == WHOLE.sender
