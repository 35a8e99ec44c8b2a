"""Every door keeps out who guesses, and every feed to what is agreed with it."""

from __future__ import annotations

import ftplib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import paramiko
import pytest

from core.clock import ManualClock
from ingest.doors.common.audit import MemoryAudit
from ingest.doors.common.bans import BanPolicy
from ingest.doors.common.guard import Guard, GuardPolicy
from ingest.feed_terms import FeedTerms
from tests.integration.doors import ftp_harness, harness
from tests.integration.doors.ftp_harness import running_ftp
from tests.integration.doors.harness import paramiko_client, running_door, sftp, soon
from tests.integration.doors.http_harness import running_http

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ingest.doors.common.audit import Entry

pytestmark = pytest.mark.enable_socket
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STRICT = BanPolicy(
    first=0.01, longest_delay=0.02, failures=3, account_failures=0, ban=600, allow=()
)


def strict(bans: BanPolicy = STRICT, **terms: Any) -> Guard:
    agreed = FeedTerms.read(terms)
    return Guard(
        GuardPolicy(bans=bans),
        clock=ManualClock(START),
        audit=MemoryAudit(),
        terms=lambda _feed: agreed,
    )


def entries(guard: Guard, what: str) -> list[Entry]:
    assert isinstance(guard.audit, MemoryAudit)
    return guard.audit.of(what)


def later(guard: Guard) -> None:
    assert isinstance(guard.clock, ManualClock)
    guard.clock.advance(timedelta(seconds=601))


def sftp_login(door: harness.Running, user: str, password: str) -> None:
    transport = paramiko.Transport((door.host, door.port))
    try:
        transport.connect(username=user, password=password)
    finally:
        transport.close()


def test_guessing_over_sftp_is_banned_for_a_while(tmp_path: Path) -> None:
    guard = strict()
    with running_door(tmp_path / "door", guard=guard) as door:
        for number in range(3):
            with pytest.raises(paramiko.SSHException):
                sftp_login(door, f"user{number}", "wrong")
        with pytest.raises((paramiko.SSHException, EOFError)):
            sftp_login(door, "alpha", harness.PASSWORD)
        assert sftp(door, "ls").code == 255
        assert [entry.outcome for entry in entries(guard, "login")] == ["denied"] * 3
        later(guard)
        sftp_login(door, "alpha", harness.PASSWORD)


def test_a_strange_key_counts_once_for_each_connection(tmp_path: Path) -> None:
    guard = strict()
    with running_door(tmp_path / "door", guard=guard) as door:
        for _ in range(3):
            transport = paramiko.Transport((door.host, door.port))
            with pytest.raises(paramiko.SSHException):
                transport.connect(username="beta", pkey=paramiko.RSAKey.generate(2048))
            transport.close()
        soon(lambda: bool(guard.bans()), "the ban")


def ftp_login(door: ftp_harness.RunningFtp, user: str, password: str) -> None:
    session = ftplib.FTP(timeout=80)  # noqa: S321 - what is tested
    try:
        session.connect(door.host, door.port)
        session.login(user, password)
    finally:
        session.close()


def test_guessing_over_ftp_is_banned_for_a_while(tmp_path: Path) -> None:
    guard = strict()
    with running_ftp(tmp_path, guard=guard) as door:
        for number in range(3):
            with pytest.raises((ftplib.error_perm, ftplib.error_temp)):
                ftp_login(door, f"user{number}", "wrong")
        with pytest.raises(ftplib.error_temp, match="421 too many failed logins"):
            ftp_login(door, "alpha", ftp_harness.PASSWORD)
        later(guard)
        ftp_login(door, "alpha", ftp_harness.PASSWORD)
        assert not any(harness.PASSWORD in str(each) for each in entries(guard, "command"))


def test_guessing_over_http_is_banned_for_a_while(tmp_path: Path) -> None:
    guard = strict()
    with running_http(tmp_path, guard=guard) as door, httpx2.Client(timeout=80) as client:
        wrong = {"authorization": "Bearer nonsense"}
        codes = [client.get(door.alpha.files, headers=wrong).status_code for _ in range(3)]
        assert codes == [401, 401, 429]
        answer = client.get(door.alpha.files, headers=door.alpha.headers)
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == "banned"
        assert answer.headers["retry-after"] == "600"
        later(guard)
        assert client.get(door.alpha.files, headers=door.alpha.headers).status_code == 200


