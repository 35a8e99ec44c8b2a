"""Each feed's files are invisible to every other feed: what an attacker with a login would try."""

from __future__ import annotations

import base64
import ftplib
import io
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.integration.doors import ftp_harness, harness
from tests.integration.doors.ftp_harness import running_ftp
from tests.integration.doors.harness import paramiko_client, running_door
from tests.integration.doors.http_harness import Running, running_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket
SECRET = b"of alpha alone"
REFUSED = (
    "no such file|climbs out|not a folder|backslash|not followed|only read by you|a blank or a dot"
)
GUESSES = (
    "../feed_alpha/secret.wav",
    "/../feed_alpha/secret.wav",
    "..//..//inbox/feed_alpha/secret.wav",
    "a/../../feed_alpha/secret.wav",
    "/inbox/feed_alpha/secret.wav",
    "feed_alpha/secret.wav",
    "../../partial/feed_alpha/half.wav",
    "../feed_alpha/acknowledgements/ACK.xml",
    "secret.wav",
    "half.wav",
    "acknowledgements/ACK.xml",
    "reports/secret.txt",
    "/etc/passwd",
    "....//feed_alpha/secret.wav",
    "..\\feed_alpha\\secret.wav",
    "%2e%2e/feed_alpha/secret.wav",
    "..%c0%afsecret.wav",
    "\u2025/feed_alpha/secret.wav",
    "\uff0e\uff0e/feed_alpha/secret.wav",
    "outside",
    "outside/secret.wav",
)


def alphas(data: Path, feed: str = "feed_alpha") -> None:
    """Files of alpha, finished, unfinished and answers; and a link that beta must not follow."""
    for place in (
        f"inbox/{feed}/secret.wav",
        f"partial/{feed}/half.wav",
        f"inbox/{feed}/acknowledgements/ACK.xml",
        f"inbox/{feed}/reports/secret.txt",
    ):
        path = data / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SECRET)


def planted(data: Path, mine: str, theirs: str) -> None:
    """Links in beta's folder, as if somebody had planted them behind the door's back."""
    folder = data / "inbox" / mine
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outside").symlink_to(data / "inbox" / theirs)
    (folder / "linked.wav").symlink_to(data / "inbox" / theirs / "secret.wav")


def untouched(data: Path, feed: str = "feed_alpha") -> bool:
    places = (data / "inbox" / feed / "secret.wav", data / "partial" / feed / "half.wav")
    return all(path.read_bytes() == SECRET for path in places)


def test_sftp_shows_nothing_of_others(tmp_path: Path) -> None:
    with running_door(tmp_path / "door") as door:
        alphas(door.data)
        planted(door.data, "feed_beta", "feed_alpha")
        with paramiko_client(door, "beta") as beta:
            assert sorted(beta.listdir("/")) == ["acknowledgements", "reports"]
            for guess in (*GUESSES, "linked.wav"):
                for attempt in (
                    lambda path: beta.open(path).read(),
                    beta.stat,
                    beta.listdir,
                    beta.remove,
                    lambda path: beta.rename(path, "mine.wav"),
                    lambda path: beta.posix_rename(path, "mine.wav"),
                ):
                    with pytest.raises(OSError, match=REFUSED):
                        attempt(guess)
            for target in ("../feed_alpha/new.wav", "outside/new.wav"):
                with pytest.raises(OSError, match=REFUSED):
                    beta.open(target, "w").close()
            beta.open("linked.wav", "w").close()  # takes the link's place, and never follows it
            with pytest.raises(OSError, match="links are refused"):
                beta.symlink("../feed_alpha/secret.wav", "link.wav")
        assert untouched(door.data)
        assert not (door.data / "inbox" / "feed_alpha" / "new.wav").exists()


@pytest.fixture
def beta(tmp_path: Path) -> Iterator[tuple[ftplib.FTP, Path]]:
    with running_ftp(tmp_path) as door:
        alphas(door.data)
        planted(door.data, "feed_beta", "feed_alpha")
        with ftp_harness.client(door, "explicit", "beta") as session:
            yield session, door.data


