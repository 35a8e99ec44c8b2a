"""A manifest against what came."""

from __future__ import annotations

import hashlib

import pytest

from ddex.choreography.manifest import BatchMessage, Manifest
from ddex.choreography.parts import MessagingParty
from ddex.ern.model import HashSum
from ingest.manifests import NAMED, folder_of, mismatches, missing, of_kind

BATCH = "N_20260105100500123"
XML = b"<ern/>"
PARTY = MessagingParty(dpid="PADPIDA2026000001A", name="Somebody")


def _manifest(*messages: tuple[str, HashSum | None]) -> Manifest:
    return Manifest(
        sender=PARTY,
        recipient=PARTY,
        created=None,
        root=BATCH,
        messages=tuple(
            BatchMessage(message_id="m", url=url, releases=(), hash_sum=hash_sum)
            for url, hash_sum in messages
        ),
    )


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("A/A.xml", "A"),
        ("./A/A.xml", "A"),
        (f"{BATCH}/A/A.xml", "A"),
        (f"./{BATCH}/A/deep/A.xml", "A"),
        ("My%20Album/x.xml", "My Album"),
        ("A.xml", None),
        (f"{BATCH}/A.xml", None),
        ("", None),
        ("/A/A.xml", None),
        ("../A/A.xml", None),
        ("A/../../B/B.xml", None),
        ("%2e%2e/A.xml", None),
        ("https://127.0.0.1/A/A.xml", None),
        ("A\x00/A.xml", None),
        ("A\\A.xml", None),
        ("x" * 300 + "/A.xml", None),
    ],
)
def test_the_folder_of_a_url(url: str, folder: str | None) -> None:
    assert folder_of(url, BATCH) == folder


def test_a_folder_that_is_there_is_meant_as_written() -> None:
    assert folder_of("100%25/a.xml", BATCH, {"100%25"}) == "100%25"
    assert folder_of("100%25/a.xml", BATCH, {"100%"}) == "100%"


def test_missing_folders_are_told_once_and_not_without_end() -> None:
    assert missing(None, BATCH, ()) == []
    found = _manifest(("B/B.xml", None), ("A/A.xml", None), ("B/2.xml", None), ("C/C.xml", None))
    assert missing(found, BATCH, {"C"}) == ["B", "A"]
    many = _manifest(*((f"{number}/m.xml", None) for number in range(NAMED + 5)))
    assert len(missing(many, BATCH, ())) == NAMED


def _hash(algorithm: str, value: str) -> HashSum:
    return HashSum(algorithm=algorithm, value=value)


SHA256 = hashlib.sha256(XML).hexdigest()


@pytest.mark.parametrize(
    "hash_sum",
    [
        None,
        _hash("SHA-256", SHA256),
        _hash("SHA256", SHA256.upper()),
        _hash("MD5", hashlib.md5(XML, usedforsecurity=False).hexdigest()),
        _hash("MD4", "0" * 32),
        _hash("SHA-256", "too short"),
        _hash("CRC32", "00000000"),
        _hash("", ""),
    ],
)
def test_what_agrees_or_cant_be_checked_is_no_fault(hash_sum: HashSum | None) -> None:
    found = _manifest(("A/A.xml", hash_sum))
    assert list(mismatches(found, BATCH, "A", "A.xml", XML)) == []


def test_another_message_than_the_manifest_says() -> None:
    found = _manifest(("A/A.xml", _hash("SHA-256", "0" * 64)), ("B/B.xml", _hash("MD5", "1" * 32)))
    [finding] = mismatches(found, BATCH, "A", "A.xml", XML)
    assert (finding.code, finding.rule, finding.severity) == ("ERN-2001", 20, "reject")
    assert (finding.file, finding.value, finding.expected) == ("A.xml", "0" * 64, SHA256)
    assert "manifest" in finding.message


@pytest.mark.parametrize(
    ("agreed", "manifest", "severities"),
    [
        ("either", True, []),
        ("either", False, []),
        ("manifest", True, []),
        ("manifest", False, ["REJECT"]),
        ("empty", False, []),
        ("empty", True, ["WARN"]),
    ],
)
def test_completed_as_agreed(agreed: str, manifest: bool, severities: list[str]) -> None:  # noqa: FBT001 - a parameter
    found = list(of_kind("BatchComplete_1.xml", agreed, manifest=manifest))
    assert [each.severity.name for each in found] == severities
