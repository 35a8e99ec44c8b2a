"""A cut plain FTP connection looks like the end of a file: what was cut never goes live."""

from __future__ import annotations

import ftplib
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest

from ddex.choreography.rows import ROWS
from ingest.doors.common.ports import FeedLogin
from ingest.inbox_clock import InboxClock
from ingest.receiving import DatabaseInbox, Patience
from server.adapters import Probe
from tests.integration.doors.ftp_harness import PASSWORD, RunningFtp, running_ftp
from tests.integration.doors.harness import soon
from tests.integration.ingest.batches import batch, rewrite
from tests.integration.ingest.world import World
from transcode import ffmpeg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from distro.package import Packed
    from ingest.doors.common.testing import MemoryInbox

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
SETTLE = timedelta(seconds=2)


def _nothing_proves(release: Packed) -> None:
    """No size and no hash, so that only the end of each file can tell."""
    rewrite(release, r"<HashSum>.*?</HashSum>", "")
    rewrite(release, r"<FileSize>.*?</FileSize>", "")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The pipeline with the real probe; a release by itself is complete without BatchComplete."""
    found = World(tmp_path / "data")
    found.change_feed(choreography="release-1.8", protocols=["ftp"])
    found.inbox = DatabaseInbox(
        found.database, found.parts.data.inbox, found.clock, found.nudge, Patience(settle=SETTLE)
    )
    return found


@pytest.fixture
def door(world: World, tmp_path: Path) -> Iterator[RunningFtp]:
    with running_ftp(tmp_path, inbox=cast("MemoryInbox", world.inbox)) as running:
        login = FeedLogin(world.feed, "Label")
        running.accounts.passwords["alpha"] = (PASSWORD, login)
        yield running


@pytest.fixture
def clock(world: World) -> InboxClock:
    probe = Probe(ffmpeg.locate())
    return InboxClock(inbox=world.inbox, partial=world.parts.data.partial, probe=probe)


def _send(session: ftplib.FTP, path: Path, name: str, *, cut: int = 0) -> None:
    """Upload a file; of a cut one the connection closes `cut` bytes before its end."""
    data = path.read_bytes()
    connection = session.transfercmd(f"STOR {name}")
    connection.sendall(data[: len(data) - cut])
    connection.close()
    session.voidresp()


@pytest.mark.parametrize("suffix", [".flac", ".jpg", ".xml"])
def test_what_was_cut_never_goes_live(
    world: World, door: RunningFtp, clock: InboxClock, tmp_path: Path, suffix: str
) -> None:
    release = batch(tmp_path / "out", _nothing_proves).releases[0]
    top = ROWS["release-1.8"].folder("20260105100500123", release.icpn)
    files = sorted(path for path in release.folder.rglob("*") if path.is_file())
    spoiled = next(path for path in files if path.suffix == suffix)
    with ftplib.FTP() as session:  # noqa: S321 - what is tested
        session.connect(door.host, door.port)
        session.login("alpha", PASSWORD)
        session.mkd(top)
        session.mkd(f"{top}/resources")
        for path in files:
            cut = 700 if path == spoiled else 0
            _send(session, path, f"{top}/{path.relative_to(release.folder)}", cut=cut)
        soon(lambda: len(world.waiting()) == 1, "it is seen")
        assert world.deliveries() == []
        _until(world, clock, 1)
        [refused] = world.deliveries()
        assert refused.state == "refused"
        assert not world.answer(refused).ok
        if suffix != ".xml":
            assert "ERN-2005" in [finding["code"] for finding in refused.findings]
        _send(session, spoiled, f"{top}/{spoiled.relative_to(release.folder)}")
        _until(world, clock, 2)
    assert [each.state for each in world.deliveries()] == ["refused", "live"]


def _until(world: World, clock: InboxClock, number: int) -> None:
    for _ in range(6):
        world.clock.advance(SETTLE)
        clock.round()
        if len(world.deliveries()) == number:
            return
