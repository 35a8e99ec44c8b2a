"""A listener whose plan has no stream of a track hears a part of it, and no byte more."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from catalog.models import Media, Play, Recording
from server.api.previews import PreviewAnswer
from tests.integration.server.world import asset, deal, make_world
from tests.unit.transcode.test_cuts import ladder
from transcode.loudness import Loudness
from transcode.manifest import Manifest
from transcode.packaging import init_of, segments_of
from transcode.playlist_reader import read_playlist
from transcode.playlists import all_playlists

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.integration.server.world import World
    from transcode.packaging import Packaging

pytestmark = pytest.mark.integration
OPEN = {"release_id": "r1", "recording_id": "r1-1"}
SECONDS = 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path, previews=("free",))
    made.release()
    publish(made, "files")
    yield made
    made.database.close()


def publish(world: World, packaging: Packaging) -> None:
    """Give track 1 an encoding of a minute, of whose files each byte is its number's."""
    name = asset("r1", 1)
    renditions = tuple(ladder(44_100, SECONDS))
    manifest = Manifest(
        asset=name,
        source=name,
        recipe="1",
        rate=44_100,
        samples=44_100 * SECONDS,
        channels=2,
        lossless=True,
        loudness=Loudness(integrated=-14.0, range=5.0, true_peak=-1.0),
        peaks=(1, 2),
        silence=(0, 0),
        renditions=renditions,
        packaging=packaging,
    ).to_json()
    world.parts.objects.put(f"hls/{name}/manifest.json", json.dumps(manifest).encode())
    for file, text in all_playlists(renditions, packaging).items():
        world.parts.objects.put(f"hls/{name}/{file}", text.encode())
    for one in renditions:
        pieces = [init_of(one, packaging), *segments_of(one, packaging)]
        if packaging == "ranges":
            world.parts.objects.put(
                f"hls/{name}/{one.name}.mp4", b"x" * sum(p.size for p in pieces)
            )
        else:
            for piece in pieces:
                world.parts.objects.put(f"hls/{name}/{piece.address}", b"x" * piece.size)
    with world.database.write() as session:
        media = session.get_one(Media, name)
        media.manifest = json.loads(json.dumps(manifest))


def free(world: World) -> TestClient:
    world.account("fred", tier="free")
    client = world.client()
    said = client.post("/api/v1/session", json={"name": "fred", "password": "correct horse"})
    assert said.status_code == 200
    return client


def opened(client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/v1/previews", json=OPEN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_preview_is_half_a_minute_where_a_play_is_refused(world: World) -> None:
    client = free(world)
    refused = client.post("/api/v1/plays", json=OPEN)
    assert (refused.status_code, refused.json()["error"]["reason"]) == (403, "not_in_plan")
    preview = opened(client)
    assert (preview["start_ms"], preview["end_ms"]) == (0, 30_000)
    PreviewAnswer.model_validate(preview)
    aac, flac = preview["renditions"]
    assert (aac["delay"], aac["samples"], aac["first"]) == (1_024, 1_323_000, 0)
    assert flac["samples"] == 2 * aac["samples"]
    held = sum(samples for samples, _ in aac["segments"])
    assert aac["delay"] + aac["samples"] <= held < aac["samples"] + 300_000


def test_only_what_the_clip_needs_goes_out(world: World) -> None:
    with world.database.write() as session:
        session.get_one(Recording, "r1-1").clip = [20_000, 35_000]
    client = free(world)
    preview = opened(client)
    base = preview["hls"].removesuffix("master.m3u8")
    assert client.get(base + "manifest.mpd").text.count("PT15.000000000S") == 2
    (first, *_), last = (one["segments"] for one in preview["renditions"])
    assert first
    listed = read_playlist(client.get(base + "aac.m3u8").content, "aac.m3u8").segments
    names = [f"aac/{index}.m4s" for index in range(3, 6)]
    assert [one.address for one in listed] == names
    assert preview["renditions"][0]["first"] == 3
    assert len(last) == 3
    said = {n: client.get(f"{base}aac/{n}.m4s").status_code for n in (0, 2, 3, 5, 6)}
    assert said == {0: 404, 2: 404, 3: 200, 5: 200, 6: 404}
    assert client.get(base + "aac/init.mp4").status_code == 200
    assert client.get(base + "allowed").status_code == 404
    assert client.get(base + "manifest.json").status_code == 404


def test_of_one_file_only_the_ranges_of_the_clip_go_out(world: World) -> None:
    publish(world, "ranges")
    with world.database.write() as session:
        session.get_one(Recording, "r1-1").clip = [20_000, 35_000]
    client = free(world)
    preview = opened(client)
    base, aac = preview["hls"].removesuffix("master.m3u8"), preview["renditions"][0]
    start, size = aac["offset"], sum(size for _, size in aac["segments"])

    def status(span: str) -> int:
        return client.get(base + "aac.mp4", headers={"range": span}).status_code

    assert status(f"bytes={start}-{start + size - 1}") == 206
    assert status(f"bytes=0-{aac['init_bytes'] - 1}") == 206
    assert status(f"bytes={start - 1}-{start + 3}") == 404
    assert status(f"bytes={start}-{start + size}") == 404
    assert [status(odd) for odd in ("bytes=0-", "bytes=-9", "bytes=0-1,4-5", "")] == [404] * 4
    assert client.get(base + "aac.mp4").status_code == 404


def test_a_plan_without_previews_has_none(world: World) -> None:
    refused = world.signed_in().post("/api/v1/previews", json=OPEN)
    assert (refused.status_code, refused.json()["error"]["reason"]) == (403, "not_in_plan")
    assert "Previews are not in the premium plan" in refused.json()["error"]["message"]


def test_a_take_down_ends_a_preview(world: World) -> None:
    client = free(world)
    address = opened(client)["hls"]
    assert client.get(address).status_code == 200
    world.set_deals("r1", [])
    world.clock.advance(timedelta(seconds=20))
    assert client.get(address).status_code == 403
    assert client.post("/api/v1/previews", json=OPEN).json()["error"]["reason"] == "no_deals"


@pytest.mark.parametrize(
    ("deals", "reason"),
    [
        ([deal(territories=["DE"])], "no_deal_here"),
        ([deal(periods=[["2026-01-01", "2026-02-01"]])], "ended"),
        ([deal(periods=[["2027-01-01", ""]])], "not_yet"),
    ],
)
def test_rights_refuse_previews_too(world: World, deals: list[Any], reason: str) -> None:
    world.set_deals("r1", deals)
    refused = free(world).post("/api/v1/previews", json=OPEN)
    assert (refused.status_code, refused.json()["error"]["reason"]) == (403, reason)


def test_a_preview_is_no_play(world: World) -> None:
    opened(free(world))
    world.loader.run_once()
    with world.database.read() as session:
        assert session.query(Play).count() == 0


def test_the_whole_track_cannot_be_had_by_a_changed_token(world: World) -> None:
    client = free(world)
    token = opened(client)["token"]
    path = f"/m/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}/{asset('r1', 1)}/master.m3u8"
    assert client.get(path).status_code == 404
