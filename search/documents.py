"""From what the catalogue says of a release to the documents under which it is found. Pure.

A release is a plain dict: `{"id", "title", "artist", "artist_id", "icpn", "label", "genre",
"plays", "words", "tracks": [{"recording_id", "isrc", "title", "artist", "artist_id", "plays",
"words"}]}`; keys that are absent or None count as empty. `words` are moods, themes and the like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.ids import gtin14, isrc
from search.index import Document, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def documents_of(release: Mapping[str, Any]) -> Iterator[Document]:
    """The release, its recordings and its artists."""
    release_id, title = str(release["id"]), _text(release, "title")
    artist, label = _text(release, "artist"), _text(release, "label")
    tracks = list(release.get("tracks") or ())
    icpn = _text(release, "icpn")
    yield Document(
        id=f"release/{release_id}",
        kind=Kind.RELEASE,
        key=release_id,
        release_id=release_id,
        title=title,
        artist=artist,
        context=f"{label} {_text(release, 'genre')} {_text(release, 'words')}".rstrip(),
        codes=(gtin14(icpn),) if icpn else (),
        popularity=_plays(release) or max((_plays(track) for track in tracks), default=0.0),
    )
    for track in tracks:
        yield _recording(release_id, track, f"{title} {label}")
    yield from _parties(release_id, release, tracks)


def _recording(release_id: str, track: Mapping[str, Any], context: str) -> Document:
    recording_id, code = str(track["recording_id"]), isrc(_text(track, "isrc"))
    return Document(
        id=f"recording/{release_id}/{recording_id}",
        kind=Kind.RECORDING,
        key=recording_id,
        release_id=release_id,
        title=_text(track, "title"),
        artist=_text(track, "artist"),
        context=f"{context} {_text(track, 'words')}".rstrip(),
        codes=(code,) if code else (),
        popularity=_plays(track),
    )


def _parties(
    release_id: str, release: Mapping[str, Any], tracks: list[Mapping[str, Any]]
) -> Iterator[Document]:
    """One document for each display artist of the release and its tracks."""
    names: dict[str, str] = {}
    plays: dict[str, float] = {}
    for source in (release, *tracks):
        party_id, name = _text(source, "artist_id"), _text(source, "artist")
        if party_id and name:
            names.setdefault(party_id, name)
            plays[party_id] = plays.get(party_id, 0.0) + _plays(source)
    for party_id, name in names.items():
        yield Document(
            id=f"party/{release_id}/{party_id}",
            kind=Kind.PARTY,
            key=party_id,
            release_id=release_id,
            title=name,
            popularity=plays[party_id],
        )


def _text(source: Mapping[str, Any], name: str) -> str:
    return str(source.get(name) or "")


def _plays(source: Mapping[str, Any]) -> float:
    return float(source.get("plays") or 0)
