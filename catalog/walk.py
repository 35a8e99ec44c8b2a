"""The fold itself: entries of one release, in their order, to what the catalogue says of it. Pure.

Messages and decisions sort by `key`. The greatest message says all there is to say; what it does
not resend, its binaries, stays from the one before. A purge takes everything away that its sender
said; a transfer decides whose messages count from there on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from catalog.lifecycle import DecisionKind
from catalog.rights_policy import DEFAULT, RightsPolicy
from catalog.rights_terms import ReleaseTerms
from catalog.standing import standing_of
from core.ids import public_id
from ddex.identifiers import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from catalog.reading import Reading

Shape = dict[str, Any]
Policies = dict[str, RightsPolicy]
"""What was agreed on rights, by feed."""
PURGE = "PurgeReleaseMessage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of the log, read."""

    key: str
    id: str
    feed_id: str
    sender: str
    digest: str
    arrived_at: datetime
    reading: Reading
    media: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision of an operator. `sender` is the DPID of the feed that a transfer names."""

    key: str
    id: str
    kind: DecisionKind
    feed_id: str = ""
    sender: str = ""


Entry = Said | Decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of one recording: who described it last, who brought its audio last."""

    key: str
    facts: Shape
    master: str | None = None
    master_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What all entries so far make of a release. `last` is the message that speaks.

    `ruled` is the entry that last changed anything; `holder` the feed that alone may speak.
    """

    last: Said | None = None
    ruled: str = ""
    holder: str = ""
    holder_sender: str = ""
    locked: str = ""
    artwork: str | None = None
    artwork_key: str = ""
    published_at: datetime | None = None
    heard: Mapping[str, Heard] = field(default_factory=dict)

    def counts(self, entry_id: str) -> bool:
        """Whether an entry says what holds: a message does too that an operator's decision, such
        as a take-down, follows in the order."""
        return entry_id in {self.ruled, self.last.id if self.last else ""}


NOTHING = Known()


def walk(entries: Iterable[Entry], known: Known = NOTHING) -> Known:
    """All entries, sorted by their keys."""
    for entry in entries:
        known = step(known, entry)
    return known


def step(known: Known, entry: Entry) -> Known:
    """One entry more, later than all before it."""
    if isinstance(entry, Decided):
        return _decide(known, entry)
    if known.holder and entry.feed_id != known.holder:
        return known
    if entry.reading.type == PURGE:
        return _purge(known, entry.id) if _may_purge(known, entry) else known
    return _speak(known, entry)


def _speak(known: Known, said: Said) -> Known:
    arrived = min(said.arrived_at, known.published_at or said.arrived_at)
    cover = next((said.media[name] for name in said.reading.images if name in said.media), None)
    heard = dict(known.heard)
    for one in said.reading.recordings:
        before = heard.get(one["key"])
        master = said.media.get(one["reference"])
        heard[one["key"]] = Heard(
            key=said.key,
            facts=one["facts"],
            master=master or (before.master if before else None),
            master_key=said.key if master else (before.master_key if before else ""),
        )
    return replace(
        known,
        last=said,
        ruled=said.id,
        artwork=cover or known.artwork,
        artwork_key=said.key if cover else known.artwork_key,
        published_at=arrived,
        heard=heard,
    )


def _may_purge(known: Known, purge: Said) -> bool:
    """Only who sent the deals that stand."""
    if known.last is None:
        return False
    return bool(known.holder) or compact(purge.sender) == compact(known.last.sender)


def _purge(known: Known, by: str) -> Known:
    return Known(ruled=by, holder=known.holder, holder_sender=known.holder_sender)


def _decide(known: Known, entry: Decided) -> Known:
    match entry.kind:
        case DecisionKind.TRANSFER:
            return replace(known, ruled=entry.id, holder=entry.feed_id, holder_sender=entry.sender)
        case DecisionKind.TAKE_DOWN:
            return replace(known, ruled=entry.id, locked="take_down")
        case DecisionKind.RESTORE:
            return replace(known, ruled=entry.id, locked="")
        case DecisionKind.PURGE:
            return _purge(known, entry.id)
        case _:
            return known


@dataclass(frozen=True, slots=True)
class Rows:
    """What a release makes of the catalogue: columns of its row (None when it has none), of its
    tracks, and of its sources."""

    release: Shape | None
    tracks: list[Shape]
    sources: list[Shape]


def rows(release_id: str, owner: str, known: Known, now: datetime, policies: Policies) -> Rows:
    """Columns by name. Only `state` and `next_change` depend on `now` and on the feed's policy."""
    if known.last is None:
        return Rows(None, [], [])
    said, reading = known.last, known.last.reading
    feed_id = known.holder or said.feed_id
    policy = policies.get(feed_id, DEFAULT)
    state, change = standing_of(reading.rights, known.locked, policy, now)
    terms = _terms(owner, reading)
    release = {
        **reading.release,
        "id": release_id,
        "owner": owner,
        "feed_id": feed_id,
        "sender": compact(known.holder_sender or said.sender),
        "artist_id": _artist_id(owner, reading.release["artist"]),
        "rights": terms.to_json(),
        "rights_digest": terms.digest,
        "locked": known.locked,
        "artwork": known.artwork,
        "artwork_key": known.artwork_key,
        "published_at": known.published_at,
        "message_digest": said.digest,
        "order_key": said.key,
        "state": state.value,
        "next_change": change,
    }
    return Rows(
        release,
        _tracks(release_id, owner, reading),
        _sources(release_id, owner, known),
    )


def _terms(owner: str, reading: Reading) -> ReleaseTerms:
    """The message's terms with the ids that its recordings have here."""
    found = ReleaseTerms.from_json(reading.rights)
    subjects = (
        replace(one, recording=public_id("recording", owner, one.recording))
        if one.recording
        else one
        for one in found.subjects
    )
    return replace(found, subjects=tuple(subjects))


def _artist_id(owner: str, artist: str) -> str | None:
    return public_id("party", owner, artist) if artist else None


def _tracks(release_id: str, owner: str, reading: Reading) -> list[Shape]:
    found = []
    for position, track in enumerate(reading.tracks, 1):
        columns = {name: track[name] for name in _TRACK}
        found.append(
            {
                **columns,
                "release_id": release_id,
                "position": position,
                "recording_id": public_id("recording", owner, track["key"]),
            }
        )
    return found


_TRACK = ("disc", "number", "title", "artist", "flags", "work")


def _sources(release_id: str, owner: str, known: Known) -> list[Shape]:
    return [
        {
            "release_id": release_id,
            "recording_id": public_id("recording", owner, key),
            "owner": owner,
            "isrc": key[:40],
            "order_key": one.key,
            "facts": one.facts,
            "master": one.master,
            "master_key": one.master_key,
        }
        for key, one in known.heard.items()
    ]


def recording(sources: Iterable[Mapping[str, Any]]) -> Shape:
    """A recording by all its sources: the newest describes it, the newest audio is its master."""
    found = list(sources)
    newest = max(found, key=lambda one: one["order_key"])
    audio = max(found, key=lambda one: one["master_key"])
    return {
        **newest["facts"],
        "id": newest["recording_id"],
        "owner": newest["owner"],
        "isrc": newest["isrc"],
        "order_key": newest["order_key"],
        "master": audio["master"],
        "master_key": audio["master_key"],
    }
