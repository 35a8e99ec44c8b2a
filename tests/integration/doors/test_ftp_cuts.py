"""What is cut is never taken for finished, and can be resumed."""

from __future__ import annotations

import ftplib
import io
import json
import signal
import socket
import ssl
import struct
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
from blake3 import blake3

from core import spawn
from ingest.doors.common.testing import MemoryInbox
from ingest.doors.common.upload import Intake
from ingest.doors.ftp import FtpSettings
from tests.fixtures.environment import REPOSITORY, program
from tests.integration.doors.ftp_harness import (
    PASSWORD,
    RunningFtp,
    client,
    curl,
    lftp,
    make_accounts,
    running_ftp,
)
from tests.integration.doors.harness import soon

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
HALF = b"half of it" * 100_000


def _reset(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def _kept_unfinished(ftp: RunningFtp, path: str, least: int) -> None:
    soon(lambda: ftp.partial(path).stat().st_size >= least, "what arrived is on the disk")
    assert not ftp.finished(path).exists()
    assert ftp.inbox.events == []


@pytest.mark.parametrize("kind", ["ftp", "explicit"])
def test_a_reset_data_connection(ftp: RunningFtp, kind: str) -> None:
    with client(ftp, kind) as session:
        data = session.transfercmd("STOR a.wav")
        data.sendall(HALF * 3)
        soon(lambda: ftp.partial("a.wav").stat().st_size > 0, "some is on the disk")
        _reset(data)
        with pytest.raises(ftplib.error_temp, match=r"426 .*kept unfinished"):
            session.voidresp()
        _kept_unfinished(ftp, "a.wav", 1)
        there = session.size("a.wav") or 0
        session.storbinary("STOR a.wav", io.BytesIO((HALF * 3)[there:]), rest=there)
    assert ftp.finished("a.wav").read_bytes() == HALF * 3


def test_tls_without_close_notify(ftp: RunningFtp) -> None:
    with client(ftp) as session:
        data = session.transfercmd("STOR a.wav")
        data.sendall(HALF)
        bare = socket.socket(fileno=data.detach())
        bare.shutdown(socket.SHUT_WR)
        with pytest.raises(ftplib.error_temp, match=r"426 .*close_notify"):
            session.voidresp()
        bare.close()
        _kept_unfinished(ftp, "a.wav", len(HALF))
        assert session.size("a.wav") == len(HALF)
        assert isinstance(session, ftplib.FTP_TLS)
        with session.transfercmd("APPE a.wav") as more:
            assert isinstance(more, ssl.SSLSocket)
            more.sendall(b"!")
            more.unwrap()
        session.voidresp()
    assert ftp.finished("a.wav").read_bytes() == HALF + b"!"


def test_a_half_closed_data_connection_is_an_end(ftp: RunningFtp) -> None:
    """A clean end is all that plain FTP has; the sender still reads our answer."""
    with client(ftp, "ftp") as session:
        data = session.transfercmd("STOR a.wav")
        data.sendall(HALF)
        data.shutdown(socket.SHUT_WR)
        assert session.voidresp().startswith("226")
        data.close()
    assert ftp.finished("a.wav").read_bytes() == HALF


@pytest.mark.parametrize("kind", ["ftp", "explicit", "implicit"])
def test_a_killed_client_delivers_nothing(ftp: RunningFtp, tmp_path: Path, kind: str) -> None:
    wav = tmp_path / "endless"
    wav.write_bytes(HALF * 20)
    scheme, port = ("ftps", ftp.implicit) if kind == "implicit" else ("ftp", ftp.port)
    argv = [program("curl", "curl"), "-sS", "-u", f"alpha:{PASSWORD}", "--limit-rate", "2M"]
    argv += [] if kind == "ftp" else ["--ssl-reqd", "--cacert", str(ftp.certificate)]
    child = spawn.start([*argv, "-T", str(wav), f"{scheme}://{ftp.host}:{port}/a.wav"])
    partial = ftp.partial("a.wav")
    soon(lambda: partial.exists() and partial.stat().st_size > 0, "it goes on")
    child.send_signal(signal.SIGKILL)
    child.communicate()
    with client(ftp) as session:
        soon(lambda: _resumes(session, wav), "the upload is given up")
    assert ftp.finished("a.wav").read_bytes() == wav.read_bytes()
    # Of plain FTP the kernel may end the data connection first, which looks like an end; such a
    # file is not sure, and the inbox looks into it.
    assert len(ftp.inbox.events) <= (2 if kind == "ftp" else 1)


def _resumes(session: ftplib.FTP, wav: Path) -> bool:
    there = session.size("a.wav") or 0
    try:
        session.storbinary("STOR a.wav", io.BytesIO(wav.read_bytes()[there:]), rest=there)
    except ftplib.error_temp:
        return False
    return True


def test_abor_and_a_dead_control_connection(ftp: RunningFtp) -> None:
    with client(ftp, "ftp") as session:
        data = session.transfercmd("STOR a.wav")
        data.sendall(HALF)
        session.putcmd("ABOR")
        said = session.getmultiline()
        assert said.startswith(("426", "225", "226"))
        data.close()
    assert not ftp.finished("a.wav").exists()
    with client(ftp, "ftp") as session:
        data = session.transfercmd("STOR b.wav")
        data.sendall(HALF)
        session.close()
        data.close()
        soon(lambda: ftp.partial("b.wav").stat().st_size == len(HALF), "it is on the disk")
    with client(ftp, "ftp") as session:
        assert session.size("b.wav") == len(HALF)
    assert ftp.inbox.events == []


def test_an_upload_belongs_to_one_session_until_it_is_silent(tmp_path: Path) -> None:
    settings = FtpSettings(intake=Intake(watermark=0, takeover=3.0))
    with running_ftp(tmp_path, settings) as ftp, client(ftp) as one, client(ftp) as two:
        data = one.transfercmd("STOR a.wav")
        data.sendall(HALF)
        soon(lambda: ftp.partial("a.wav").exists(), "it began")
        with pytest.raises(ftplib.error_temp, match=r"450 .*another session"):
            two.storbinary("STOR a.wav", io.BytesIO(b"mine"))
        soon(lambda: _takes_over(two), "the first one is silent")
        data.close()
        with pytest.raises(ftplib.error_temp):
            one.voidresp()
    assert ftp.finished("a.wav").read_bytes() == b"mine"


def _takes_over(session: ftplib.FTP) -> bool:
    try:
        return bool(session.storbinary("STOR a.wav", io.BytesIO(b"mine")))
    except ftplib.error_temp:
        return False


def test_a_stopping_server_keeps_what_came(tmp_path: Path) -> None:
    with running_ftp(tmp_path) as ftp:
        session = client(ftp)
        alpha = session.__enter__()
        data = alpha.transfercmd("STOR a.wav")
        data.sendall(HALF)
        soon(lambda: ftp.partial("a.wav").exists(), "it began")
    with pytest.raises(ftplib.error_temp, match="421 the server stops"):
        alpha.voidresp()
    data.close()
    alpha.close()
    assert not ftp.finished("a.wav").exists()
    assert HALF.startswith(ftp.partial("a.wav").read_bytes())


@contextmanager
def _process(data: Path) -> Iterator[tuple[RunningFtp, IO[bytes]]]:
    """A door that is killed, not stopped, at the end of the block."""
    script = Path(__file__).with_name("ftp_process.py")
    child = spawn.start([sys.executable, str(script), str(REPOSITORY), str(data)], stdin=-1)
    try:
        assert child.stdout is not None
        host, port, implicit = child.stdout.readline().decode().split()
        accounts = make_accounts()
        yield (
            RunningFtp(data, host, int(port), int(implicit), MemoryInbox(), accounts),
            child.stdout,
        )
    finally:
        child.kill()
        child.communicate()


def test_a_killed_server_delivers_nothing_and_the_client_resumes(tmp_path: Path, wav: Path) -> None:
    data, sent = tmp_path / "data", wav.read_bytes()
    with _process(data) as (ftp, _), client(ftp) as session:
        upload = session.transfercmd("STOR a.wav")
        upload.sendall(sent[: len(sent) // 2])
        partial = ftp.partial("a.wav")
        soon(lambda: partial.exists() and partial.stat().st_size > 4 << 20, "most is on the disk")
        upload.close()
    assert not ftp.finished("a.wav").exists()
    before = ftp.certificate.read_bytes()
    with _process(data) as (ftp, told):
        done = lftp(ftp, f"put -c {wav} -o a.wav")
        assert done.code == 0, done.err
        assert json.loads(told.readline())["blake3"] == blake3(sent).hexdigest()
        assert not partial.exists()
        assert ftp.certificate.read_bytes() == before, "the certificate never changes by itself"


def test_a_full_disk_is_told_in_the_reply(tmp_path: Path, wav: Path) -> None:
    settings = FtpSettings(intake=Intake(watermark=1 << 60))
    with running_ftp(tmp_path / "door", settings) as ftp:
        with client(ftp) as session, pytest.raises(ftplib.error_temp, match=r"452 .*nearly full"):
            session.storbinary("STOR a.wav", io.BytesIO(HALF))
        assert curl(ftp, "a.wav", "-T", str(wav)).code != 0
    assert ftp.inbox.events == []