def test_an_account_that_is_guessed_at_shuts_and_an_unknown_one_alike(tmp_path: Path) -> None:
    bans = BanPolicy(first=0.01, longest_delay=0.02, failures=0, account_failures=3)
    with running_door(tmp_path / "door", guard=strict(bans)) as door:
        for user in ("beta", "nobody"):
            for _ in range(3):
                with pytest.raises(paramiko.SSHException):
                    sftp_login(door, user, "wrong")
            asked = len(door.accounts.asked)
            with pytest.raises(paramiko.SSHException):
                sftp_login(door, user, harness.PASSWORD)
            assert len(door.accounts.asked) == asked
        assert sftp(door, "ls").code == 0  # another account, by its key


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"networks": ["192.0.2.0/24"]}, "may not come from 127.0.0.1"),
        ({"schedule": "mon-fri 08:00-18:00"}, "other hours"),  # the clock stands on a Saturday
    ],
)
def test_a_feed_comes_from_its_networks_at_its_hours(
    tmp_path: Path, terms: dict[str, Any], said: str
) -> None:
    guard = strict(**terms)
    with running_door(tmp_path / "sftp", guard=guard) as door:
        assert said in sftp(door, "ls").err
    with (
        running_ftp(tmp_path / "ftp", guard=guard) as ftp,
        pytest.raises(ftplib.error_perm, match=f"(?i){said}"),
    ):
        ftp_login(ftp, "alpha", ftp_harness.PASSWORD)
    with running_http(tmp_path / "http", guard=guard) as http, http.alpha.client() as client:
        answer = client.get(http.alpha.files)
        assert answer.status_code == 403
        assert said in answer.text


def test_a_feed_has_so_many_sessions(tmp_path: Path) -> None:
    with running_door(tmp_path / "door", guard=strict(connections=1)) as door:
        with paramiko_client(door):
            assert "1 connections of yours are open" in sftp(door, "ls").err
        soon(lambda: sftp(door, "ls").code == 0, "room again")


def test_a_session_ends_when_its_feed_is_shut(tmp_path: Path) -> None:
    guard = strict()
    with running_door(tmp_path / "s", guard=guard) as door, paramiko_client(door) as client:
        client.listdir("/")
        guard.look_round({"feed_alpha"})
        soon(lambda: _ended(lambda: client.listdir("/")), "the end of the session")
    with running_ftp(tmp_path / "f", guard=guard) as ftp, ftp_harness.client(ftp, "ftp") as session:
        session.pwd()
        guard.look_round({"feed_alpha"})
        soon(lambda: _ended(session.pwd), "the end of the session")
    assert [each.outcome for each in entries(guard, "end")] == ["denied", "denied"]


