"""Who may come in, what a name may be, and that no feed sees another's files."""

from __future__ import annotations

import ftplib
import io
import socket
import ssl
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ingest.doors.common.upload import Intake
from ingest.doors.ftp import FtpSettings
from tests.integration.doors.ftp_harness import (
    KINDS,
    PASSWORD,
    QUICK,
    RunningFtp,
    client,
    curl,
    running_ftp,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
BAD = (ftplib.error_perm, ftplib.error_temp)


def _bare(ftp: RunningFtp) -> ftplib.FTP:
    session = ftplib.FTP(timeout=80)  # noqa: S321 - what is tested
    try:
        session.connect(ftp.host, ftp.port)
    except ftplib.Error:
        session.close()
        raise
    return session


def test_without_tls_nobody_comes_in_unless_it_is_switched_on(tmp_path: Path) -> None:
    with running_ftp(tmp_path, plain=False) as ftp:
        session = _bare(ftp)
        for command in ("USER alpha", f"PASS {PASSWORD}"):
            with pytest.raises(ftplib.error_perm, match="530 Encrypt first"):
                session.sendcmd(command)
        session.close()
        assert ftp.accounts.asked == [], "a password sent in clear is not even looked at"
        assert curl(ftp, "", kind="ftp").code != 0
        assert curl(ftp, "").code == 0


def test_data_has_to_be_encrypted_too(tmp_path: Path) -> None:
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    for protect in (True, False):
        settings = FtpSettings(protect_data=protect)
        with running_ftp(tmp_path / str(protect), settings) as ftp:
            session = ftplib.FTP_TLS(context=trust, timeout=80)  # noqa: S321 - what is tested
            session.connect(ftp.host, ftp.port)
            session.login("alpha", PASSWORD)
            if protect:
                with pytest.raises(ftplib.error_perm, match="521 Data has to be encrypted"):
                    session.nlst()
            else:
                assert "reports" in session.nlst()
            session.close()


def test_old_tls_is_refused(ftp: RunningFtp) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    bare = socket.create_connection((ftp.host, ftp.implicit), timeout=80)
    with bare, pytest.raises(ssl.SSLError):
        old.wrap_socket(bare)


def test_a_wrong_password_waits_longer_each_time(tmp_path: Path) -> None:
    settings = FtpSettings(login_attempts=3, login_timeout=20)
    with running_ftp(tmp_path, settings) as ftp:
        session = _bare(ftp)
        for attempt in range(3):
            with pytest.raises(ftplib.error_perm, match="530 Wrong name or password"):
                session.login("alpha", f"wrong {attempt}")
        with pytest.raises((*BAD, EOFError, OSError)):
            session.login("alpha", PASSWORD)
        session.close()
        for name in ("nobody", "alpha'--", "\u202ealpha", "x" * 1500):
            other = _bare(ftp)
            with pytest.raises(BAD):
                other.login(name, PASSWORD)
            other.close()
        assert len([who for _, who, _ in ftp.accounts.asked if who == "alpha"]) == 3


def test_who_does_not_log_in_is_sent_away(tmp_path: Path) -> None:
    with running_ftp(tmp_path, FtpSettings(login_timeout=0.2)) as ftp:
        slow, silent = _bare(ftp), socket.create_connection((ftp.host, ftp.implicit), 20)
        with pytest.raises(ftplib.error_temp, match="421 nobody logged in"):
            slow.getresp()
        assert silent.recv(1) == b""
        slow.close()
        silent.close()


def test_too_many_connections_are_told(tmp_path: Path) -> None:
    with running_ftp(tmp_path, FtpSettings(connections=2)) as ftp:
        inside = [_bare(ftp), _bare(ftp)]
        with pytest.raises(ftplib.error_temp, match="421 Too many connections"):
            _bare(ftp)
        for session in inside:
            session.close()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../etc/passwd", "550 .*climbs out"),
        ("a\\b", "553 .*backslash"),
        ("a\x01b", "553 .*can't be seen"),
        ("a\u202eb", "553 .*can't be seen"),
        ("x" * 300, "553 .*longer than"),
        ("/".join("abcdefghijklmnopqrst"), "553 .*folders deep"),
        ("acknowledgements/x", "550 .*only read by you"),
        ("reports/x", "550 .*only read by you"),
        ("nowhere/x", "550 .*no such file"),
    ],
)
def test_hostile_names(ftp: RunningFtp, name: str, said: str) -> None:
    with client(ftp, "ftp") as session:
        with pytest.raises(BAD, match=said):
            session.storbinary(f"STOR {name}", io.BytesIO(b"x"))
        with pytest.raises(BAD):
            session.mkd(name)
        assert session.sendcmd("NOOP").startswith("200"), "the session goes on"
    assert ftp.inbox.events == []


