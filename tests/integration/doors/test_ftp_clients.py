"""Stock FTP clients do what they do every day: plain, with explicit and with implicit TLS."""

from __future__ import annotations

import ftplib
import io
import time
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from ingest.doors.ftp import FtpSettings
from tests.fixtures.ports import free_ports
from tests.integration.doors.ftp_harness import (
    KINDS,
    Reusing,
    RunningFtp,
    client,
    curl,
    lftp,
    running_ftp,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


def _received(ftp: RunningFtp, path: str, sent: bytes) -> None:
    heard = ftp.inbox.files["feed_alpha", path]
    assert heard.blake3 == blake3(sent).hexdigest()
    assert heard.size == len(sent)
    assert ftp.finished(path).read_bytes() == sent
    assert not ftp.partial(path).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_lftp_mirrors_a_batch(ftp: RunningFtp, tmp_path: Path, kind: str) -> None:
    batch = tmp_path / "N_20261121120000000"
    names = ("4006381333931/4006381333931.xml", "4006381333931/resources/Ünï 1.flac", "done.xml")
    for number, name in enumerate(names):
        (batch / name).parent.mkdir(parents=True, exist_ok=True)
        (batch / name).write_bytes(bytes([number]) * (100_000 * number))
    done = lftp(ftp, f"mirror -R {batch}; mirror -R -c {batch}; find {batch.name}", kind)
    assert done.code == 0, done.err
    for name in names:
        _received(ftp, f"{batch.name}/{name}", (batch / name).read_bytes())
        assert name in done.out.decode()
    received = [event for event in ftp.inbox.events if event[0] == "received"]
    assert len(received) == len(names), "the second mirror had nothing to send"


@pytest.mark.parametrize("kind", KINDS)
def test_lftp_sends_the_rest(ftp: RunningFtp, wav: Path, tmp_path: Path, kind: str) -> None:
    sent, back = wav.read_bytes(), tmp_path / "back"
    ftp.partial("a.wav").parent.mkdir(parents=True)
    ftp.partial("a.wav").write_bytes(sent[: 5 << 20])
    look = "cls -s --block-size=1 a.wav"
    done = lftp(ftp, f"{look}; reput {wav} -o a.wav; get a.wav -o {back}", kind)
    assert done.code == 0, done.err
    assert str(5 << 20) in done.out.decode(), "an unfinished file is shown with its size so far"
    assert back.read_bytes() == sent
    _received(ftp, "a.wav", sent)


@pytest.mark.parametrize("kind", KINDS)
def test_curl_uploads_resumes_and_reads_back(
    ftp: RunningFtp, wav: Path, tmp_path: Path, kind: str
) -> None:
    sent, back = wav.read_bytes(), tmp_path / "back"
    ftp.partial("a.wav").parent.mkdir(parents=True)
    ftp.partial("a.wav").write_bytes(sent[: 7 << 20])
    resumed = curl(ftp, "a.wav", "-C", "-", "-T", str(wav), kind=kind)
    assert resumed.code == 0, resumed.err
    _received(ftp, "a.wav", sent)
    made = curl(ftp, "new/b.xml", "--ftp-create-dirs", "-T", "-", kind=kind)
    assert made.code == 0, made.err
    _received(ftp, "new/b.xml", b"")
    assert curl(ftp, "a.wav", "-o", str(back), kind=kind).code == 0
    assert back.read_bytes() == sent
    assert b"a.wav" in curl(ftp, "", kind=kind).out


def test_active_mode(ftp: RunningFtp, wav: Path) -> None:
    done = lftp(ftp, f"set ftp:passive-mode no; put {wav} -o a.wav")
    assert done.code == 0, done.err
    _received(ftp, "a.wav", wav.read_bytes())


def test_pythons_library_reuses_the_tls_session(ftp: RunningFtp) -> None:
    with client(ftp) as session:
        assert isinstance(session, Reusing)
        session.storbinary("STOR a.bin", io.BytesIO(b"abc"))
        assert session.reused
        assert session.sendcmd("FEAT").count("UTF8") == 1
        assert dict(session.mlsd())["a.bin"]["size"] == "3"
        assert "size=3;type=file; /a.bin" in session.sendcmd("MLST a.bin")
        assert session.size("a.bin") == 3


def test_the_reply_tells_what_came(ftp: RunningFtp) -> None:
    with client(ftp) as session:
        said = session.storbinary("STOR a.bin", io.BytesIO(b"abc"))
        assert said == f"226 Transfer complete: 3 bytes, BLAKE3 {blake3(b'abc').hexdigest()}."


def test_type_a_keeps_the_bytes(ftp: RunningFtp) -> None:
    sent = b"one\r\ntwo\nthree\rfour\r\n\r"
    with client(ftp, "ftp") as session:
        session.sendcmd("TYPE A")
        with session.transfercmd("STOR a.xml") as data:
            for byte in sent:
                data.sendall(bytes([byte]))
        session.voidresp()
        assert session.size("a.xml") == len(sent)
        session.sendcmd("TYPE A")
        with session.transfercmd("RETR a.xml") as data:
            assert data.recv(100) == sent
    _received(ftp, "a.xml", sent)


def test_names_are_moved_and_removed(ftp: RunningFtp) -> None:
    with client(ftp) as session:
        session.mkd("batch")
        session.storbinary("STOR batch/a.part", io.BytesIO(b"abc"))
        session.rename("batch/a.part", "batch/a.flac")
        assert session.nlst("batch") == ["a.flac"]
        assert session.sendcmd("MFMT 20200102030405 batch/a.flac").startswith("213")
        assert session.sendcmd("MDTM batch/a.flac") == "213 20200102030405"
        assert session.sendcmd("SITE CHMOD 644 batch/a.flac").startswith("200")
        with pytest.raises(ftplib.error_perm, match="550 the folder is not empty"):
            session.rmd("batch")
        session.delete("batch/a.flac")
        session.rmd("batch")
        session.cwd("/acknowledgements")
        assert session.pwd() == "/acknowledgements"
    assert [event[0] for event in ftp.inbox.events] == ["received", "renamed", "removed"]


def test_rest_cuts_what_was_beyond(ftp: RunningFtp) -> None:
    with client(ftp) as session:
        session.storbinary("STOR a.bin", io.BytesIO(b"0123456789"))
        session.storbinary("STOR a.bin", io.BytesIO(b"x"), rest=4)
        session.storbinary("APPE a.bin", io.BytesIO(b"y"))
        with pytest.raises(ftplib.error_perm, match="REST 99 is beyond the 6 bytes"):
            session.storbinary("STOR a.bin", io.BytesIO(b"x"), rest=99)
    _received(ftp, "a.bin", b"0123xy")


def test_a_passive_port_is_of_the_range_and_the_address_as_advertised(tmp_path: Path) -> None:
    ports = free_ports(2)
    settings = FtpSettings(passive_ports=(ports[0], ports[1]), advertised="192.0.2.7")
    with running_ftp(tmp_path, settings) as ftp, client(ftp, "ftp") as session:
        said = session.sendcmd("PASV")
        assert said.startswith("227 ")
        told = said.rpartition("(")[2].rstrip(").").split(",")
        assert told[:4] == ["192", "0", "2", "7"]
        assert int(told[4]) * 256 + int(told[5]) in ports
        assert int(session.sendcmd("EPSV").split("|||")[1].rstrip("|).")) in ports


def test_the_answer_to_epsv_is_not_there_at_once(ftp: RunningFtp) -> None:
    """curl before 8.0 that finds it at its first look sleeps for a second, at each file."""
    with client(ftp, "ftp") as session:
        waited = []
        for _ in range(10):
            asked = time.perf_counter()
            session.sendcmd("EPSV")
            waited.append(time.perf_counter() - asked)
    assert min(waited) >= 0.003