def _ended(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (EOFError, OSError, paramiko.SSHException):
        return True
    return False


def test_uploads_keep_to_the_agreed_rate(tmp_path: Path) -> None:
    """1.5 MB at 1 MB/s with a quarter of a second in advance: no door may be quicker than 1 s."""
    guard = strict(rate_bytes_s=1_000_000)
    data = tmp_path / "a.wav"
    data.write_bytes(b"RIFF\0\0\0\0WAVE" + bytes(1_500_000))

    def taken(feed: str) -> float:
        rate = guard._rates[feed]
        return rate._free_at - rate._now()

    with running_door(tmp_path / "sftp", guard=guard) as door:
        began = time.monotonic()
        assert sftp(door, f"put {data} a.wav").code == 0
        assert time.monotonic() - began + max(0.0, taken("feed_alpha")) >= 1.0
        assert door.finished("feed_alpha", "a.wav").stat().st_size == 1_500_012
    for kind in ("ftp", "explicit"):
        with running_ftp(tmp_path / kind, guard=guard) as ftp:
            began = time.monotonic()
            done = ftp_harness.curl(ftp, "a.wav", "-T", str(data), kind=kind)
            assert done.code == 0, done.err
            assert time.monotonic() - began + max(0.0, taken("feed_alpha")) >= 1.0
            assert ftp.finished("a.wav").stat().st_size == 1_500_012
    with running_http(tmp_path / "http", guard=guard) as http, http.alpha.client() as client:
        began = time.monotonic()
        answer = client.put(f"{http.alpha.files}a.wav", content=data.read_bytes())
        assert answer.status_code == 201
        assert time.monotonic() - began + max(0.0, taken(http.alpha.feed)) >= 1.0


def test_quota_sizes_and_types_are_kept_at_every_door(tmp_path: Path) -> None:
    guard = strict(quota_files=2, max_file_bytes=1000, types=["wav"])
    wav, big = tmp_path / "a.wav", tmp_path / "big.wav"
    wav.write_bytes(b"RIFF\0\0\0\0WAVE" + bytes(100))
    big.write_bytes(b"RIFF\0\0\0\0WAVE" + bytes(2000))
    program = tmp_path / "p.wav"
    program.write_bytes(b"MZ" + bytes(100))
    with running_door(tmp_path / "sftp", guard=guard) as door:
        with paramiko_client(door) as client:
            for source, name, said in (
                (wav, "a.exe", "not agreed with you"),
                (big, "big.wav", "mismatch|1000 bytes"),
                (program, "p.wav", "no such file|a Windows program"),
            ):
                with pytest.raises(OSError, match=said):
                    client.put(str(source), name)
            assert not door.finished("feed_alpha", "big.wav").exists()
            client.remove("big.wav")
            client.put(str(wav), "a.wav")
            client.put(str(wav), "b.wav")
            with pytest.raises(OSError, match="quota of 2 files is used up"):
                client.put(str(wav), "c.wav")
            client.remove("a.wav")
        time.sleep(1.1)  # the quota is looked up again at most once a second
        assert sftp(door, f"put {wav} c.wav").code == 0
    with running_ftp(tmp_path / "ftp", guard=guard) as ftp:
        for source, name, code in ((wav, "a.exe", "553"), (program, "p.wav", "553")):
            done = ftp_harness.curl(ftp, name, "-v", "-T", str(source), kind="ftp")
            assert code in done.err
        assert "552" in ftp_harness.curl(ftp, "big.wav", "-v", "-T", str(big), kind="ftp").err
    with running_http(tmp_path / "http", guard=guard) as http, http.alpha.client() as client:
        for source, name, status in (
            (wav, "a.exe", 415),
            (program, "p.wav", 415),
            (big, "big.wav", 413),
        ):
            answer = client.put(f"{http.alpha.files}{name}", content=source.read_bytes())
            assert answer.status_code == status, answer.text
        assert http.left_over() == []


def test_types_are_judged_by_the_name_that_a_file_gets_at_last(tmp_path: Path) -> None:
    with (
        running_door(tmp_path / "sftp", guard=strict(types=["wav"])) as door,
        paramiko_client(door) as client,
    ):
        for name, content in (
            ("a.wav.filepart", b"RIFF\0\0\0\0WAVE" + bytes(100)),
            ("b.wav.part", b"\xff\xd8\xff\xe0" + bytes(100)),
        ):
            with client.open(name, "wb") as file:
                file.write(content)
        client.rename("a.wav.filepart", "a.wav")
        for old, new, said in (
            ("b.wav.part", "b.wav", "b.wav is a"),
            ("b.wav.part", "b.jpg", "not agreed"),
            ("a.wav", "a.exe", "not agreed"),
        ):
            with pytest.raises(OSError, match=said):
                client.rename(old, new)
        client.mkdir("d.part")
        with client.open("d.part/x.jpg", "wb") as file:
            file.write(b"\xff\xd8\xff\xe0" + bytes(100))
        with pytest.raises(OSError, match="not agreed"):
            client.rename("d.part", "d")
        wanted = ["a.wav", "acknowledgements", "b.wav.part", "d.part", "reports"]
        assert sorted(client.listdir()) == wanted


def test_files_at_once_share_a_quota(tmp_path: Path) -> None:
    with running_door(tmp_path / "sftp", guard=strict(quota_bytes=1000)) as door:
        with paramiko_client(door) as client:
            files = [client.open(f"{number}.wav", "wb") for number in range(3)]
            for file in files[:2]:
                file.write(bytes(400))
            with pytest.raises(OSError, match="quota of 1000 bytes is used up"):
                files[2].write(bytes(400))
            for file in files[:2]:
                file.close()
        assert len(door.inbox.events) == 2


@pytest.mark.parametrize("terms", [{"quota_files": 2}, {"quota_bytes": 1000}], ids=str)
def test_a_package_beyond_the_quota_leaves_nothing(tmp_path: Path, terms: dict[str, Any]) -> None:
    with running_http(tmp_path, guard=strict(**terms)) as door, door.alpha.client() as client:
        parts = [
            ("message", ("m.xml", b"x")),
            ("file", ("a", bytes(600))),
            ("file", ("b", bytes(600))),
        ]
        sent = httpx2.Request("POST", "http://x", files=parts)
        answer = client.post(
            f"{door.alpha.base}/api/v1/deliveries",
            content=iter([sent.read()]),  # in chunks: how much it will be is not told
            headers={"content-type": sent.headers["content-type"]},
        )
        assert answer.status_code in {413, 507}, answer.text
        assert (door.received(), door.left_over()) == ({}, [])
        assert not list(door.finished("").glob("N_*"))


def test_everything_is_written_down(tmp_path: Path) -> None:
    guard = strict()
    wav = tmp_path / "a.wav"
    wav.write_bytes(b"RIFF\0\0\0\0WAVE")
    with running_door(tmp_path / "sftp", guard=guard) as door:
        sftp(door, "mkdir d", f"put {wav} d/a.wav", "rename d/a.wav d/b.wav", f"get d/b.wav {wav}")
        sftp(door, "-rm d/none.wav", "rm d/b.wav", "rmdir d")
    with running_ftp(tmp_path / "ftp", guard=guard) as ftp:
        ftp_harness.curl(ftp, "a.wav", "-T", str(wav))
        ftp_harness.curl(ftp, "a.wav")
    with running_http(tmp_path / "http", guard=guard) as http, http.alpha.client() as client:
        client.put(f"{http.alpha.files}a.wav", content=wav.read_bytes())
        client.get(f"{http.alpha.files}a.wav")
        client.delete(f"{http.alpha.files}none.wav")
    told = {(each.door, each.what, each.path, each.outcome) for each in _all(guard)}
    wanted = {
        ("sftp", "login", "", "ok"),
        ("sftp", "upload", "d/a.wav", "ok"),
        ("sftp", "rename", "/d/a.wav", "ok"),
        ("sftp", "download", "d/b.wav", "ok"),
        ("sftp", "remove", "/d/none.wav", "missing"),
        ("sftp", "logout", "", "ok"),
        ("ftps", "login", "", "ok"),
        ("ftps", "upload", "a.wav", "ok"),
        ("ftps", "download", "a.wav", "ok"),
        ("http", "upload", "a.wav", "ok"),
        ("http", "download", "a.wav", "ok"),
        ("http", "command", f"/api/v1/feeds/{http.alpha.feed}/files/none.wav", "not_found"),
    }
    assert wanted - told == set(), [each for each in told if each[0] == "http"]
    for each in entries(guard, "upload"):
        assert len(each.digest) == 64
        assert each.session
        assert each.peer == "127.0.0.1"
    assert not any(
        secret in repr(each)
        for each in _all(guard)
        for secret in (harness.PASSWORD, http.alpha.key)
    )


def _all(guard: Guard) -> list[Entry]:
    assert isinstance(guard.audit, MemoryAudit)
    return guard.audit.entries


def test_ftp_says_why_in_a_sentence_with_names_as_written(tmp_path: Path) -> None:
    terms: dict[str, Any] = {"schedule": "mon-fri 08:00-18:00 Europe/Berlin"}
    with (
        running_ftp(tmp_path / "ftp", guard=strict(**terms)) as ftp,
        pytest.raises(ftplib.error_perm, match=r"18:00 Europe/Berlin; come back then\. Disc"),
    ):
        ftp_login(ftp, "alpha", ftp_harness.PASSWORD)
