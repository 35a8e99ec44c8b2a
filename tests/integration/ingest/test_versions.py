"""Albums of every version with real audio, from the batch to playable renditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import Media, Recording, Track
from core.folders import DataFolder
from server.adapters import Probe, Transcode
from storage.backends.obstore import local_store
from tests.fixtures.ern_facts import (
    FOLDER_STAMP,
    ICPN,
    NAMES,
    RECIPIENT as ERN_RECIPIENT,
    SENDER,
)
from tests.fixtures.ern_messages import base, files, replace_once
from tests.fixtures.packages import RECIPIENT
from tests.integration.ingest.world import World
from transcode import ffmpeg
from transcode.pipeline import Transcoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.models import Delivery

pytestmark = pytest.mark.integration


@pytest.fixture
def real(tmp_path: Path) -> Iterator[World]:
    """A world with the real probe and transcoder."""
    data = DataFolder(tmp_path / "data")
    data.make()
    tool = ffmpeg.locate("")
    transcoder = Transcoder(local_store(data.objects), data.work, tool, parallel=2)
    made = World(data.root, probe=Probe(tool), transcode=Transcode(transcoder))  # type: ignore[arg-type]
    made.change_feed(dpid=SENDER)
    yield made
    made.database.close()


def deliver(world: World, out: Path, message: bytes, **changed: bytes) -> Delivery:
    """The message in a batch of its own, with its media but for those that are changed."""
    batch = out / f"N_{FOLDER_STAMP}"
    media = {**files("43"), **{f"resources/{name}": data for name, data in changed.items()}}
    message = message.replace(ERN_RECIPIENT.encode(), RECIPIENT.encode())
    for path, data in {f"{ICPN}.xml": message, **media}.items():
        target = batch / ICPN / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (batch / f"BatchComplete_{FOLDER_STAMP}.xml").touch()
    return world.send_one(batch)


def told(delivery: Delivery) -> set[tuple[int, str, str]]:
    """Rule, code and severity of the findings, without that of the absent schema."""
    return {
        (each["rule"], each["code"], each["severity"])
        for each in delivery.findings
        if each["rule"] != 2
    }


@pytest.mark.parametrize("version", ["382", "411"])
def test_an_album_becomes_playable(version: str, real: World, tmp_path: Path) -> None:
    delivery = deliver(real, tmp_path, base(version))
    assert (delivery.state, delivery.fault) == ("live", None)
    assert told(delivery) == set()
    assert delivery.policy["name"] == "normal"
    with real.database.read() as session:
        recordings = list(session.scalars(select(Recording)))
        assert {each.duration_ms for each in recordings} == {2000}
        assert all(each.master for each in recordings)
        assert len(session.scalars(select(Track)).all()) == 2
        assets = session.scalars(select(Media.asset).where(Media.kind == "audio")).all()
    assert len(assets) == 2
    for asset in assets:
        assert real.parts.store.stat(f"hls/{asset}/master.m3u8") is not None
    assert real.answer(delivery).statuses[0].status == "FileOK"


def test_the_alias_of_382_is_told_and_taken(world: World, tmp_path: Path) -> None:
    world.change_feed(dpid=SENDER)
    delivery = deliver(world, tmp_path, replace_once(base("382"), 'ern/382" M', 'ern/38" M'))
    assert delivery.state == "live"
    assert {(rule, severity) for rule, _, severity in told(delivery)} == {(1, "warn")}


@pytest.mark.parametrize("version", ["382", "411", "43"])
def test_a_file_that_is_another_is_refused(version: str, world: World, tmp_path: Path) -> None:
    world.change_feed(dpid=SENDER)
    other = files(version)[NAMES[1]]
    delivery = deliver(world, tmp_path, base(version), **{"01.flac": other})
    assert (20, "ERN-2001", "reject") in told(delivery)
    assert delivery.state == "refused"
    assert "SignatureOrHashSumWrongOrMissing" in [
        status.status for status in world.answer(delivery).statuses
    ]


@pytest.mark.parametrize("acknowledgement", ["16", "18"])
@pytest.mark.parametrize("version", ["382", "411", "43"])
def test_the_policy_of_the_feed_judges(
    version: str, acknowledgement: str, world: World, tmp_path: Path
) -> None:
    world.change_feed(
        dpid=SENDER,
        acknowledgements=acknowledgement,
        policy={"name": "normal", "overrides": {"19": "hold", "ERN-1702": "reject"}},
    )
    message = replace_once(base(version), "<Duration>PT4S</Duration>", "<Duration>PT9S</Duration>")
    delivery = deliver(world, tmp_path, message, **{"notes.txt": b"stray"})
    assert told(delivery) == {(17, "ERN-1702", "reject"), (19, "ERN-1904", "hold")}
    assert delivery.state == "refused"
    assert delivery.policy["overrides"] == {"19": "hold", "ERN-1702": "reject"}
    statuses = {status.label for status in world.answer(delivery).statuses}
    assert "ResourceNotMeetingSpecifications" in statuses
    assert len(statuses) == (2 if acknowledgement == "18" else 1)  # 1.6 has room for one