def test_names_that_are_no_utf_8(ftp: RunningFtp) -> None:
    with client(ftp, "ftp") as session:
        session.encoding = "latin-1"
        with pytest.raises(ftplib.error_perm, match="553 byte 2 of this name is not UTF-8"):
            session.mkd("/Ü")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_too_big_is_refused_in_a_sentence(tmp_path: Path, kind: str) -> None:
    """Also for a client that waits for TLS to end the data connection before it reads on."""
    settings = replace(QUICK, intake=Intake(watermark=0, most=1000))
    with running_ftp(tmp_path, settings) as ftp, client(ftp, kind) as session:
        with pytest.raises(ftplib.error_perm, match=r"55[0-9] "):
            session.storbinary("STOR big.wav", io.BytesIO(b"x" * 1001))
        session.storbinary("STOR small.wav", io.BytesIO(b"x" * 1000))
    assert ftp.finished("small.wav").stat().st_size == 1000
    assert not ftp.finished("big.wav").exists()


def test_links_are_never_followed(ftp: RunningFtp, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_bytes(b"secret")
    with client(ftp, "ftp") as session:
        ftp.finished("link").symlink_to(secret)
        ftp.finished("file").symlink_to(secret / "key")
        assert set(session.nlst()) == {"acknowledgements", "reports"}
        for command in ("RETR link/key", "RETR file", "LIST link", "STOR link/new"):
            with pytest.raises(BAD):
                session.transfercmd(command).close()
        for command in ("CWD link", "SIZE file", "MDTM file", "MLST link", "MKD link/new"):
            with pytest.raises(BAD):
                session.sendcmd(command)
        with pytest.raises(BAD, match="links are not followed"):
            session.transfercmd("APPE file")
        assert not ftp.partial("file").exists()
    assert sorted(path.name for path in secret.iterdir()) == ["key"]
    assert (secret / "key").read_bytes() == b"secret"


def test_a_feed_never_sees_another(ftp: RunningFtp) -> None:
    with client(ftp) as alpha, client(ftp, user="beta") as beta:
        alpha.storbinary("STOR mine.wav", io.BytesIO(b"alpha's"))
        unfinished = alpha.transfercmd("STOR going.wav")
        unfinished.sendall(b"x" * 100)
        assert set(beta.nlst()) == {"acknowledgements", "reports"}
        for path in ("mine.wav", "going.wav", "/../feed_alpha/mine.wav", "//mine.wav"):
            for command in ("SIZE", "MDTM", "MLST", "DELE", "RNFR"):
                with pytest.raises(BAD):
                    beta.sendcmd(f"{command} {path}")
            with pytest.raises(BAD):
                beta.retrbinary(f"RETR {path}", print)
        beta.storbinary("STOR mine.wav", io.BytesIO(b"beta's"))
        unfinished.close()
    assert ftp.finished("mine.wav").read_bytes() == b"alpha's"
    assert ftp.finished("mine.wav", "feed_beta").read_bytes() == b"beta's"


def test_another_login_in_one_session_sees_its_own(ftp: RunningFtp) -> None:
    with client(ftp, "ftp") as session:
        session.storbinary("STOR mine.wav", io.BytesIO(b"alpha's"))
        session.sendcmd("USER beta")
        with pytest.raises(BAD):
            session.nlst()
        session.sendcmd(f"PASS {PASSWORD}")
        assert "mine.wav" not in session.nlst()


def test_data_connections_go_nowhere_else(ftp: RunningFtp) -> None:
    with client(ftp, "ftp") as session:
        with pytest.raises(ftplib.error_perm, match=r"501 .*foreign address"):
            session.sendcmd("PORT 192,0,2,1,200,1")
        with pytest.raises(ftplib.error_perm, match=r"501 .*privileged"):
            session.sendcmd("PORT 127,0,0,1,0,25")
        with pytest.raises(ftplib.error_temp, match="425 There is no data connection"):
            session.sendcmd("STOR a.wav")
        with pytest.raises(ftplib.error_temp, match="425 There is no data connection"):
            session.sendcmd("LIST")


def test_listings_and_big_uploads_at_once(tmp_path: Path) -> None:
    """Many files are listed while others upload; nobody waits for anybody."""
    settings = FtpSettings(intake=Intake(watermark=0))
    with running_ftp(tmp_path, settings) as ftp:
        with client(ftp, "ftp") as session:
            session.mkd("batch")
        for number in range(500):
            ftp.finished(f"batch/{number:04}.xml").write_bytes(b"x")
        sent = bytes(1 << 20)

        def upload(number: int) -> None:
            with client(ftp, "explicit") as one:
                one.storbinary(f"STOR {number}.wav", io.BytesIO(sent))

        threads = [threading.Thread(target=upload, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        with client(ftp, "ftp") as session:
            assert len(list(session.mlsd("batch"))) == 500
            assert len(session.nlst("batch")) == 500
        for thread in threads:
            thread.join(200)
        assert len(ftp.inbox.events) == 4
