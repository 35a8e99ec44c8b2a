"""Bad deliveries through the real SFTP door: each is told what, where, which rule and the remedy;
the catalogue stays as it is and the service goes on."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import paramiko
import pytest
from sqlalchemy import func, select

from catalog.models import LoggedMessage, Recording, Release, Track
from core import spawn
from tests.fixtures import packages
from tests.fixtures.environment import program
from tests.fixtures.packages import SPOILED, Shape
from tests.fixtures.patience import seen
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
_numbers = itertools.count(1)


@pytest.fixture
def service(shared_service: Service) -> Iterator[Service]:
    """The shared service with a feed of this test's own; afterwards it must still live."""
    shared_service.make_feed(f"label {next(_numbers)}")
    yield shared_service
    assert shared_service.child is not None
    assert shared_service.child.poll() is None, "the service must survive"


def _catalogue(service: Service) -> dict[str, int]:
    with service.database() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Release, Track, Recording)
        }


@pytest.mark.parametrize("fault", sorted(SPOILED))
def test_a_spoiled_release(service: Service, tmp_path: Path, fault: str) -> None:
    spoil, status = SPOILED[fault]
    before = _catalogue(service)
    batch = packages.spoiled(tmp_path, spoil)

    sent = service.deliver(batch.folder)

    assert not sent["ok"]
    [told] = sent["acknowledgements"]
    assert told["status"] == status
    assert service.states() == ["refused"]
    reason = next(f for f in told["findings"] if f["status"] == status)
    assert reason["message"]
    assert reason["rule"]
    assert reason["remedy"]
    assert reason["place"], "the file, line or path of the fault"
    assert _catalogue(service) == before
    kept = seen(service.view, "*.flac")
    assert kept, "refused files stay in the sender's view"


def test_a_refused_delivery_is_mended_and_sent_again(service: Service, tmp_path: Path) -> None:
    """The same message with the missing file: a refused message claims no id."""
    shape = Shape(seed=31)
    good = packages.good(tmp_path / "good", shape)
    bad = tmp_path / "bad" / good.folder.name
    shutil.copytree(good.folder, bad)
    next(bad.rglob("*_002.flac")).unlink()
    assert not service.deliver(bad)["ok"]

    assert service.deliver(good.folder)["ok"]
    assert sorted(service.states()) == ["live", "refused"]


def test_nothing_of_an_album_with_a_broken_track_is_published(
    service: Service, tmp_path: Path
) -> None:
    """An error in the middle of one of three is told with its samples; mended, it is live."""
    shape = Shape(seed=33, tracks=3)
    good = packages.good(tmp_path / "good", shape)
    bad = packages.spoiled(tmp_path / "bad", packages.broken_within, shape)
    before, objects = _catalogue(service), _objects(service)

    [told] = service.deliver(bad.folder)["acknowledgements"]

    assert told["status"] == "ResourceCorrupt"
    [reason] = [each for each in told["findings"] if each["status"] == "ResourceCorrupt"]
    assert packages.audio(bad.releases[0])[1].name in json.dumps(reason)
    assert re.search(r"samples \d+ to \d+ \(\d\.\d+ to \d\.\d+ s\)", reason["message"])
    assert _catalogue(service) == before
    assert {key.parts[0] for key in _objects(service) - objects} <= {"messages"}
    assert not seen(service.data / "work", "*.flac")

    assert service.deliver(good.folder)["ok"]
    assert sorted(service.states()) == ["live", "refused"]
    assert _catalogue(service)["tracks"] == before["tracks"] + 3
    added = _objects(service) - objects
    assert len({key.parts[1] for key in added if key.parts[0] == "hls"}) == 3
    assert service.run("media", "status", ok=(0,))["left"] == 0


def _objects(service: Service) -> set[Path]:
    root = service.data / "objects"
    return {path.relative_to(root) for path in seen(root)}


