"""Messages beside ERN are told apart by their root, and judged like ERN."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from core.schemas import SchemaFolder
from ddex.choreography import acknowledgement, manifest
from ddex.findings import Outcome
from ddex.others import RULES, examine_other, identify, peek
from tests.fixtures.environment import REPOSITORY, lacking
from tests.fixtures.mead import mead_message
from tests.unit.ddex.choreography.test_acknowledgement import ACK
from tests.unit.ddex.choreography.test_manifest import FULL

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = REPOSITORY.parent / "shared/ddex/samples"
NONE = SchemaFolder(None)


def samples() -> list[Path]:
    found = sorted([*SAMPLES.glob("ern-c-synthetic/*.xml"), *SAMPLES.glob("mead101/*.xml")])
    if not found:
        lacking(f"no DDEX samples in {SAMPLES}", "put them beside the checkout")
    return found


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.name)
def test_the_samples_are_accepted(schema_folder: SchemaFolder, path: Path) -> None:
    found = examine_other(path.read_bytes(), resource=schema_folder)
    assert found is not None
    assert found.message is not None
    assert (found.findings, found.outcome, found.schema) == ((), Outcome.ACCEPT, "used")
    named = found.message.type, found.version, found.message.header.message_id
    assert named in {
        ("ManifestMessage", "16", ""),
        ("ManifestMessage", "18", ""),
        ("FtpAcknowledgementMessage", "16", ""),
        ("AcknowledgementMessage", "18", "ACK-0001"),
        ("MeadMessage", "101", "be1ff3e5-2dba-4271-a7bd-3b6663a84eb6"),
    }


def test_ern_and_others_are_left_alone() -> None:
    for data in (
        b'<e:NewReleaseMessage xmlns:e="http://ddex.net/xml/ern/43"/>',
        b"<x/>",
        b"",
        b"x",
    ):
        assert examine_other(data, resource=NONE) is None


def test_only_the_beginning_is_read() -> None:
    data = b'<?xml version="1.0"?><!-- c --><m:A xmlns:m="urn:x"><b>' + b"x" * 5_000_000
    assert peek(data) == ("urn:x", "A")
    assert peek("<a/>".encode("utf-16")) == ("", "a")


def test_without_a_schema_it_is_read_all_the_same() -> None:
    found = examine_other(manifest.write(FULL), resource=NONE)
    assert found is not None
    assert (found.schema, found.skipped) == ("absent", (2,))


@pytest.mark.parametrize("name", ["ManifestMessage", "ErnAcknowledgementStatusMessage"])
def test_17_is_read_by_structure(name: str) -> None:
    data = manifest.write(FULL) if name == "ManifestMessage" else acknowledgement.write(ACK)
    old = name if name == "ManifestMessage" else "AcknowledgementMessage"
    data = data.replace(old.encode(), name.encode()).replace(b"ern-c-sftp/18", b"ern-c-sftp/17")
    found = examine_other(data, resource=NONE)
    assert found is not None
    assert found.message is not None
    assert (found.message.type, found.version) == (name, "17")
    assert [each.code for each in found.findings] == ["ERNC-0102"]
    assert found.outcome is Outcome.ACCEPT


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        (b"<NumberOfMessages>2", b"<NumberOfMessages>3", ["ERNC-0001"]),
        (b"./b/b.xml", b"./2048449622504/2048449622504.xml", ["ERNC-0002"]),
        (b"./b/b.xml", b"../b/b.xml", ["ERNC-1901"]),
        (b"00" * 32, b"00" * 31, ["ERNC-2001"]),
        (b"<IsTestFlag>true", b"<IsTestFlag>maybe", ["ERN-0203"]),
    ],
)
def test_faults_of_a_manifest(
    schema_folder: SchemaFolder, old: bytes, new: bytes, codes: list[str]
) -> None:
    data = manifest.write(FULL)
    assert data.count(old) == 1
    found = examine_other(data.replace(old, new), resource=schema_folder)
    assert found is not None
    assert [each.code for each in found.findings] == codes
    assert all(each.line for each in found.findings)


def test_an_acknowledgement_that_says_nothing(schema_folder: SchemaFolder) -> None:
    data = acknowledgement.write(ACK)
    start, end = data.index(b"<ReleaseStatus>"), data.rindex(b"</ReleaseStatus>") + 16
    found = examine_other(data[:start] + data[end:], resource=schema_folder)
    assert found is not None
    assert [each.code for each in found.findings] == ["ERNC-0003"]
    assert found.outcome is Outcome.ACCEPT


def test_another_root_of_the_family() -> None:
    found = examine_other(
        b'<c:Nothing xmlns:c="http://ddex.net/xml/ern-c-sftp/18"/>', resource=NONE
    )
    assert found is not None
    assert [each.code for each in found.findings] == ["MEA-0101"]
    assert found.outcome is Outcome.REJECT


def test_identify() -> None:
    assert identify("http://ddex.net/xml/ern/43") is None
    form = identify("http://ddex.net/xml/ern-c/17")
    assert form is not None
    assert (form.family, form.version, form.schema) == ("ern-c", "17", "")


def test_codes_are_unique_and_explained() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.text and rule.remedy and rule.wrong and rule.right for rule in RULES)


BASES = (
    manifest.write(FULL, "16"),
    manifest.write(FULL, "18"),
    acknowledgement.write(ACK, "16"),
    acknowledgement.write(ACK, "18"),
    mead_message(sender="PADPIDA2013042401U", recipient="PADPIDA2013042401U"),
)


@pytest.mark.parametrize("seed", range(60))
def test_any_damage_is_a_finding_never_an_exception(schema_folder: SchemaFolder, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    data = bytearray(chance.choice(BASES))
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(len(data))
        if chance.random() < 0.5:
            data[at] = chance.randrange(256)
        else:
            del data[at : at + chance.randint(1, 40)]
    found = examine_other(bytes(data), resource=schema_folder)
    assert found is None or found.outcome in Outcome


@given(st.binary(max_size=200))
def test_any_bytes_can_be_peeked_at(data: bytes) -> None:
    namespace, name = peek(data)
    assert isinstance(namespace + name, str)
