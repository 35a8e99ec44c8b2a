"""Rules 19 and 20: addresses, presence, hashes."""

from __future__ import annotations

import base64
import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from ddex.ern.reader import read
from ddex.ern.rules import Context, check_late, find_files, needed_hashes, safe_path
from ddex.ern.rules.hashes import SIZES, algorithm, digest
from ddex.findings import Finding, Severity
from ddex.xml import parse
from tests.unit.ddex.ern.messages import ALBUM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ddex.ern.model import Message
    from ddex.ern.rules import HashKey

HASH = (
    "<HashSum><Algorithm>MD5</Algorithm>"
    "<HashSumValue>d41d8cd98f00b204e9800998ecf8427e</HashSumValue></HashSum>"
)
HERE = {"resources/01.flac": 5, "resources/02.flac": 5, "resources/cover.jpg": 5}


def check_files(
    message: Message,
    files: Mapping[str, int],
    hashes: Mapping[HashKey, bytes] | None = None,
    *,
    is_update: bool = False,
) -> tuple[Finding, ...]:
    return check_late(message, Context(files=files, hashes=hashes, is_update=is_update), "files")


def album(**changes: str) -> Message:
    text = ALBUM
    for right, wrong in changes.items():
        text = text.replace(right, wrong)
    return read(parse(text.encode()))


def named(first: str, hash_sum: str = HASH) -> Message:
    text = ALBUM.replace("resources/01.flac", first).replace(HASH, hash_sum)
    return read(parse(text.encode()))


@pytest.mark.parametrize(
    "uri",
    [
        "../01.flac",
        "resources/../../01.flac",
        "resources/..",
        "a/.. /b",
        "/etc/passwd",
        "//host/share/01.flac",
        "\\\\host\\share\\01.flac",
        "resources\\01.flac",
        "C:\\01.flac",
        "C:01.flac",
        "c:/01.flac",
        "http://example.net/01.flac",
        "file:///etc/passwd",
        "ftp:01.flac",
        " javascript:alert(1)",
        "%2e%2e/01.flac",
        "%252e%252e%252f01.flac",
        "resources/%2E%2E%5C01.flac",
        "%2Fetc%2Fpasswd",
        "01.flac%00.jpg",
        "01\x07.flac",
        "01\n.flac",
        "",
        "  ",
        ".",
        "./",
        "a" * 300,
        "a/" * 600 + "b",
        "\ud800.flac",
    ],
)
def test_addresses_that_are_refused(uri: str) -> None:
    found = safe_path(uri)
    assert isinstance(found, Finding)
    assert found.code == "ERN-1901"
    assert found.severity is Severity.REJECT
    assert found.ack_status == "ResourceMissing"


@pytest.mark.parametrize(
    "uri",
    [
        "01.flac",
        "resources/01.flac",
        "./resources/01.flac",
        "CD 1/01 #1 100%.flac",
        "夢のララバイ.wav",
        "a..b/c...flac",
        "%41.flac",
        "..flac",
    ],
)
def test_addresses_that_are_taken(uri: str) -> None:
    assert safe_path(uri) == PurePosixPath(uri)


@given(st.text(st.sampled_from("./\\%2eEfFcC:ab \x00"), max_size=30))
def test_no_taken_address_leaves_the_folder(uri: str) -> None:
    found = safe_path(uri)
    if isinstance(found, PurePosixPath):
        assert not found.is_absolute()
        assert ".." not in found.parts
        assert found.parts


@pytest.mark.parametrize(
    ("uri", "codes"),
    [
        ("resources/01.flac", []),
        ("01.flac", []),  # bare names of files in resources/
        ("./resources/01.flac", []),
        ("resources/%30%31.flac", []),
        ("resources/01.FLAC", ["ERN-1903"]),
        ("Resources/01.flac", ["ERN-1903"]),
        ("resources/03.flac", ["ERN-1902", "ERN-1904"]),
    ],
)
def test_files_are_found_as_people_name_them(uri: str, codes: list[str]) -> None:
    message = named(uri)
    assert [f.code for f in check_files(message, HERE)] == codes
    found = find_files(message, HERE)
    assert found.get(uri) == (None if "ERN-1902" in codes else "resources/01.flac")


def test_decomposed_names_are_found_with_a_warning() -> None:
    here = {**HERE, "resources/e\u0301.flac": 5}
    del here["resources/01.flac"]
    findings = check_files(named("resources/é.flac"), here)
    assert [(f.code, f.severity) for f in findings] == [("ERN-1903", Severity.WARN)]