def test_retry_with_the_missing_file(service: Service, tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "good", Shape(seed=32))
    missing = next(batch.folder.rglob("*_002.flac"))
    aside = shutil.move(missing, tmp_path / "aside.flac")
    service.deliver(batch.folder)
    [refused] = service.run("deliveries", "list", "--state", "refused", "--limit", "1")
    shutil.move(aside, missing)
    _sftp(service, [f"put {missing} {batch.folder.name}/{missing.parent.parent.name}/resources/"])

    service.run("deliveries", "retry", refused["id"])

    # Where a while has passed since the file came, the inbox has tried by itself before.
    service.until(lambda: set(service.states()) - {"repeated"} == {"live"}, 60, "it is live")
    answers = service.until(lambda: service.acknowledgements()[1:], 60, "a second answer")
    assert {answer.statuses[0].status for answer in answers} == {"FileOK"}


def test_the_same_message_twice(service: Service, tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "one", Shape(seed=33))
    assert service.deliver(batch.folder)["ok"]
    after_first = _catalogue(service)

    same = service.deliver(packages.again(batch, tmp_path / "two").folder)
    assert same["ok"], "the same bytes are acknowledged again"
    other = service.deliver(packages.other_bytes(batch, tmp_path / "three").folder)
    assert not other["ok"], "other bytes under the same id are refused"

    assert other["acknowledgements"][0]["status"] == "IdentifierInvalid"
    assert service.states() == ["live", "repeated", "refused"]
    assert _catalogue(service) == after_first
    with service.database() as session:
        logged = session.scalars(
            select(LoggedMessage.outcome).where(LoggedMessage.feed_id == service.feed["id"])
        ).all()
    assert sorted(logged) == ["accept", "reject"], "a repeat does no work"


def test_one_bad_release_in_a_batch_of_three(service: Service, tmp_path: Path) -> None:
    before = _catalogue(service)
    sent = service.deliver(packages.one_bad_of_three(tmp_path).folder)

    statuses = sorted(told["status"] for told in sent["acknowledgements"])
    assert statuses == ["FileOK", "FileOK", "ResourceMissing"]
    assert sorted(service.states()) == ["live", "live", "refused"]
    assert _catalogue(service)["releases"] == before["releases"] + 2


def test_no_tracks(service: Service, tmp_path: Path) -> None:
    before = _catalogue(service)
    sent = service.deliver(packages.no_tracks(tmp_path).folder)

    assert not sent["ok"]
    assert sent["acknowledgements"][0]["findings"][0]["remedy"]
    assert _catalogue(service) == before


@pytest.mark.timeout(1200)
def test_five_hundred_tracks(service: Service, tmp_path: Path) -> None:
    sent = service.deliver(packages.many_tracks(tmp_path).folder, wait=600)

    assert sent["ok"], sent["acknowledgements"]
    with service.database() as session:
        query = select(func.count()).select_from(Track).join(Release)
        assert session.scalar(query.where(Release.feed_id == service.feed["id"])) == 500


def test_a_batch_without_a_message(service: Service, tmp_path: Path) -> None:
    batch = packages.good(tmp_path, Shape(seed=34))
    next(p for p in batch.folder.rglob("*.xml") if not p.name.startswith("Batch")).unlink()
    folder = next(p for p in batch.folder.iterdir() if p.is_dir())
    _sftp(service, _uploads(batch.folder))

    [answer] = service.until(service.acknowledgements, 30, "the empty folder is answered")
    assert service.states() == ["refused"]
    assert answer.statuses[0].status == "ErnMissing"
    assert folder.name in answer.statuses[0].information


def test_a_symlink_is_refused_at_the_door(service: Service) -> None:
    done = _sftp(service, ["symlink /etc/passwd passwd"], ok=False)
    assert done.code != 0
    assert "link" in done.err.lower()
    assert not seen(service.view, "passwd")