def test_ftp_shows_nothing_of_others(beta: tuple[ftplib.FTP, Path]) -> None:
    session, data = beta
    assert sorted(session.nlst()) == ["acknowledgements", "reports"]
    assert sorted(name for name, _ in session.mlsd()) == ["acknowledgements", "reports"]
    commands = ("SIZE", "MDTM", "DELE", "CWD", "RNFR", "MLST", "STAT", "RMD", "MFMT 20200101000000")
    for guess in (*GUESSES, "linked.wav"):
        for command in commands:
            with pytest.raises((ftplib.error_perm, ftplib.error_temp)):
                pytest.fail(f"{command} {guess}: {session.sendcmd(f'{command} {guess}')}")
        kept = bytearray()
        with pytest.raises((ftplib.error_perm, ftplib.error_temp)):
            session.retrbinary(f"RETR {guess}", kept.extend)
        assert kept == b""
    for target in ("../feed_alpha/new.wav", "outside/new.wav"):
        for command in ("STOR", "APPE"):
            with pytest.raises((ftplib.error_perm, ftplib.error_temp)):
                session.storbinary(f"{command} {target}", io.BytesIO(b"x"))
    session.storbinary("STOR linked.wav", io.BytesIO(b"x"))  # takes the link's place
    assert untouched(data)
    assert not (data / "inbox" / "feed_alpha" / "new.wav").exists()


@pytest.fixture
def http(tmp_path: Path) -> Iterator[Running]:
    with running_http(tmp_path / "http") as door:
        alphas(door.data, door.alpha.feed)
        planted(door.data, door.beta.feed, door.alpha.feed)
        yield door


def test_http_shows_nothing_of_others(http: Running) -> None:
    alpha, beta = http.alpha, http.beta
    with beta.client() as client:
        listed = client.get(beta.files).json()["entries"]
        assert sorted(each["name"] for each in listed) == ["acknowledgements", "reports"]
        for guess in (*GUESSES, "linked.wav"):
            for url in (
                f"{beta.files}{guess}",
                f"{beta.files}{guess.replace('..', '%2e%2e')}",
                f"{beta.files}{guess.replace('/', '%2f')}",
                f"{alpha.files}{guess}",
            ):
                for method in ("GET", "HEAD", "DELETE"):
                    answer = client.request(method, url)
                    assert answer.status_code >= 400, (method, url)
                    assert SECRET not in answer.content
        for url in (f"{alpha.files}new.wav", f"{beta.files}outside/new.wav"):
            assert client.put(url, content=b"x").status_code >= 400
    assert untouched(http.data, alpha.feed)
    assert not http.finished("new.wav").exists()


def test_uploads_and_deliveries_of_others_can_t_be_guessed(http: Running) -> None:
    """Whether it exists or not, the answer is the same."""
    alpha, beta = http.alpha, http.beta
    tus = {"tus-resumable": "1.0.0"}
    named = base64.b64encode(b"mine.wav").decode()
    with alpha.client() as client:
        begun = client.post(
            alpha.uploads,
            headers={**tus, "upload-length": "10", "upload-metadata": f"path {named}"},
        )
        assert begun.status_code == 201, begun.text
        name = begun.headers["location"].rpartition("/")[2]
    chunk = {**tus, "upload-offset": "0", "content-type": "application/offset+octet-stream"}
    with beta.client() as client:
        for upload in (name, "0" * 32):
            for root in (beta.uploads, alpha.uploads):
                url = f"{root}/{upload}"
                told = [
                    client.head(url, headers=tus).status_code,
                    client.delete(url, headers=tus).status_code,
                    client.patch(url, headers=chunk, content=b"x").status_code,
                ]
                assert told == [404, 404, 404], (url, told)
        foreign = client.get(f"{beta.base}/api/v1/deliveries/dlv_of_alpha")
        assert foreign.status_code == 404
        assert client.get(f"{beta.base}/api/v1/deliveries").json()["deliveries"] == []
        for path in ("/api/v1/audit", "/api/v1/bans", "/api/v1/feeds"):
            assert client.get(f"{beta.base}{path}").status_code in {401, 403}
    with alpha.client() as client:
        assert client.head(f"{alpha.uploads}/{name}", headers=tus).headers["upload-offset"] == "0"


def test_a_key_of_one_feed_opens_no_other(http: Running) -> None:
    wrong = {"authorization": f"Bearer {http.beta.key}"}
    with httpx2.Client(timeout=80) as client:
        there = client.get(http.alpha.files, headers=wrong)
        nowhere = client.get(
            http.alpha.files.replace(http.alpha.feed, "feed_000000000000"), headers=wrong
        )
    assert there.status_code == nowhere.status_code == 404
    assert there.json() == nowhere.json()
    assert harness.PASSWORD not in there.text
