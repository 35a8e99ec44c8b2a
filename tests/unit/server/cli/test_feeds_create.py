"""Options of `segue feeds create` about a sender's store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.errors import Misuse, NotFound
from ingest.feed_credentials import Kind
from server.cli.feeds_create import as_lines, read_store_key, watch_terms

if TYPE_CHECKING:
    from pathlib import Path

S3, GS, AZ = (
    "s3://lantern-hill/segue",
    "gs://lantern-hill/segue",
    "az://lanternhill/deliveries/segue",
)


def test_a_store_is_terms() -> None:
    assert watch_terms("", "", "") == []
    assert watch_terms(S3, "https://s3.example", "eu") == [
        f"watch.url={S3}",
        "watch.endpoint=https://s3.example",
        "watch.region=eu",
    ]
    with pytest.raises(Misuse):
        watch_terms("", "https://s3.example", "")


@pytest.mark.parametrize(
    ("url", "key", "text"),
    [
        (S3, "AKIAEXAMPLE", "secret\n"),
        (S3, "", '{"access_key": "AKIAEXAMPLE", "secret_key": "secret"}'),
        (AZ, "", "sv=2021&sig=x"),
        (AZ, "", "a2V5"),
        (GS, "", '{"type": "service_account"}'),
    ],
)
def test_a_key_is_kept_as_it_is(tmp_path: Path, url: str, key: str, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    made = read_store_key(url, key, file)
    assert made is not None
    assert (made.kind, made.public, made.secret) == (Kind.STORE, key, text.strip())


@pytest.mark.parametrize(
    ("url", "key", "text"),
    [
        (S3, "", "secret"),
        (S3, "AKIAEXAMPLE", ""),
        (AZ, "", "\n"),
        (GS, "", "secret"),
        (S3, "", "{not json"),
        ("", "AKIAEXAMPLE", "secret"),
        ("ftp://x", "AKIAEXAMPLE", "secret"),
    ],
)
def test_what_is_no_key_is_refused(tmp_path: Path, url: str, key: str, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(Misuse):
        read_store_key(url, key, file)


def test_a_key_needs_its_file(tmp_path: Path) -> None:
    assert read_store_key(S3, "", None) is None
    with pytest.raises(Misuse):
        read_store_key(S3, "AKIAEXAMPLE", None)
    with pytest.raises(NotFound):
        read_store_key(S3, "AKIAEXAMPLE", tmp_path / "none")


def test_each_door_has_a_line() -> None:
    ways = {"sftp": {"host": "127.0.0.1", "port": 2022}, "http": {"url": "https://dsp.example/"}}
    told: dict[str, Any] = {"id": "feed_1", "protocol": "sftp", "password": None}
    told |= {"dpids": ["A", "B"], "host": "127.0.0.1", "port": 2022, "ways": ways}
    assert list(as_lines(told)) == [
        ("id", "feed_1"),
        ("protocol", "sftp"),
        ("password", "(public key)"),
        ("dpids", "A, B"),
        ("sftp", "host 127.0.0.1, port 2022"),
        ("http", "url https://dsp.example/"),
    ]
