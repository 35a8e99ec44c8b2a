"""Drills of what lasts: a full disk, a slow one, a clock that jumps, a database that is away."""

from __future__ import annotations

import errno
import os
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from core import spawn
from core.clock import system_clock
from tests.drills.cutter import HOST
from tests.drills.plan import Drill, Upload, drawn
from tests.drills.run import drill
from tests.drills.size import AWAY, LIMIT, UPLOADS
from tests.drills.yard import Yard
from tests.fixtures.environment import REPOSITORY, lacking, program
from tests.fixtures.patience import seen
from tests.integration.core.postgres import cluster  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.schemas import SchemaFolder
    from tests.drills.ground import Ground
    from tests.drills.yard import Sent
    from tests.integration.core.postgres import Cluster

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(LIMIT)]
SLOW = str(REPOSITORY / "tests" / "drills" / "slow_disk_root.py")
JUMPING = str(REPOSITORY / "tests" / "drills" / "jumping_root.py")
FAKETIME = "faketime/libfaketimeMT.so.1"


def _calm(seed: int) -> Drill:
    """A drill in which nothing is killed or cut."""
    return drawn(seed, UPLOADS, 0)


def test_a_slow_disk(tmp_path: Path, schema_folder: SchemaFolder, ground: Ground) -> None:
    """30 ms more for each sync and write, and the server killed in the midst of it."""
    command = (program("fiu-utils", "fiu-run"), "-x", sys.executable, SLOW, "0.03")
    yard = Yard(tmp_path, schema_folder.root, ground, command=command)
    plan = replace(drawn(21, 4, 8), faults=drawn(21, 4, 8).faults[:3])
    assert drill(yard, plan) == [], f"after {dict(yard.happened)}"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a full disk needs root")
def test_a_full_disk(tmp_path: Path, schema_folder: SchemaFolder, ground: Ground) -> None:
    """The disk fills up while deliveries arrive; when there is room again, all go on."""
    with _disk(tmp_path / "disk", "64m") as disk:
        yard = Yard(tmp_path, schema_folder.root, ground, data=disk / "data")

        def fill(yard: Yard) -> None:
            filler = disk / "filler"
            time.sleep(0.5)
            yard.happened["full"] += _fill(filler)
            time.sleep(3)
            filler.unlink()

        faults = drill(yard, _calm(22), fill)
    assert faults == [], f"after {dict(yard.happened)}"
    assert yard.happened["full"]


