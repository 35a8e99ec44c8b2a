from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from ddex import xml, xsd
from ddex.choreography import manifest
from ddex.choreography.manifest import BatchMessage, Manifest
from ddex.choreography.parts import MessagingParty, ReleaseIds
from ddex.ern.model import HashSum
from ddex.errors import MessageUnreadable

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

FULL = Manifest(
    sender=MessagingParty(dpid="PADPIDA2026000002O", name="Lantern Hill"),
    recipient=MessagingParty(dpid="PADPIDA2026000001Q"),
    created=datetime(2026, 1, 5, 10, 6, tzinfo=UTC),
    root="N_20260105100500123",
    messages=(
        BatchMessage(
            message_id="MSG-1",
            url="./2048449622504/2048449622504.xml",
            releases=(
                ReleaseIds(
                    icpn="2048449622504",
                    grid="A10302B0003989564F",
                    catalog_number=("PADPIDA2026000002O", "LH 1"),
                    proprietary=(("PADPIDA2026000002O", "X-1"),),
                ),
            ),
            hash_sum=HashSum(algorithm="SHA-256", value="00" * 32, data_type="HexBinary"),
        ),
        BatchMessage(message_id="MSG-2", url="./b/b.xml", releases=(ReleaseIds(icpn="b"),)),
    ),
    is_test=True,
    stated=2,
)


@pytest.mark.parametrize("version", ["16", "18"])
def test_written_manifests_are_valid_and_read_back(
    schema_folder: SchemaFolder, version: str
) -> None:
    data = manifest.write(FULL, version)
    schema = xsd.schema(schema_folder, f"ern-c-sftp/{version}/ern-choreography-sftp.xsd")
    assert schema.violations(xml.parse(data)) == ()
    assert manifest.read(data) == FULL


@pytest.mark.parametrize("data", [b"", b" \r\n"])
def test_an_empty_file_completes_by_hand(data: bytes) -> None:
    assert manifest.read(data) is None


@pytest.mark.parametrize("data", [b"x", b"<ManifestMessage/>", b"<Other><MessageHeader/></Other>"])
def test_what_is_no_manifest(data: bytes) -> None:
    with pytest.raises(MessageUnreadable):
        manifest.read(data)


def test_a_lying_manifest_is_read_as_it_is() -> None:
    data = manifest.write(FULL).replace(b"<NumberOfMessages>2", b"<NumberOfMessages>900000000000")
    found = manifest.read(data.replace(b"2026-01-05T10:06:00Z", b"yesterday"))
    assert found is not None
    assert (found.stated, found.created, len(found.messages)) == (None, None, 2)


def test_what_can_not_be_written() -> None:
    with pytest.raises(ValueError, match="at least one message"):
        manifest.write(replace(FULL, messages=()))
    with pytest.raises(ValueError, match="17"):
        manifest.write(FULL, "17")


@pytest.mark.parametrize("version", ["16", "18"])
def test_the_senders_own_words_and_signatures(schema_folder: SchemaFolder, version: str) -> None:
    own = BatchMessage(
        message_id="MSG-3",
        url="./c/c.xml",
        releases=(ReleaseIds(isrc="GBABC2500002"),),
        delivery_type="Second thoughts",
        product_type="Hologram",
        signature="c2lnbmVk",
    )
    sent = replace(
        FULL,
        messages=(*FULL.messages, own),
        stated=3,
        hash_sum=HashSum(algorithm="BLAKE3", value="00" * 32),
    )
    data = manifest.write(sent, version)
    schema = xsd.schema(schema_folder, f"ern-c-sftp/{version}/ern-choreography-sftp.xsd")
    assert schema.violations(xml.parse(data)) == ()
    assert manifest.read(data) == sent


def test_of_several_party_ids_the_dpid_counts() -> None:
    dpid = b"<PartyId>PADPIDA2026000002O</PartyId>"
    data = manifest.write(FULL, "16").replace(dpid, b"<PartyId>0000000121032683</PartyId>" + dpid)
    found = manifest.read(data)
    assert found is not None
    assert found.sender.dpid == "PADPIDA2026000002O"


TEXT = st.text(max_size=30)


@settings(max_examples=60)
@given(TEXT, TEXT, TEXT, TEXT)
def test_whatever_it_lists_it_is_valid(
    schema_folder: SchemaFolder, name: str, url: str, kind: str, algorithm: str
) -> None:
    message = BatchMessage(
        message_id=name,
        url=url,
        releases=(ReleaseIds(icpn=name, isrc=kind, catalog_number=(url, kind)),),
        message_type=kind,
        delivery_type=kind,
        product_type=kind,
        hash_sum=HashSum(algorithm=algorithm, value=name, data_type=kind),
    )
    for version in ("16", "18"):
        data = manifest.write(replace(FULL, messages=(message,), root=url), version)
        schema = xsd.schema(schema_folder, f"ern-c-sftp/{version}/ern-choreography-sftp.xsd")
        assert schema.violations(xml.parse(data)) == ()
        found = manifest.read(data)
        assert found is not None
        assert len(found.messages) == 1
