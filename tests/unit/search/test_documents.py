"""From a release to its documents."""

from __future__ import annotations

from search.documents import documents_of
from search.index import Kind


def test_a_release_with_two_tracks_and_a_guest() -> None:
    documents = list(
        documents_of(
            {
                "id": "r1",
                "title": "Paper Tides",
                "artist": "Marlow",
                "artist_id": "p1",
                "icpn": "850012345678",
                "label": "Sleepwalk",
                "tracks": [
                    {"recording_id": "a", "isrc": "qz-seg-26-00001", "title": "One",
                     "artist": "Marlow", "artist_id": "p1", "plays": 3},
                    {"recording_id": "b", "isrc": None, "title": "Two", "artist": "Vega",
                     "artist_id": "p2", "plays": 5},
                ],
            }
        )
    )  # fmt: skip
    assert [(d.kind, d.key) for d in documents] == [
        (Kind.RELEASE, "r1"),
        (Kind.RECORDING, "a"),
        (Kind.RECORDING, "b"),
        (Kind.PARTY, "p1"),
        (Kind.PARTY, "p2"),
    ]
    assert documents[0].codes == ("00850012345678",)
    assert documents[0].popularity == 5
    assert documents[1].codes == ("QZSEG2600001",)
    assert documents[2].codes == ()
    assert {d.release_id for d in documents} == {"r1"}


def test_a_bare_release() -> None:
    (only,) = documents_of({"id": "r2", "title": None})
    assert (only.title, only.codes, only.popularity) == ("", (), 0.0)
