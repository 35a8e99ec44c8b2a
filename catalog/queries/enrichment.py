"""What senders tell listeners about a release and its tracks, by precedence: three queries.

A release's own feed speaks first; other feeds only when the operator lets them, and only of what
the feeds before them did not speak of. Of one feed the newest message about a subject counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal, or_, select, tuple_
from sqlalchemy.orm import load_only

from catalog.models import Enrichment, Feed, Recording, Release, Track
from catalog.queries.enrichment_words import LISTS, NOTES, TAGS, line, note, word
from ddex.mead.keys import key, name_key
from ddex.mead.model import PARTY, RECORDING, RELEASE, WORK, Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

Shape = dict[str, Any]
Subject = tuple[str, str]
"""Kind and key."""

OTHERS = "enriches_others"
"""Of a feed's policy: it may speak of releases that other feeds delivered."""

MOST = 24
"""Values of one kind that are shown."""
_CHUNK = 200
_NAMING = (
    Release.feed_id, Release.icpn, Release.grid, Release.proprietary_ids, Release.artist
)  # fmt: skip
_SEARCHED = ("mood", "activity", "theme", "lyric_theme", "epoch", "genre", "subgenre", "style")


@dataclass(frozen=True, slots=True)
class Said:
    """A fact with who said it, and the language of the message."""

    fact: Fact
    source: str
    language: str


def about_release(session: Session, release_id: str, territory: str) -> Shape | None:
    """What is told of a release, None when nothing is: a subject's shape (`tags`, `notes`, `lists`,
    `images`) with `artist` (the same of its artist), `tracks` (by recording id) and `focus`
    (recording ids to listen to first).

    `tags`: `[{kind, label, values: [{text, source}]}]`; `notes`: `[{kind, label, text, language,
    author, source}]`; `lists`: `[{kind, label, lines: [{text, source}]}]`; `images`: addresses.
    """
    found = _found(session, [release_id])
    if not found:
        return None
    [(release, tracks)] = found
    subjects = {
        RELEASE: [(RELEASE, each) for each in release_keys(release)],
        PARTY: [(PARTY, name_key(release.artist))] if release.artist else [],
        **dict(tracks),
    }
    rows = _rows(session, [release_id], [each for group in subjects.values() for each in group])
    heard = {
        name: said(rows, wanted, release.feed_id, territory) for name, wanted in subjects.items()
    }
    if not any(heard.values()):
        return None
    codes = {code: recording for recording, named in tracks for _, code in named}
    return {
        **_shape(heard[RELEASE]),
        "artist": _shape(heard[PARTY]),
        "tracks": {name: _shape(heard[name]) for name, _ in tracks if heard[name]},
        "focus": list(
            dict.fromkeys(
                [
                    *_focus([*heard[RELEASE], *heard[PARTY]], codes),
                    *(name for name, _ in tracks if _says(heard[name], "focus")),
                ]
            )
        ),
    }


