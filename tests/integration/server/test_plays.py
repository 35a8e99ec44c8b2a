"""From pressing play to a counted play: rights, token, media, beacons, loader."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from catalog.models import Account, Play, SpoolOffset
from server.app import create_app
from tests.integration.server.world import ART, SEGMENT, asset, deal, make_world

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
OPEN = {"release_id": "r1", "recording_id": "r1-1"}


def opened(client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/v1/plays", json=OPEN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def beacon(client: TestClient, play: dict[str, Any], **changes: Any) -> int:
    body = {"heard_ms": 31_000, "position_ms": 31_000, "event": "progress", "seq": 1, **changes}
    return client.post(f"/api/v1/plays/{play['play_id']}/progress", json=body).status_code


def played(world: World) -> Play:
    world.loader.run_once()
    with world.database.read() as session:
        return session.scalars(select(Play)).one()


def test_a_listener_gets_playlist_segments_and_samples(world: World) -> None:
    world.release()
    client = world.signed_in()
    play = opened(client)
    assert play["recording"]["isrc"] == "GBAAA2600001"
    joined = {
        one["name"]: (one["rate"], one["delay"], one["samples"]) for one in play["renditions"]
    }
    assert joined["aac64"] == (44100, 1024, 44100 * 50)
    base = play["hls"].removesuffix("master.m3u8")
    for file, kind in (
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("aac64.m3u8", "application/vnd.apple.mpegurl"),
        ("aac64/init.mp4", "audio/mp4"),
        ("aac64/1.m4s", "video/iso.segment"),
    ):
        answer = client.get(base + file)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.content == SEGMENT
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_visitors_browse_and_do_not_play_unless_told(world: World, tmp_path: Path) -> None:
    world.release()
    assert world.client().post("/api/v1/plays", json=OPEN).status_code == 401
    (tmp_path / "open").mkdir()
    open_house = make_world(tmp_path / "open", anonymous_may_play=True)
    open_house.release()
    play = opened(open_house.client())
    assert open_house.client().get(play["hls"]).status_code == 200
    open_house.loader.run_once()
    with open_house.database.read() as session:
        assert session.scalars(select(Play.account_id)).one() is None


def test_no_deal_no_audio_and_the_answer_says_why(world: World) -> None:
    world.release(deals=[deal(periods=[["2026-12-12", ""]])])
    answer = world.signed_in().post("/api/v1/plays", json=OPEN)
    error = answer.json()["error"]
    assert answer.status_code == 403
    assert (error["code"], error["reason"]) == ("play_refused", "not_yet")
    assert error["until"] == "2026-12-12T00:00:00+00:00"
    assert "12 December 2026" in error["message"]


def test_a_recording_of_another_release_is_not_found(world: World) -> None:
    world.release("r1")
    world.release("r2")
    answer = world.signed_in().post(
        "/api/v1/plays", json={"release_id": "r1", "recording_id": "r2-1"}
    )
    assert answer.status_code == 404


def test_a_play_keeps_the_verdict_it_stood_under(world: World) -> None:
    world.release()
    client = world.signed_in()
    play = opened(client)
    row = played(world)
    assert row.id == play["play_id"]
    assert (row.release_id, row.recording_id, row.feed_id) == ("r1", "r1-1", "feed_1")
    assert (row.territory, row.tier) == ("GB", "premium")
    assert (row.model, row.use) == ("SubscriptionModel", "OnDemandStream")
    assert row.deal.endswith("/Deal[1]")
    assert row.duration_ms == 50_000
    assert row.counted_at is None


def test_a_play_counts_once_after_thirty_seconds(world: World) -> None:
    world.release()
    client = world.signed_in()
    play = opened(client)
    world.clock.advance(timedelta(seconds=29))
    assert beacon(client, play, heard_ms=29_000) == 204
    assert played(world).counted_at is None
    world.clock.advance(timedelta(seconds=2))
    assert beacon(client, play, heard_ms=31_000, seq=2) == 204
    first = played(world).counted_at
    assert first == world.clock()
    world.clock.advance(timedelta(seconds=10))
    assert beacon(client, play, heard_ms=31_000, seq=2) == 204
    assert beacon(client, play, heard_ms=12_000, seq=1) == 204
    row = played(world)
    assert (row.counted_at, row.heard_ms, row.seq) == (first, 31_000, 2)


def test_nobody_hears_faster_than_the_clock(world: World) -> None:
    world.release()
    client = world.signed_in()
    play = opened(client)
    world.clock.advance(timedelta(seconds=5))
    beacon(client, play, heard_ms=86_000_000)
    row = played(world)
    assert row.heard_ms == 7_000
    assert row.counted_at is None


@pytest.mark.parametrize(
    "play_id", ["x", "a" * 22 + "." + "b" * 16, "é" * 39, "%00" * 3, "a" * 400]
)
def test_a_made_up_play_is_not_found(world: World, play_id: str) -> None:
    assert beacon(world.client(), {"play_id": play_id}) == 404
    assert world.loader.run_once() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"heard_ms": -1, "seq": 1}',
        b'{"heard_ms": NaN, "seq": 1}',
        b'{"heard_ms": "5", "seq": 1}',
        b'{"heard_ms": 5, "seq": 1, "event": "skip"}',
        b'{"heard_ms": 5, "seq": 1, "more": 1}',
        b"[" * 20_000,
    ],
)
def test_a_strange_beacon_is_refused(world: World, body: bytes) -> None:
    world.release()
    client = world.signed_in()
    play = opened(client)
    answer = client.post(f"/api/v1/plays/{play['play_id']}/progress", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"]


def test_a_take_down_stops_the_next_segment_within_a_minute(world: World) -> None:
    world.release()
    with world.signed_in() as client:
        segment = opened(client)["hls"].replace("master.m3u8", "aac64/1.m4s")
        assert client.get(segment).status_code == 200
        world.set_deals("r1", [])
        world.clock.advance(timedelta(seconds=15))
        refused = client.get(segment)
        assert refused.status_code == 403
        assert refused.json()["error"]["reason"] == "no_deals"
        assert refused.headers["cache-control"] == "no-store"


def test_a_deal_that_ends_stops_the_segment_without_any_event(world: World) -> None:
    world.release(deals=[deal(periods=[["2026-01-01", "2026-11-21T12:00:30Z"]])])
    with world.signed_in() as client:
        segment = opened(client)["hls"].replace("master.m3u8", "aac64/1.m4s")
        assert client.get(segment).status_code == 200
        world.clock.advance(timedelta(seconds=31))
        assert client.get(segment).json()["error"]["reason"] == "ended"


def test_signing_out_stops_the_next_segment(world: World) -> None:
    world.release()
    with world.signed_in() as client:
        hls = opened(client)["hls"]
        assert client.get(hls).status_code == 200
        client.delete("/api/v1/session")
        assert client.get(hls).status_code == 401


def test_signing_out_in_another_process_is_heard_of_within_a_minute(world: World) -> None:
    world.release()
    with world.signed_in() as client:
        hls = opened(client)["hls"]
        assert client.get(hls).status_code == 200
        with world.database.write() as session:
            account = session.scalars(select(Account)).one()
            account.epoch += 1
        world.clock.advance(timedelta(seconds=15))
        assert client.get(hls).status_code == 401


def test_a_token_outlives_the_recording_by_an_hour(world: World) -> None:
    world.release()
    with world.signed_in() as client:
        hls = opened(client)["hls"]
        world.clock.advance(timedelta(hours=1, seconds=49))
        assert client.get(hls).status_code == 200
        world.clock.advance(timedelta(seconds=2))
        assert client.get(hls).status_code == 410


def test_a_token_opens_its_own_asset_only(world: World) -> None:
    world.release()
    client = world.signed_in()
    hls = opened(client)["hls"]
    token = hls.split("/")[2]
    strangers = [
        f"/m/{token}/{asset('r1', 2)}/master.m3u8",
        f"/m/{token[:-2]}xx/{asset('r1', 1)}/master.m3u8",
        f"/m/{token}/{asset('r1', 1)}/../../master.m3u8",
        f"/m/{token}/{asset('r1', 1)}/%2e%2e/x.m3u8",
        f"/m/{token}/{asset('r1', 1)}/manifest.json",
        f"/m/x/{asset('r1', 1)}/master.m3u8",
        "/m/",
    ]
    assert [client.get(path).status_code for path in strangers] == [404] * len(strangers)


def test_segments_come_in_parts_and_not_again(world: World) -> None:
    world.release()
    client = world.signed_in()
    segment = opened(client)["hls"].replace("master.m3u8", "aac64/1.m4s")
    etag = client.get(segment).headers["etag"]
    part = client.get(segment, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, SEGMENT[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(SEGMENT)}"
    assert client.get(segment, headers={"if-none-match": etag}).status_code == 304
    head = client.head(segment)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(SEGMENT)))
    beyond = client.get(segment, headers={"range": f"bytes={len(SEGMENT)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(SEGMENT)}")
    assert client.post(segment).status_code == 405


def test_media_asks_no_database_once_it_is_known(world: World) -> None:
    world.release()
    with world.signed_in() as client:
        segment = opened(client)["hls"].replace("master.m3u8", "aac64/1.m4s")
        assert client.get(segment).status_code == 200
        world.database.engine.dispose()
        path = world.database.engine.url.database
        assert path
        Path(path).rename(f"{path}.away")
        assert client.get(segment).status_code == 200


def test_artwork_is_for_everybody_and_for_ever(world: World) -> None:
    world.parts.objects.put(f"art/{ART}/320.webp", b"picture")
    client = world.client()
    answer = client.get(f"/art/{ART}/320.webp")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for wrong in (f"/art/{ART}/321.webp", f"/art/{ART}/640.jpg", "/art/x/320.webp", "/art/"):
        assert client.get(wrong).status_code == 404


def test_plays_survive_a_killed_server(world: World) -> None:
    """Nothing is closed, as after kill -9; a new process loads what the old one answered."""
    world.release()
    client = world.signed_in()
    play = opened(client)
    world.clock.advance(timedelta(seconds=31))
    assert beacon(client, play) == 204
    world.app = create_app(world.parts)
    assert played(world).counted_at is not None
    assert world.loader.run_once() == 0


def test_the_loader_takes_each_line_once_and_clears_up(world: World) -> None:
    world.release()
    with world.signed_in() as client:
        play = opened(client)
        assert world.loader.run_once() == 1
        assert world.loader.run_once() == 0
        world.clock.advance(timedelta(seconds=40))
        beacon(client, play)
        folder = world.parts.spool_folder
        assert len(list(folder.glob("*.jsonl"))) == 1
    assert world.loader.run_once() == 1
    assert list(folder.iterdir()) == []
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SpoolOffset)) == 0
        assert session.scalar(select(func.count()).select_from(Play)) == 1
