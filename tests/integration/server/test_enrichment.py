"""What senders tell of a release: on its page, in the API and in search, every word escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog import enrichment
from catalog.models import Feed, LoggedMessage, Recording, Release
from ddex.others import read
from search.catalogue import CatalogueSource
from tests.fixtures.mead import mead_message

if TYPE_CHECKING:
    from tests.integration.server.world import World

DPID = "PADPIDA2013042401U"
HOSTILE = "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;more&quot;"


def told(world: World, name: str = "r1", **changes: str) -> None:
    """An accepted MEAD message of the release's own feed."""
    with world.database.write() as session:
        release = session.get_one(Release, name)
        release.icpn = "4006381333931"
        recording = session.scalars(
            select(Recording).where(Recording.id.startswith(name)).order_by(Recording.id)
        ).first()
        assert recording is not None
        recording.isrc = "XSEGU2600001"
        data = mead_message(sender=DPID, recipient=DPID, artist=release.artist, **changes)
        logged = LoggedMessage(
            feed_id=release.feed_id, order_key="1", digest="d" * 64, type=enrichment.MEAD
        )
        enrichment.write(session, logged, read(data))
    world.index.replace([name], CatalogueSource(world.database).load([name]))


def test_the_page_shows_it_with_source_and_language(world: World) -> None:
    world.release("r1")
    told(world)
    page = world.client().get("/releases/r1").text
    for words in ("Late Night", "Synopsis", "The Listening Desk", "R. Quill", "120 BPM", "C minor"):
        assert words in page, words
    assert 'lang="en"' in page
    assert "Listen first" in page
    assert "Undertones · The Hums · The same room, the same hour." in page


def test_hostile_words_are_only_words(world: World) -> None:
    world.release("r1")
    told(world, mood=HOSTILE, note=HOSTILE)
    page = world.client().get("/releases/r1").text
    assert "<img src=x" not in page
    assert "<script>alert(1)" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_api_tells_it(world: World) -> None:
    world.release("r1")
    world.release("r2")
    told(world)
    client = world.client()
    about = client.get("/api/v1/releases/r1").json()["about"]
    assert [tag["kind"] for tag in about["tags"]] == ["mood", "theme", "epoch"]
    assert about["tags"][0]["values"][1] == {"text": "Late Night", "source": "The Listening Desk"}
    [note] = about["notes"]
    assert (note["label"], note["author"], note["language"]) == ("Synopsis", "R. Quill", "en")
    assert [part["kind"] for part in about["lists"]] == ["award", "similar", "alternative_title"]
    assert about["artist"]["notes"][0]["label"] == "About the artist"
    assert about["images"] == ["https://images.example.net/tones.jpg"]
    [(recording, sound)] = about["tracks"].items()
    assert about["focus"] == [recording]
    assert {tag["kind"]: tag["values"][0]["text"] for tag in sound["tags"]} == {
        "lyric_theme": "Love",
        "subgenre": "Jazz Fusion",
        "bpm": "120 BPM",
        "key": "C minor",
        "meter": "3/4",
        "instrument": "Electric Guitar",
    }
    assert client.get("/api/v1/releases/r2").json()["about"]["tags"] == []


def test_a_mood_is_searched_by(world: World) -> None:
    world.release("r1")
    told(world, mood="Wistful")
    hits = world.client().get("/api/v1/search", params={"q": "wistful"}).json()["hits"]
    assert [hit["release_id"] for hit in hits] == ["r1"]


def test_another_feed_says_nothing(world: World) -> None:
    world.release("r1")
    told(world)
    with world.database.write() as session:
        feed = session.scalars(select(Feed)).one()
        other = Feed(
            **{
                column.key: getattr(feed, column.key)
                for column in Feed.__table__.columns
                if column.key not in {"id", "username"}
            },
            id="feed_other",
            username="other",
        )
        session.add(other)
        session.flush()
        session.get_one(Release, "r1").feed_id = "feed_other"
    assert world.client().get("/api/v1/releases/r1").json()["about"] is None
