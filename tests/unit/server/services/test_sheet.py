"""Sheets: names by choreography, a sample answer that is valid, limits in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ddex import xml, xsd
from ddex.choreography import acknowledgement, names
from ddex.choreography.rows import ROWS
from ingest.feed_terms import FeedTerms
from server.services.sheet import render
from server.services.sheet.model import Agreed, Doors, Us
from tests.fixtures.packages import RECIPIENT, SENDER

if TYPE_CHECKING:
    from core.schemas import SchemaFolder
    from server.services.sheet.model import Sheet

DOORS = Doors(
    sftp=("delivery.example", 22),
    fingerprint="SHA256:abc",
    known_hosts="delivery.example ssh-ed25519 AAAA\n",
    ftp_host="delivery.example",
    ftp_ports=(2121, 2990),
    ftp_fingerprint="SHA256 AA:BB",
    certificate="-----BEGIN CERTIFICATE-----\n",
    plain=False,
    api="https://music.example/api/v1",
)


def sheet(choreography: str = "batch-1.8", acknowledgements: str = "18", **terms: object) -> Sheet:
    agreed = Agreed(
        id="feed_1",
        name="Nordlicht <Vertrieb>",
        dpids=(SENDER,),
        username="nordlicht",
        protocols=("sftp", "ftps", "ftp", "http", "s3"),
        choreography=choreography,
        acknowledgements=acknowledgements,
        has_keys=False,
        terms=FeedTerms.read(terms),
    )
    us = Us(dpid=RECIPIENT, name="Segue", contact="ingest@music.example")
    return render.make(agreed, us, DOORS, datetime(2026, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize("key", ROWS)
@pytest.mark.parametrize("version", ["18", "16"])
def test_the_sample_is_an_answer_at_its_place(
    key: str, version: str, schema_folder: SchemaFolder
) -> None:
    sample = sheet(key, version).sample
    assert sample is not None
    path = f"ern-c-sftp/{version}/ern-choreography-sftp.xsd"
    assert xsd.schema(schema_folder, path).violations(xml.parse(sample.xml.encode())) == ()
    read = acknowledgement.read(sample.xml.encode())
    assert read.ok
    folder, _, name = sample.path.rpartition("/")
    assert names.ack(name) is not None
    top = sheet(key, version).layout.partition("/")[0]
    assert folder == ROWS[key].ack_place(top)


@pytest.mark.parametrize("key", ROWS)
def test_the_drawn_folder_is_one_of_the_choreography(key: str) -> None:
    made = sheet(key)
    top = made.layout.partition("/")[0]
    batch = isinstance(names.folder(top), names.BatchFolder)
    assert batch is (ROWS[key].style == "batch")
    assert ("BatchComplete" in made.layout) is batch
    assert any("BatchComplete" in command.text for command in made.ways[0].commands) is batch


def test_none_agreed_means_none_shown() -> None:
    assert sheet(acknowledgements="none").sample is None


def test_limits_are_told_in_words() -> None:
    made = sheet(quota_bytes="50GB", connections=4, networks="192.0.2.0/24", process="hold")
    assert dict(made.limits) == {
        "Bytes in the inbox": "50,000 MB",
        "Sessions at once": "4",
        "From": "192.0.2.0/24",
        "Processing": "an operator looks first",
    }
    assert sheet().limits == ()


def test_closed_doors_are_told() -> None:
    told = {way.protocol: way.open for way in sheet().ways}
    assert told == {"sftp": True, "ftps": True, "ftp": False, "http": True, "s3": False}
    assert "(this door is closed at the moment)" in render.text(sheet())


def test_names_are_no_markup() -> None:
    page = render.page(sheet())
    assert "Nordlicht &lt;Vertrieb&gt;" in page
    assert "<Vertrieb>" not in page


def test_buckets_have_their_command() -> None:
    made = sheet(watch={"url": "s3://bucket/in", "endpoint": "https://s3.example"})
    (command,) = made.ways[-1].commands
    assert command.text.startswith("aws --endpoint-url https://s3.example s3 cp --recursive")
    assert '"s3://bucket/in/$BATCH/"' in command.text