def test_a_clock_that_jumps(tmp_path: Path, schema_folder: SchemaFolder, ground: Ground) -> None:
    """Two hours on, then five hours back, each time while deliveries are under way."""
    library = next(Path("/usr/lib").glob(f"*/{FAKETIME}"), None)
    if library is None:
        lacking("no libfaketime on this machine", "apt-get install faketime")
    told = tmp_path / "offset"
    told.write_text("+0")
    settings = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(told),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
    command = (sys.executable, JUMPING)
    yard = Yard(tmp_path, schema_folder.root, ground, settings=settings, command=command)
    sent = yard.make(_calm(23).uploads)
    ends = [len(sent) * third // 3 for third in range(4)]
    with _no_memory_left_behind(), yard.cutter(23) as cutter:
        cutter.calm = True
        yard.start()
        try:
            for number, hours in enumerate((0, 2, -3), 1):
                told.write_text(f"{hours * 3600:+d}")
                yard.service.until(lambda at=hours: _tells(yard, at), 30, f"it is {hours:+d} h")
                yard.list_jobs(sent[: ends[number]])
                yard.start_sender()
                yard.service.until(lambda: not yard.sending(), LIMIT, "these are sent")
                before = sent[: ends[number - 1]]
                yard.service.until(lambda of=before: not yard.untold(of), LIMIT, "all are told")
            yard.service.until(lambda: not yard.count(sent), LIMIT, "all is as it should be")
        finally:
            yard.kill()
    assert _hours_told(yard) >= 2, "the clock of the service did not jump"


def _tells(yard: Yard, hours: int) -> bool:
    """Whether the service's clock is so many hours ahead of ours, as its answers say."""
    with urllib.request.urlopen(f"http://127.0.0.1:{yard.ports['http']}/healthz") as answer:
        said = parsedate_to_datetime(answer.headers["date"])
    return abs(said - system_clock() - timedelta(hours=hours)) < timedelta(minutes=10)


@contextmanager
def _no_memory_left_behind() -> Iterator[None]:
    """libfaketime ends a program whose number it finds in what a killed one left behind."""
    _clean_memory()
    try:
        yield
    finally:
        _clean_memory()


def _clean_memory() -> None:
    for path in Path("/dev/shm").glob("*faketime_s*_*"):  # noqa: S108 - where it leaves them
        if not Path("/proc", path.name.rpartition("_")[2]).exists():
            path.unlink(missing_ok=True)


def test_a_certificate_that_expires(
    tmp_path: Path, schema_folder: SchemaFolder, ground: Ground
) -> None:
    """The sender's own client refuses it from then on; a new file is enough to go on."""
    pem = tmp_path / "door.pem"
    _sign(pem, timedelta(days=90))
    settings = {"SEGUE_DOORS_FTP_CERTIFICATE": str(pem)}
    yard = Yard(tmp_path, schema_folder.root, ground, settings=settings)
    first, second = yard.make((Upload(1, "ftps", good=True), Upload(2, "ftps", good=True)))
    yard.start()
    try:
        assert _curl(yard, pem, first).code == 0
        _sign(pem, timedelta(seconds=-1))
        refused = _curl(yard, pem, second)
        assert refused.code == EXPIRED, refused.err
        _sign(pem, timedelta(days=90))
        done = _curl(yard, pem, second)
        assert done.code == 0, done.err
        yard.service.until(lambda: not yard.count([first, second]), 60, "both are live")
    finally:
        assert yard.service.stop() == 0


EXPIRED = 60
"""curl's code for a certificate that it does not believe."""


def _sign(path: Path, lasts: timedelta) -> None:
    """A certificate of an authority of its own, with its key, valid for so long from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = system_clock()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lasts)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = path.with_suffix(".new")
    fresh.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    fresh.replace(path)


def _curl(yard: Yard, authority: Path, sent: Sent) -> spawn.Finished:
    """The whole batch in one connection by explicit TLS, its completion last."""
    folder, feed = sent.batch.folder, yard.feeds["ftps"]
    files = sorted((p for p in folder.rglob("*") if p.is_file()), key=lambda p: "Batch" in p.name)
    argv = [program("curl", "curl"), "-sS", "--ssl-reqd", "--ftp-create-dirs", "--fail-early"]
    argv += ["--cacert", str(authority), "-u", f"{feed['username']}:{feed['password']}"]
    argv += ["--ftp-skip-pasv-ip"]
    for path in files:
        place = f"ftp://127.0.0.1:{yard.ports['ftps']}/{path.relative_to(folder.parent)}"
        argv += ["-T", str(path), place]
    return spawn.run(argv, timeout=240)


def _hours_told(yard: Yard) -> int:
    """How many hours stand in the names of acknowledgements."""
    found = seen(yard.service.data, "ACK_*.xml")
    return len({path.stem.rpartition("_")[2][:10] for path in found})


def test_a_database_that_is_away(
    tmp_path: Path,
    schema_folder: SchemaFolder,
    ground: Ground,
    cluster: Cluster,  # noqa: F811 - the fixture
) -> None:
    """PostgreSQL ends in mid-delivery and is back after a while."""
    yard = Yard(tmp_path, schema_folder.root, ground, url=cluster.url)

    def away(yard: Yard) -> None:
        time.sleep(0.7)
        cluster.stop()
        yard.happened["away"] += 1
        time.sleep(AWAY)
        cluster.start()

    assert drill(yard, _calm(24), away) == []


@contextmanager
def _disk(at: Path, size: str) -> Iterator[Path]:
    """A tmpfs of its own."""
    at.mkdir()
    mount, umount = program("mount", "mount"), program("mount", "umount")
    done = spawn.run([mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at)], timeout=60)
    assert done.code == 0, done.err
    try:
        yield at
    finally:
        spawn.run([umount, "-l", str(at)], timeout=60)


def _fill(path: Path) -> bool:
    """Until nothing more goes in; whether that was told."""
    told = False
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError as full:
                told = full.errno == errno.ENOSPC
    return told
