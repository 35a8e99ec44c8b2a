"""An album that a stock client delivers over FTPS becomes live, as the how-to guide tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core import spawn
from tests.fixtures.environment import program
from tests.fixtures.packages import SENDER, good
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
OPEN = {
    "SEGUE_DOORS_FTP_ENABLED": "true",
    "SEGUE_DOORS_FTP_PORT": "0",
    "SEGUE_DOORS_FTP_IMPLICIT_PORT": "0",
}


@pytest.fixture(scope="module")
def ftps_service(
    tmp_path_factory: pytest.TempPathFactory, schema_folder: SchemaFolder
) -> Iterator[Service]:
    """A service whose FTP door is open, for TLS only."""
    data = tmp_path_factory.mktemp("ftps") / "data"
    made = Service(data, schema_folder.root, settings=OPEN)
    made.start()
    yield made
    if made.child is not None and made.child.poll() is None:
        assert made.stop() == 0
        assert not (data / "ftp.port").exists()


def _feed(service: Service, name: str, protocol: str = "ftps") -> dict[str, Any]:
    options = ("--name", name, "--dpid", SENDER, "--protocol", protocol)
    service.feed = service.run("feeds", "create", *options)
    return service.feed


def _live(service: Service) -> None:
    service.until(lambda: service.states() == ["live"], 60, "the album is live")
    service.until(service.acknowledgements, 20, "the answer")
    row = next(one for one in service.deliveries() if one["feed"] == service.feed["id"])
    assert row["protocol"] == "ftps"


def test_lftp_delivers_with_explicit_tls(ftps_service: Service, tmp_path: Path) -> None:
    feed, batch = _feed(ftps_service, "lftp"), good(tmp_path).folder
    lines = (
        f"set ssl:ca-file {feed['certificate']}",
        "set ftp:ssl-force yes; set ftp:ssl-protect-data yes",
        f"mirror -R --continue --exclude BatchComplete_ {batch}",
        f"put -O {batch.name} {next(batch.glob('BatchComplete_*.xml'))}",
        "bye",
    )
    login = f"{feed['username']},{feed['password']}"
    argv = [program("lftp", "lftp"), "--norc", "-u", login, "-e", "; ".join(lines)]
    done = spawn.run(
        [*argv, f"ftp://{feed['host']}:{feed['port']}"], timeout=240, env=_at(tmp_path)
    )
    assert done.code == 0, done.err
    _live(ftps_service)


def test_curl_delivers_with_implicit_tls(ftps_service: Service, tmp_path: Path) -> None:
    feed, batch = _feed(ftps_service, "curl"), good(tmp_path).folder
    done = _curl(feed, batch)
    assert done.code == 0, done.err
    _live(ftps_service)


def _curl(feed: dict[str, Any], batch: Path) -> spawn.Finished:
    """All files in one connection, the completing one last."""
    files = sorted((p for p in batch.rglob("*") if p.is_file()), key=lambda p: "Batch" in p.name)
    argv = [
        program("curl", "curl"),
        "-sS",
        "--ftp-create-dirs",
        "--fail-early",
        "--cacert",
        feed["certificate"],
    ]
    argv += ["-u", f"{feed['username']}:{feed['password']}"]
    for path in files:
        name = path.relative_to(batch.parent)
        argv += ["-T", str(path), f"ftps://{feed['host']}:{feed['implicit_port']}/{name}"]
    return spawn.run(argv, timeout=240)


def test_a_login_opens_the_doors_of_its_protocol(ftps_service: Service) -> None:
    """A feed of plain FTP may use TLS; one of SFTP has nothing to do here."""
    for protocol, code in (("ftp", 0), ("sftp", 67)):
        feed = _feed(ftps_service, f"by {protocol}", protocol)
        host, port = ftps_service.addresses["ftps"].removeprefix("ftps://").split(":")
        argv = [program("curl", "curl"), "-sS", "--insecure", f"ftps://{host}:{port}/"]
        done = spawn.run([*argv, "-u", f"{feed['username']}:{feed['password']}"], timeout=240)
        assert done.code == code, done.err


def test_the_doctor_tells_of_plain_ftp(tmp_path: Path) -> None:
    service = Service(tmp_path / "data", settings={**OPEN, "SEGUE_DOORS_FTP_PLAIN": "true"})
    checks = {check["name"]: check for check in service.run("doctor", ok=(0, 1))["checks"]}
    assert "`doors.ftp.plain` is on" in checks["settings"]["what"]
    assert checks["settings"]["state"] == "warn"
    assert checks["ftp ports"]["state"] == checks["ftp certificate"]["state"] == "ok"


def _at(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "LFTP_HOME": str(home)}
