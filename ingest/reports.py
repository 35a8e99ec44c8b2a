"""What Segue finds out about a message that changes no release: how a catalogue list compares with
what is here, and what an enrichment speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from catalog.lifecycle import ReleaseState
from catalog.models import DeliveryReport, Feed, Recording, Release, Track
from catalog.queries.enrichment import release_keys, speaks
from ddex.ern.model import for_territory
from ddex.mead.keys import key, keys
from ddex.mead.model import PARTY, RECORDING, RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from ddex.ern.model import CatalogItem, Message
    from ddex.mead.model import Mead, Subject

Shape = dict[str, Any]
LISTED = 1_000
"""Entries of one list of a report; the rest is counted."""


def keep(session: Session, delivery_id: str, report: Shape) -> None:
    """The report of a delivery; one made again replaces the one before."""
    row = session.get(DeliveryReport, delivery_id) or DeliveryReport(delivery_id=delivery_id)
    row.kind, row.report = report["kind"], report
    session.add(row)


def of_catalogue(session: Session, feed_id: str, message: Message) -> Shape:
    """A CatalogListMessage against what this feed delivered: `{"kind": "catalogue", "published",
    "listed", "counts": {group: n}, "live", "taken_down", "unknown", "not_listed"}`, each group a
    list of `{identifier, title, artist, release_id, territories}`."""
    releases = session.scalars(
        select(Release).where(Release.feed_id == feed_id).order_by(Release.artist, Release.title)
    ).all()
    known = {each: release for release in releases for each in release_keys(release)}
    groups: dict[str, list[Shape]] = {
        name: [] for name in ("live", "taken_down", "unknown", "not_listed")
    }
    seen: set[str] = set()
    for item in message.catalog_items:
        codes = _codes(item)
        release = next((known[code] for code in codes if code in known), None)
        name = release.id if release else (codes[0] if codes else item.place.xpath)
        if name in seen:
            continue  # one release is listed territory by territory
        seen.add(name)
        groups[_group(release)].append(_entry(item, codes, release))
    groups["not_listed"] = [
        _own(release)
        for release in releases
        if release.id not in seen and _group(release) == "live"
    ]
    return {
        "kind": "catalogue",
        "published": message.publication_date,
        "listed": len(message.catalog_items),
        "counts": {name: len(found) for name, found in groups.items()},
        **{name: found[:LISTED] for name, found in groups.items()},
    }


def _codes(item: CatalogItem) -> list[str]:
    found = (key(each.kind, each.value, each.namespace) for each in item.identifiers)
    return [each for each in found if each]


def _group(release: Release | None) -> str:
    if release is None:
        return "unknown"
    gone = release.state in {ReleaseState.TAKEN_DOWN, "purged"}
    return "taken_down" if gone else "live"


def _entry(item: CatalogItem, codes: Sequence[str], release: Release | None) -> Shape:
    title = for_territory(item.titles)
    return {
        "identifier": codes[0] if codes else "",
        "title": title.text[:1000] if title else "",
        "artist": item.display_artist_name[:1000],
        "release_id": release.id if release else None,
        "territories": list(item.territories[:300]),
    }


def _own(release: Release) -> Shape:
    codes = release_keys(release)
    return {
        "identifier": codes[0] if codes else release.identity,
        "title": release.title,
        "artist": release.artist,
        "release_id": release.id,
        "territories": [],
    }


def of_enrichment(session: Session, feed_id: str, message: Mead) -> Shape:
    """What a MeadMessage speaks of: `{"kind": "enrichment", "counts": {status: n}, "subjects":
    [{kind, identifier, title, facts, status, releases}]}`; `status` is `applied`, `waiting` (nobody
    delivered it yet) or `foreign` (others did, and this feed may not speak of theirs)."""
    feed = session.get_one(Feed, feed_id)
    known = _known(session, message.subjects)
    counts = {"applied": 0, "waiting": 0, "foreign": 0}
    listed = []
    for subject in message.subjects:
        found = [pair for code in keys(subject) for pair in known.get((subject.kind, code), ())]
        own = sorted({name for name, owner in found if speaks(feed, owner)})
        status = "applied" if own else "foreign" if found else "waiting"
        counts[status] += 1
        codes = keys(subject)
        listed.append(
            {
                "kind": subject.kind,
                "identifier": codes[0] if codes else "",
                "title": subject.title[:1000],
                "facts": len(subject.facts),
                "status": status,
                "releases": own[:LISTED],
            }
        )
    return {"kind": "enrichment", "counts": counts, "subjects": listed[:LISTED]}


_CHUNK = 400
Known = dict[tuple[str, str], list[tuple[str, str]]]
"""By kind and key of a subject: (release id, its feed)."""


def _known(session: Session, subjects: Sequence[Subject]) -> Known:
    """The releases that these subjects are about."""
    wanted = sorted({(subject.kind, code) for subject in subjects for code in keys(subject)})
    found: Known = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        for kind in (RELEASE, RECORDING, PARTY):
            values = {code.partition(":")[2]: code for one, code in chunk if one == kind}
            for value, release_id, feed_id in _rows(session, kind, list(values)):
                found.setdefault((kind, values[value]), []).append((release_id, feed_id))
    return found


def _rows(session: Session, kind: str, values: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(value, release id, feed) of what is here under these identifiers or names."""
    if not values:
        return
    bare = func.replace(Release.grid, "-", "")
    name = func.lower(Release.artist)
    queries = {
        RELEASE: [
            select(Release.identity, Release.id, Release.feed_id).where(
                Release.identity.in_(values)
            ),
            select(bare, Release.id, Release.feed_id).where(bare.in_(values)),
        ],
        RECORDING: [
            select(Recording.isrc, Release.id, Release.feed_id)
            .join(Track, Track.recording_id == Recording.id)
            .join(Release, Release.id == Track.release_id)
            .where(Recording.isrc.in_(values))
        ],
        PARTY: [select(name, Release.id, Release.feed_id).where(name.in_(values))],
    }
    for query in queries[kind]:
        yield from ((row[0], row[1], row[2]) for row in session.execute(query))


def releases(session: Session, delivery_id: str) -> list[str]:
    """The releases that an enrichment was applied to."""
    row = session.get(DeliveryReport, delivery_id)
    subjects = row.report.get("subjects", ()) if row is not None else ()
    return list(dict.fromkeys(name for subject in subjects for name in subject["releases"]))