def test_a_missing_file_names_place_and_recording() -> None:
    found = check_files(named("resources/03.flac"), HERE)[0]
    assert found.resource == "GBAYE0601498"
    assert found.file == "resources/03.flac"
    assert found.xpath.endswith(
        "SoundRecording[1]/SoundRecordingEdition/TechnicalDetails/DeliveryFile/File/URI"
    )


def test_an_update_may_leave_files_out() -> None:
    findings = check_files(album(), {}, is_update=True)
    assert {f.code for f in findings} == {"ERN-1906"}
    assert {f.severity for f in findings} == {Severity.WARN}


def test_a_file_that_is_not_provided_is_not_looked_for() -> None:
    here = {path: size for path, size in HERE.items() if "02" not in path}
    message = album(
        **{
            "resources/02.flac</URI>" + HASH + "</File>": "resources/02.flac</URI></File>"
            "<IsProvidedInDelivery>false</IsProvidedInDelivery>"
        }
    )
    assert check_files(message, here) == ()
    assert check_files(message, HERE) == (), "one that is there all the same is no stray"


def test_stray_and_empty_files() -> None:
    here = {**HERE, "resources/02.flac": 0, "resources/notes.txt": 1, "M1.xml": 9}
    found = {(f.code, f.file) for f in check_files(album(), here)}
    assert found == {("ERN-1904", "resources/notes.txt"), ("ERN-1905", "resources/02.flac")}


def declared(name: str, value: str) -> Message:
    return named(
        "resources/01.flac",
        f"<HashSum><Algorithm>{name}</Algorithm><HashSumValue>{value}</HashSumValue></HashSum>",
    )


SHA = hashlib.sha256(b"hello")


@pytest.mark.parametrize(
    "value",
    [
        SHA.hexdigest(),
        SHA.hexdigest().upper(),
        f" {SHA.hexdigest()} ",
        SHA.hexdigest()[:8] + "-" + SHA.hexdigest()[8:],
        base64.b64encode(SHA.digest()).decode(),
        base64.b64encode(SHA.digest()).decode().rstrip("="),
        base64.urlsafe_b64encode(SHA.digest()).decode(),
    ],
)
@pytest.mark.parametrize("name", ["SHA-256", "sha256", "SHA_256"])
def test_a_right_hash_passes_in_every_spelling(name: str, value: str) -> None:
    message = declared(name, value)
    assert needed_hashes(message, HERE) == {
        ("resources/01.flac", "sha256"),
        ("resources/02.flac", "sha256"),
    }
    hashed = dict.fromkeys(needed_hashes(message, HERE), SHA.digest())
    assert check_files(message, HERE, hashed) == ()


def test_a_wrong_hash_is_refused_with_both_values() -> None:
    hashed = {("resources/01.flac", "sha256"): hashlib.sha256(b"other").digest()}
    found = check_files(declared("SHA-256", SHA.hexdigest()), HERE, hashed)
    assert [f.code for f in found] == ["ERN-2001"]
    assert found[0].expected == hashlib.sha256(b"other").hexdigest()
    assert found[0].ack_status == "SignatureOrHashSumWrongOrMissing"
    assert found[0].resource == "GBAYE0601498"


def test_the_hash_of_an_empty_file_is_no_second_fault() -> None:
    message = declared("SHA-256", SHA.hexdigest())
    assert ("resources/01.flac", "sha256") in needed_hashes(message, HERE)
    here = {**HERE, "resources/01.flac": 0}
    hashed = {("resources/01.flac", "sha256"): hashlib.sha256(b"").digest()}
    assert [found.code for found in check_files(message, here, hashed)] == ["ERN-1905"]


def test_hashes_that_were_not_computed_are_not_judged() -> None:
    assert check_files(album(), HERE) == ()
    assert check_files(album(), HERE, {}) == ()


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("MD5", "md5"),
        ("SHA", "sha1"),
        ("SHA1", "sha1"),
        ("SHA-1", "sha1"),
        ("SHA-512", "sha512"),
        ("SHA3-256", "sha3_256"),
        ("CRC32", "crc32"),
        ("BLAKE3", "blake3"),
        ("MD4", None),
        ("", None),
        ("rot13", None),
    ],
)
def test_algorithms(name: str, ours: str | None) -> None:
    assert algorithm(name) == ours


@pytest.mark.parametrize("name", sorted(SIZES))
def test_every_digest_reads_back_from_both_forms(name: str) -> None:
    raw = bytes(range(SIZES[name]))
    assert digest(raw.hex(), SIZES[name]) == raw
    assert digest(base64.b64encode(raw).decode(), SIZES[name]) == raw


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_digests(value: str) -> None:
    found = digest(value, 16)
    assert found is None or len(found) == 16
