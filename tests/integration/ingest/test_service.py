"""`segue serve` and `segue feeds create` as an operator meets them."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core import spawn
from tests.fixtures.environment import program
from tests.fixtures.packages import SENDER, Shape, good
from tests.fixtures.service import SEGUE, Service

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
ROOT = str(Path(__file__).with_name("slow_root.py"))
CREATED = {
    *("id", "name", "dpid", "protocol", "host", "port", "username", "password", "fingerprint"),
    "policy",
}


def _create(service: Service, *options: str) -> Any:  # noqa: ANN401 - the command's JSON
    return service.run("feeds", "create", "--dpid", SENDER, *options)


def test_the_feed_is_told_once(service: Service) -> None:
    """With the service running on a free port, and its real port told."""
    made = _create(service, "--name", "Told")
    assert set(made) == CREATED
    assert made["fingerprint"].startswith("SHA256:")
    assert made["fingerprint"] == service.feed["fingerprint"]
    assert service.addresses["sftp"] == f"sftp://{made['host']}:{made['port']}"
    listed = service.run("feeds", "list")
    assert [feed["name"] for feed in listed] == ["Told", "label"]
    assert made["password"] not in str(listed)


def test_what_is_agreed_with_a_feed(service: Service) -> None:
    """On the command line: tests, and how deals are read."""
    made = _create(service, "--name", "Agreed", "--takes-tests")
    assert service.run("feeds", "policy", service.feed["id"])["terms"] == {
        "takes_tests": False,
        "album_covers_tracks": True,
        "tracks_open_album": False,
        "tis": False,
        "announce_undated": True,
    }
    sets = ("--set", "tis=true", "--set", "announce_undated=no", "--set", "12=off")
    changed = service.run("feeds", "policy", made["id"], *sets)
    assert changed["overrides"] == {"12": "off"}
    assert [key for key, agreed in changed["terms"].items() if agreed] == [
        "takes_tests",
        "album_covers_tracks",
        "tis",
    ]
    forgot = service.run("feeds", "policy", made["id"], "--unset", "tis", "--name", "strict")
    assert (forgot["name"], forgot["terms"]["tis"]) == ("strict", False)
    assert forgot["terms"]["takes_tests"]


def test_a_login_with_a_public_key(service: Service, tmp_path: Path) -> None:
    key = tmp_path / "id"
    keygen = program("openssh-client", "ssh-keygen")
    made = spawn.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(key)], timeout=120)
    assert made.code == 0, made.err
    feed = _create(service, "--name", "Keyed", "--public-key", f"{key}.pub")
    assert set(feed) == CREATED
    assert feed["password"] is None

    assert b"acknowledgements" in _sftp(feed, key, tmp_path).out
    other = tmp_path / "other"
    spawn.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(other)], timeout=120)
    refused = _sftp(feed, other, tmp_path)
    assert refused.code != 0
    assert "Permission denied" in refused.err


def _sftp(feed: dict[str, Any], key: Path, home: Path) -> spawn.Finished:
    return spawn.run(
        [
            *(program("openssh-client", "sftp"), "-b", "-", "-P", str(feed["port"])),
            *("-o", "IdentitiesOnly=yes", "-i", str(key), "-o", "StrictHostKeyChecking=no"),
            *("-o", f"UserKnownHostsFile={home / 'known'}"),
            f"{feed['username']}@{feed['host']}",
        ],
        stdin=b"ls\n",
        timeout=120,
        env={"HOME": str(home)},
    )


def test_a_second_start_names_the_first(service: Service) -> None:
    assert service.child is not None
    second = spawn.run([SEGUE, "serve"], timeout=240, env=service.env)
    assert second.code == 7
    assert f"by process {service.child.pid}" in " ".join(second.err.split())
    assert "SEGUE_DATA" in second.err
    assert service.child.poll() is None
    assert service.stop() == 0
    assert not (service.data / "sftp.port").exists()


def test_a_taken_port_is_explained(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for name in ("WEB", "SFTP"):
            service = Service(tmp_path / name, settings={f"SEGUE_{name}_PORT": str(port)})
            done = spawn.run([SEGUE, "serve"], timeout=240, env=service.env)
            assert done.code == 7, done.err
            assert str(port) in done.err
            assert "Traceback" not in done.err


def test_addresses_for_people(tmp_path: Path) -> None:
    service = Service(tmp_path / "data")
    log = tmp_path / "log"
    with log.open("wb") as err:
        service.child = spawn.start([SEGUE, "serve"], stdout=-3, stderr=err, env=service.env)
    service.until(lambda: "Schemas" in log.read_text(), 40, "the addresses", log)
    code = service.stop()
    said = dict(
        line.split(maxsplit=1)
        for line in log.read_text().splitlines()
        if line.startswith(("Player", "API", "SFTP", "Data", "Schemas"))
    )
    assert code == 0
    assert said["Player"].startswith("http://127.0.0.1:")
    assert said["API"] == f"{said['Player']}api/v1"
    assert said["SFTP"].startswith("sftp://127.0.0.1:")
    assert said["Data"] == str(tmp_path / "data")
    assert said["Schemas"].startswith("none")


def test_stopped_in_mid_transcode_it_goes_on(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    service = Service(tmp_path / "data", schema_folder.root)
    service.make_feed()
    mark = tmp_path / "mark"
    service.start(sys.executable, ROOT, str(mark))
    batch = good(tmp_path / "out", Shape(seconds=1))
    service.run(
        *("deliver", str(batch.folder), "--to", service.sftp, "--no-wait"),
        *("--fingerprint", service.feed["fingerprint"]),
    )
    service.until(mark.exists, 60, "the transcode begins")

    assert service.stop() == 0
    assert service.states() == ["transcoding"]

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = {"SEGUE_WEB_PORT": str(taken.getsockname()[1])}
        argv = [sys.executable, ROOT, str(mark)]
        unlucky = spawn.run(argv, timeout=160, env={**service.env, **port})
    assert unlucky.code != 0
    assert "Conflict" in unlucky.err, "and work in progress does not keep the process"

    service.start()
    service.until(lambda: service.states() == ["live"], 60, "the delivery goes on")
    service.until(service.acknowledgements, 20, "the sender is told")
    assert [a.statuses[0].status for a in service.acknowledgements()] == ["FileOK"]
    assert service.stop() == 0
