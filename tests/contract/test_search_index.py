"""One suite for every search backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from search.backends.memory import MemoryIndex
from search.backends.tantivy import TantivyIndex
from search.documents import documents_of
from search.index import Hit, Kind, SearchIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any


def release(
    name: str, title: str, artist: str, *tracks: tuple[str, str], **more: Any
) -> dict[str, Any]:
    return {
        "id": name,
        "title": title,
        "artist": artist,
        "artist_id": f"party of {artist}",
        "tracks": [
            {
                "recording_id": f"recording of {isrc}",
                "isrc": isrc,
                "title": track,
                "artist": artist,
                "artist_id": f"party of {artist}",
            }
            for isrc, track in tracks
        ],
        **more,
    }


CATALOGUE = [
    release(
        "tides", "Paper Tides", "Marlow & the Quiet Machines",
        ("QZSEG2600001", "Slow Harbour"), ("QZSEG2600002", "Lantern Weather"),
        icpn="0850012345678", label="Sleepwalk Records", genre="Ambient",
    ),
    release(
        "tnt", "High Voltage", "AC/DC",
        ("AUAP07500001", "T.N.T."), ("AUAP07500002", "Can't Stand"),
    ),
    release("pop", "Try This", "P!nk", ("USAR10300001", "Trouble")),
    release("bjork", "Début", "Björk", ("GBAAA9300001", "Human Behaviour")),
    release(
        "jp", "東京の夜", "さくら音楽隊",
        ("JPAA02600001", "夜明け"), ("JPAA02600002", "カナリア"),
    ),
    release("th", "เพลงรัก", "ใบไม้", ("THAA02600001", "ฝนตก")),
    release("ru", "Ночной поезд", "Станция", ("RUAA02600001", "Дождь")),
    release("sigur", "Ágætis byrjun", "Sigur Rós", ("ISAA09900001", "Svefn-g-englar")),
]  # fmt: skip


@pytest.fixture(params=["memory", "tantivy"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    found: SearchIndex = (
        MemoryIndex() if request.param == "memory" else TantivyIndex(tmp_path / "search")
    )
    found.rebuild(document for entry in CATALOGUE for document in documents_of(entry))
    yield found
    found.close()


def keys(index: SearchIndex, query: str, *kinds: Kind) -> list[str]:
    return [hit.key for hit in index.search(query, kinds=kinds).hits]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("paper tides", "tides"),
        ("PAPER", "tides"),
        ("pap", "tides"),
        ("papre tides", "tides"),
        ("tides paper", "tides"),
        ("marlow tides", "tides"),
        ("sleepwalk paper", "tides"),
        ("high voltage", "tnt"),
        ("high votlage", "tnt"),
        ("debut", "bjork"),
        ("Début", "bjork"),
        ("bjork debut", "bjork"),
        ("agaetis", "sigur"),
        ("ágætis byrjn", "sigur"),
        ("東京", "jp"),
        ("京の夜", "jp"),
        ("เพลง", "th"),
        ("ночной", "ru"),
        ("НОЧНОЙ ПОЕ", "ru"),
    ],
)
def test_releases_are_found_as_one_types(index: SearchIndex, query: str, first: str) -> None:
    assert keys(index, query, Kind.RELEASE)[:1] == [first]


@pytest.mark.parametrize(
    ("query", "isrc"),
    [
        ("slow harbour", "QZSEG2600001"),
        ("slow harbor", "QZSEG2600001"),
        ("lantern", "QZSEG2600002"),
        ("tnt", "AUAP07500001"),
        ("t.n.t.", "AUAP07500001"),
        ("T.N.T", "AUAP07500001"),
        ("acdc tnt", "AUAP07500001"),
        ("ac/dc tnt", "AUAP07500001"),
        ("ac dc tnt", "AUAP07500001"),
        ("cant stand", "AUAP07500002"),
        ("can\u2019t stand", "AUAP07500002"),
        ("pink trouble", "USAR10300001"),
        ("p!nk trouble", "USAR10300001"),
        ("夜明け", "JPAA02600001"),
        ("かなりあ", "JPAA02600002"),
        ("svefn g englar", "ISAA09900001"),
        ("svefngenglar", "ISAA09900001"),
        ("дождь", "RUAA02600001"),
    ],
)
def test_recordings_are_found_as_one_types(index: SearchIndex, query: str, isrc: str) -> None:
    assert keys(index, query, Kind.RECORDING)[:1] == [f"recording of {isrc}"]


def test_artists_are_found_once_however_many_releases(index: SearchIndex) -> None:
    more = release("tides2", "More Tides", "Marlow & the Quiet Machines", ("QZSEG2600009", "Ebb"))
    index.replace(["tides2"], documents_of(more))
    assert keys(index, "marlow", Kind.PARTY) == ["party of Marlow & the Quiet Machines"]
    assert len(keys(index, "marlow quiet", Kind.RELEASE)) == 2


@pytest.mark.parametrize(
    "query", ["QZSEG2600002", "QZ-SEG-26-00002", "qzseg2600002", " ISRC QZ-SEG-26-00002 "]
)
def test_an_isrc_jumps_to_its_recording(index: SearchIndex, query: str) -> None:
    hits = index.search(query).hits
    assert hits[0].key == "recording of QZSEG2600002"
    assert hits[0].exact


@pytest.mark.parametrize("query", ["0850012345678", "850012345678", "00850012345678"])
def test_a_barcode_jumps_to_its_release(index: SearchIndex, query: str) -> None:
    hits = index.search(query).hits
    assert (hits[0].kind, hits[0].key, hits[0].exact) == (Kind.RELEASE, "tides", True)


@pytest.mark.parametrize(
    "query", ["", " ", "!?", "\x00", "zzzzzz", "💥", "paper zzzzzz", "pper tids xx", "QZSEG9999999"]
)
def test_nothing_is_found_for_what_is_not_there(index: SearchIndex, query: str) -> None:
    assert index.search(query).hits == ()


@pytest.mark.parametrize(
    "query", ["a" * 10_000, "\ud800", "(" * 500, "title:paper AND *", '+-!(){}[]^"~*?:\\/']
)
def test_hostile_questions_do_no_harm(index: SearchIndex, query: str) -> None:
    assert len(index.search(query).hits) <= 20


def test_short_words_forgive_nothing_but_may_be_cut_short(index: SearchIndex) -> None:
    assert keys(index, "tbt", Kind.RECORDING) == []
    assert keys(index, "pap tides", Kind.RELEASE) == ["tides"]
    assert keys(index, "pa tides", Kind.RELEASE) == []
    assert keys(index, "paper ti", Kind.RELEASE) == ["tides"]
    assert keys(index, "paper ti ", Kind.RELEASE) == []


def test_more_plays_decide_between_equals_but_not_against_a_better_match(
    index: SearchIndex,
) -> None:
    index.replace(["a", "b", "c"], [
        *documents_of(release("a", "Morning Light", "Nova", plays=0)),
        *documents_of(release("b", "Morning Light", "Vega", plays=500)),
        *documents_of(release("c", "Morning Lights Of Town", "Lyra", plays=5_000)),
    ])  # fmt: skip
    assert keys(index, "morning light", Kind.RELEASE) == ["b", "a", "c"]


def test_exact_words_beat_words_with_errors(index: SearchIndex) -> None:
    index.replace(["x", "y"], [
        *documents_of(release("x", "Winter", "Nova", plays=1000)),
        *documents_of(release("y", "Winner", "Nova")),
    ])  # fmt: skip
    assert keys(index, "winner", Kind.RELEASE) == ["y", "x"]


def test_a_replaced_release_has_its_new_words_only(index: SearchIndex) -> None:
    index.replace(["tides"], documents_of(release("tides", "Iron Rain", "Marlow")), position=7)
    assert keys(index, "paper tides") == []
    assert keys(index, "slow harbour") == []
    assert keys(index, "iron rain", Kind.RELEASE) == ["tides"]
    assert index.position == 7
    index.replace(["tides"], [])
    assert keys(index, "iron rain") == []
    assert index.position == 7


def test_keep_is_asked_until_there_are_enough(index: SearchIndex) -> None:
    many = [release(f"m{n:03}", "Same Song", "Nova") for n in range(200)]
    index.replace(
        [entry["id"] for entry in many], [d for entry in many for d in documents_of(entry)]
    )
    late = {f"m{n:03}" for n in range(150, 200)}

    def keep(hit: Hit) -> bool:
        return hit.release_id in late

    found = index.search("same song", kinds=[Kind.RELEASE], limit=30, keep=keep)
    assert len(found.hits) == 30
    assert found.more
    assert {hit.key for hit in found.hits} <= late
    every = index.search("same song", kinds=[Kind.RELEASE], limit=50, keep=keep)
    assert (len(every.hits), every.more) == (50, False)


def test_a_recording_on_two_releases_is_shown_once_from_one_that_is_kept(
    index: SearchIndex,
) -> None:
    again = release(
        "best", "Best Of", "Marlow & the Quiet Machines", ("QZSEG2600001", "Slow Harbour")
    )
    index.replace(["best"], documents_of(again))
    assert keys(index, "slow harbour", Kind.RECORDING) == ["recording of QZSEG2600001"]
    kept = index.search(
        "slow harbour", kinds=[Kind.RECORDING], keep=lambda hit: hit.release_id == "best"
    )
    assert [hit.release_id for hit in kept.hits] == ["best"]


def test_kinds_of_one_answer(index: SearchIndex) -> None:
    hits = index.search("marlow")
    assert [hit.key for hit in hits.of(Kind.PARTY)] == ["party of Marlow & the Quiet Machines"]
    assert {hit.kind for hit in hits.hits} == set(Kind)
    assert hits.hits[0].kind is Kind.PARTY


def test_a_rebuild_forgets_what_was(index: SearchIndex) -> None:
    index.rebuild(documents_of(release("new", "Brand New", "Nova")), position=41)
    assert index.position == 41
    assert keys(index, "paper tides") == []
    assert keys(index, "brand new", Kind.RELEASE) == ["new"]
    index.replace(["old"], documents_of(release("old", "Paper Tides", "Marlow")), position=42)
    assert keys(index, "paper tides", Kind.RELEASE) == ["old"]