def words(session: Session, release_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """Moods, themes and the like as words to search by, by (release id, recording id); those of the
    release itself under an empty recording id. Only what holds everywhere."""
    subjects: dict[tuple[str, str], list[Subject]] = {}
    owners: dict[str, str] = {}
    for release, tracks in _found(session, release_ids):
        owners[release.id] = release.feed_id
        subjects[release.id, ""] = [(RELEASE, each) for each in release_keys(release)]
        subjects.update({(release.id, recording): named for recording, named in tracks})
    rows = _rows(session, list(owners), [each for group in subjects.values() for each in group])
    told = {}
    for place, wanted in subjects.items():
        if rows:
            heard = said(rows, wanted, owners[place[0]], "")
            text = " ".join(word(one.fact) for one in heard if one.fact.kind in _SEARCHED)
            if text:
                told[place] = text[:2000]
    return told


def release_keys(release: Release) -> list[str]:
    """The keys under which a release is enriched."""
    found = [
        key("ICPN", release.icpn or ""),
        key("GRid", release.grid or ""),
        *(f"ProprietaryId:{own}"[:255] for own in release.proprietary_ids),
    ]
    return [each for each in found if each]


def speaks(feed: Feed | None, owner_feed: str) -> bool:
    """Whether a feed may speak of what `owner_feed` delivered."""
    return feed is not None and (feed.id == owner_feed or feed.policy.get(OTHERS) is True)


def said(
    rows: Mapping[Subject, Sequence[tuple[Enrichment, Feed]]],
    wanted: Iterable[Subject],
    owner_feed: str,
    territory: str,
) -> list[Said]:
    """The facts about one subject that hold in a territory, the first voice first."""
    found = [
        (row, feed)
        for subject in wanted
        for row, feed in rows.get(subject, ())
        if speaks(feed, owner_feed) and row.territory in {"", territory}
    ]
    found.sort(key=lambda pair: pair[0].order_key, reverse=True)
    found.sort(key=lambda pair: (pair[1].id != owner_feed, pair[0].territory == ""))
    heard: list[Said] = []
    newest: dict[tuple[str, str, str], str] = {}
    spoken: dict[str, str] = {}  # by kind of fact, the digest of the message that speaks of it
    for row, feed in found:
        if newest.setdefault((row.kind, feed.id, row.territory), row.digest) != row.digest:
            continue  # found by another identifier, and said before
        for one in _facts(row, feed, territory):
            if spoken.setdefault(one.fact.kind, row.digest) == row.digest and one not in heard:
                heard.append(one)
    return heard


def _facts(row: Enrichment, feed: Feed, territory: str) -> Iterator[Said]:
    names = row.about.get("sources", {})
    for data in row.about["facts"]:
        fact = Fact.from_json(data)
        if fact.territory in {"", "Worldwide", territory}:
            source = next((names[each] for each in fact.sources if names.get(each)), feed.name)
            yield Said(fact, source, row.about.get("language", ""))


def _rows(
    session: Session, release_ids: Sequence[str], subjects: Sequence[Subject]
) -> dict[Subject, list[tuple[Enrichment, Feed]]]:
    """What is told of these subjects; of recordings on these releases in one query for all."""
    found: dict[Subject, list[tuple[Enrichment, Feed]]] = {}
    on = (
        select(literal("ISRC:") + Recording.isrc)
        .join(Track, Track.recording_id == Recording.id)
        .where(Track.release_id.in_(release_ids))
    )
    others = [subject for subject in subjects if subject[0] != RECORDING]
    wanted = or_(
        and_(Enrichment.kind == RECORDING, Enrichment.key.in_(on)),
        tuple_(Enrichment.kind, Enrichment.key).in_(others[:_CHUNK]),
    )
    query = select(Enrichment, Feed).join(Feed, Feed.id == Enrichment.feed_id)
    for row, feed in session.execute(query.where(wanted)):
        found.setdefault((row.kind, row.key), []).append((row, feed))
    for start in range(_CHUNK, len(others), _CHUNK):
        more = tuple_(Enrichment.kind, Enrichment.key).in_(others[start : start + _CHUNK])
        for row, feed in session.execute(query.where(more)):
            found.setdefault((row.kind, row.key), []).append((row, feed))
    return found


def _found(
    session: Session, release_ids: Sequence[str]
) -> list[tuple[Release, list[tuple[str, list[Subject]]]]]:
    """Each release with its recordings, and what each is enriched as: recording, then works."""
    query = (
        select(Release, Recording.id, Recording.isrc, Recording.works)
        .outerjoin(Track, Track.release_id == Release.id)
        .outerjoin(Recording, Recording.id == Track.recording_id)
        .where(Release.id.in_(release_ids))
        .order_by(Release.id, Track.position)
        .options(load_only(*_NAMING))
    )
    found: dict[str, tuple[Release, list[tuple[str, list[Subject]]]]] = {}
    for release, recording, isrc, works in session.execute(query):
        _, tracks = found.setdefault(release.id, (release, []))
        if recording is not None:
            tracks.append((recording, list(_subjects(isrc, works))))
    return list(found.values())


def _subjects(isrc: str, works: Sequence[str]) -> Iterator[Subject]:
    codes = [(RECORDING, key("ISRC", isrc)), *((WORK, key("ISWC", iswc)) for iswc in works)]
    yield from ((kind, code) for kind, code in codes if code)


def _shape(heard: Sequence[Said]) -> Shape:
    return {
        "tags": list(_tags(heard)),
        "notes": [
            note(one.fact, one.language, one.source) for one in heard if one.fact.kind in NOTES
        ][:MOST],
        "lists": list(_lists(heard)),
        "images": [one.fact.value[:2000] for one in heard if one.fact.kind == "image"][:MOST],
    }


def _tags(heard: Sequence[Said]) -> Iterator[Shape]:
    for kind, label in TAGS.items():
        values = {word(one.fact): one.source for one in heard if one.fact.kind == kind}
        values.pop("", None)
        if values:
            shown = [{"text": text, "source": source} for text, source in values.items()]
            yield {"kind": kind, "label": label, "values": shown[:MOST]}


def _lists(heard: Sequence[Said]) -> Iterator[Shape]:
    for kind, (label, _) in LISTS.items():
        lines = {line(one.fact): one.source for one in heard if one.fact.kind == kind}
        lines.pop("", None)
        if lines:
            shown = [{"text": text, "source": source} for text, source in lines.items()]
            yield {"kind": kind, "label": label, "lines": shown[:MOST]}


def _says(heard: Sequence[Said], kind: str) -> bool:
    return any(one.fact.kind == kind for one in heard)


def _focus(heard: Sequence[Said], codes: Mapping[str, str]) -> list[str]:
    named = (
        key("ISRC", one.fact.detail("ResourceId/ISRC") or one.fact.value)
        for one in heard
        if one.fact.kind == "focus_track"
    )
    return [codes[each] for each in named if each and each in codes]