def test_an_upload_cut_in_the_middle_is_no_delivery(service: Service, tmp_path: Path) -> None:
    """The client dies with the completion file half written: nothing is delivered until resumed."""
    batch = packages.good(tmp_path, Shape(seed=35))
    audio = next(batch.folder.rglob("*_001.flac"))
    target = f"{batch.folder.name}/{audio.parent.parent.name}/resources/{audio.name}"
    half = tmp_path / "half.flac"
    half.write_bytes(audio.read_bytes()[: audio.stat().st_size // 2])
    _cut_upload(service, half.read_bytes(), target)

    assert not (service.view / target).exists()
    assert service.states() == []
    assert (service.data / "partial" / str(service.feed["id"]) / target).exists()
    assert service.deliver(batch.folder)["ok"], "sent again, it resumes and counts"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a full disk needs root")
def test_the_disk_fills_up_while_receiving(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    """A real full disk: the sender is told why, and after room is made the delivery goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount, umount = program("mount", "mount"), program("mount", "umount")
    mounted = spawn.run([mount, "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], timeout=60)
    assert mounted.code == 0, mounted.err
    service = Service(disk / "data", schema_folder.root, aside=tmp_path)
    try:
        service.make_feed()
        service.start()
        big = tmp_path / "big.flac"
        big.write_bytes(os.urandom(30 << 20))
        folder = "N_20260101000000000"
        # OpenSSH's client says only "Failure"; paramiko shows the text that the door gives
        with pytest.raises(OSError, match="no space left"):
            _upload(service, big.read_bytes(), f"{folder}/big.flac")
        assert service.states() == []
        assert service.child is not None
        assert service.child.poll() is None
        _sftp(service, [f"rm {folder}/big.flac", f"rmdir {folder}"])
        assert service.deliver(packages.good(tmp_path / "out").folder)["ok"]
    finally:
        if service.child is not None and service.child.poll() is None:
            service.stop()
        spawn.run([umount, "-l", str(disk)], timeout=60)


def _uploads(folder: Path) -> list[str]:
    """Commands of `sftp` that send a batch, its completion last."""
    files = sorted(folder.rglob("*"), key=lambda p: (p.name.startswith("BatchComplete"), str(p)))
    made = [f"mkdir {folder.name}"]
    for path in files:
        name = f"{folder.name}/{path.relative_to(folder)}"
        made.append(f"mkdir {name}" if path.is_dir() else f"put {path} {name}")
    return made


def _sftp(service: Service, commands: list[str], *, ok: bool = True) -> spawn.Finished:
    """Run commands in OpenSSH's client, with the password by its own helper."""
    host, _, port = service.addresses["sftp"].removeprefix("sftp://").partition(":")
    helper = service.home / f"askpass-{service.feed['id']}"
    helper.write_text(f"#!/bin/sh\necho '{service.feed['password']}'\n")
    helper.chmod(0o700)
    done = spawn.run(
        [
            # -b means BatchMode=yes, and the first word counts
            *(program("openssh-client", "sftp"), "-o", "BatchMode=no", "-P", port, "-b", "-"),
            *("-o", "StrictHostKeyChecking=no"),
            *("-o", "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1"),
            f"{service.feed['username']}@{host}",
        ],
        stdin="\n".join(commands).encode(),
        timeout=240,
        env={"SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"},
    )
    if ok:
        assert done.code == 0, done.err
    return done


def _upload(service: Service, data: bytes, target: str) -> None:
    """Write a whole file."""
    transport, file = _begin(service, target)
    try:
        with file:
            file.write(data)
    finally:
        transport.close()


def _cut_upload(service: Service, data: bytes, target: str) -> None:
    """Write half a file and cut the TCP connection, without a CLOSE."""
    transport, file = _begin(service, target)
    file.write(data)
    file.flush()
    transport.sock.close()
    transport.close()


def _begin(service: Service, target: str) -> tuple[paramiko.Transport, paramiko.SFTPFile]:
    """A session with a file open for writing, its folders made."""
    host, _, port = service.addresses["sftp"].removeprefix("sftp://").partition(":")
    transport = paramiko.Transport((host, int(port)))
    transport.connect(username=service.feed["username"], password=service.feed["password"])
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    folder = ""
    for part in target.split("/")[:-1]:
        folder = f"{folder}{part}"
        client.mkdir(folder)
        folder += "/"
    return transport, client.open(target, "wb")
