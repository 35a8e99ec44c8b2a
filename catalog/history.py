"""What the log says of a release at another time, and what a message changes."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from catalog import decisions, owners, reading as readings
from catalog.census import CLOCKED
from catalog.identity import order_key
from catalog.lifecycle import DecisionKind, ReleaseState, happened
from catalog.log import Log, decided, entry_of
from catalog.models import Decision, Delivery, LoggedMessage, Release
from catalog.named import named, spellings
from catalog.walk import PURGE, Decided, Said, rows, walk
from core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from catalog.log import Books
    from catalog.walk import Entry, Known, Rows
    from ddex.ern.model import Message

Shape = dict[str, Any]
_INNER = {"order_key", "artwork_key", "master_key", "rights", "rights_digest", "published_at"}
"""Columns that only the fold needs, or that say in other words what other columns say."""
_LISTED = 300
"""Territories of a difference that are named; there are fewer."""


def ids_named(session: Session, name: str) -> list[str]:
    """Releases of the log that this id, ICPN or GRid means, also those that were purged."""
    standing = select(Release.id).where(named(name))
    found = list(session.scalars(standing.order_by(Release.id).limit(10)))
    if found:
        return found
    told = (
        select(LoggedMessage.release_id)
        .join(Delivery, Delivery.id == LoggedMessage.delivery_id)
        .where(or_(LoggedMessage.release_id == name, Delivery.icpn.in_(spellings(name))))
        .distinct()
    )
    return [one for one in session.scalars(told.limit(10)) if one]


def at(session: Session, books: Books, name: str, instant: datetime) -> list[Shape]:
    """Each release of this name as it was: by what had arrived and was decided until then.

    Raises:
        NotFound: nothing was ever heard of it.
    """
    ids = ids_named(session, name)
    if not ids:
        raise NotFound(f"the log knows no release {name}", remedy="give its id or its ICPN")
    return [_at(session, books, release_id, instant) for release_id in ids]


def _at(session: Session, books: Books, release_id: str, instant: datetime) -> Shape:
    log = Log(session, books, until=instant, keep=False)
    heard: list[Entry] = []

    def hearing() -> Iterator[Entry]:
        for entry in log.entries(release_id):
            heard.append(entry)
            yield entry

    known = walk(hearing())
    found = _rows(log, release_id, known, instant)
    state = ReleaseState(found.release["state"]) if found.release else None
    return {
        "id": release_id,
        "at": instant.astimezone(UTC).isoformat(),
        "state": state.value if state else ("purged" if heard else "unknown"),
        "message": _message(session, known.last),
        "entries": [_entry(one) for one in heard],
        "release": _plain(found.release) if found.release else None,
        "tracks": [_plain(one) for one in found.tracks],
        "decisions": [
            decisions.to_json(one)
            for one in decisions.of_release(session, release_id)
            if one.decided_at <= instant
        ],
    }


def _rows(log: Log, release_id: str, known: Known, now: datetime) -> Rows:
    owner = log.routes.owner(release_id) or (known.last.reading.owner if known.last else "")
    return rows(release_id, owner, known, now, log.policies)


def _message(session: Session, said: Said | None) -> Shape | None:
    row = session.get(LoggedMessage, said.id) if said else None
    if row is None:
        return None
    return {
        "id": row.message_id,
        "delivery": row.delivery_id,
        "feed": row.feed_id,
        "batch": row.batch,
        "order_stamp": row.order_stamp,
        "arrived_at": row.arrived_at.isoformat(),
        "digest": row.digest,
    }


def _entry(entry: Entry) -> Shape:
    if isinstance(entry, Said):
        arrived = entry.arrived_at.isoformat()
        return {"order": entry.key.partition("|")[0], "type": entry.reading.type,
                "id": entry.id, "feed": entry.feed_id, "arrived_at": arrived}  # fmt: skip
    return {"order": entry.key.partition("|")[0], "type": entry.kind.value, "id": entry.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message whose effect is asked for, as the log has it or would have it. `entry` is what acts
    on the release: the message, or the decision that lets a stranger's purge pass; None for a test,
    which is never applied."""

    entry: Entry | None
    type: str
    release_id: str
    logged: bool


def of_logged(session: Session, books: Books, row: LoggedMessage) -> Asked:
    """A message of the log, accepted or not."""
    message = books(row.digest)
    if row.outcome != "accept":
        return _ahead(session, row, message)
    approved = _approved(session, row) if row.type == PURGE else None
    if approved is not None:
        return approved
    routed = Log(session).routes.of(row.feed_id, row.release_id or "", row.order_key)
    said = entry_of(row, readings.read(message))
    return Asked(entry=said, type=row.type, release_id=routed, logged=True)


def of_file(session: Session, message: Message, digest: str, feed_id: str, now: datetime) -> Asked:
    """A message that nobody has delivered: as if it came in a batch of now."""
    row = LoggedMessage(
        id=f"file:{digest[:20]}",
        feed_id=feed_id,
        digest=digest,
        order_stamp=decisions.stamp(now),
        created_at=message.header.created,
        sender=message.header.sender_dpid,
        arrived_at=now,
        media={},
    )
    row.order_key = order_key(row)
    return _ahead(session, row, message)


def _ahead(session: Session, row: LoggedMessage, message: Message) -> Asked:
    """What is not applied, as it will be: a purge by a stranger once the operator lets it pass."""
    entry: Entry | None = entry_of(row, readings.read(message))
    meant = owners.meant(session, row.feed_id, message) or ""
    release_id = Log(session).routes.of(row.feed_id, meant, row.order_key)
    found = owners.purged_by(session, row.feed_id, message) if message.type == PURGE else None
    if found is not None and not found[1]:
        release_id = found[0].id
        entry = Decided(key=owners.NOW, id=row.id, kind=DecisionKind.PURGE)
    if row.outcome == "test" or message.header.control_type == "TestMessage":
        entry = None
    return Asked(entry=entry, type=message.type, release_id=release_id, logged=False)


def _approved(session: Session, row: LoggedMessage) -> Asked | None:
    """The decision by which an operator let a stranger's purge pass; None where there is none."""
    delivery = session.get(Delivery, row.delivery_id)
    if delivery is None or delivery.release_id in {None, row.release_id}:
        return None
    query = select(Decision).where(
        Decision.release_id == delivery.release_id,
        Decision.kind == DecisionKind.PURGE,
        Decision.decided_at >= row.arrived_at,
    )
    made = session.scalars(query.order_by(Decision.order_key).limit(1)).first()
    if made is None:
        return None
    entry = decided(made, None)
    return Asked(entry=entry, type=PURGE, release_id=made.release_id or "", logged=True)


def diff(session: Session, books: Books, asked: Asked, now: datetime) -> Shape:
    """What the message changes: of the log, against what stood before it in the order; else
    against today's catalogue, with all that came later."""
    log = Log(session, books, keep=False)
    entry = asked.entry
    others = [one for one in log.entries(asked.release_id) if entry is None or one.id != entry.id]
    if entry is not None and asked.logged:
        others = [one for one in others if one.key < entry.key]
    added = [entry] if entry is not None else []
    together = list(heapq.merge(others, added, key=lambda one: one.key))
    old, new = walk(others), walk(together)
    before = _rows(log, asked.release_id, old, now)
    after = _rows(log, asked.release_id, new, now)
    return {
        "release": asked.release_id,
        "type": asked.type,
        "applied": asked.logged,
        "effect": _effect(before, after, new, asked),
        "title": (after.release or before.release or {}).get("title", ""),
        "fields": _fields(before.release or {}, after.release or {}, _RELEASE_LEFT),
        "tracks": _tracks(_described(before), _described(after)),
        "deals": _deals(before.release or {}, after.release or {}),
    }


def _effect(before: Rows, after: Rows, known: Known, asked: Asked) -> str:
    if before == after:
        return "nothing"
    if asked.entry is None or not known.counts(asked.entry.id):
        return "recorded"
    old = ReleaseState(before.release["state"]) if before.release else None
    new = ReleaseState(after.release["state"]) if after.release else ReleaseState.PURGED
    return happened(old, new).value if old or asked.type != PURGE else "nothing"


_RELEASE_LEFT = {*CLOCKED, *_INNER, "id", "owner", "message_digest"}
_TRACK_LEFT = {"release_id", "recording_id", "position"}


def _fields(old: Mapping[str, Any], new: Mapping[str, Any], left: Iterable[str]) -> list[Shape]:
    names = [name for name in {**old, **new} if name not in left]
    return [
        {"field": name, "before": old.get(name), "after": new.get(name)}
        for name in names
        if old.get(name) != new.get(name)
    ]


def _described(found: Rows) -> list[Shape]:
    """Tracks with what is said of their recordings, and the key of their audio."""
    heard = {one["recording_id"]: {**one["facts"], "audio": one["master"]} for one in found.sources}
    return [{**heard.get(one["recording_id"], {}), **one} for one in found.tracks]


def _tracks(old: list[Shape], new: list[Shape]) -> list[Shape]:
    """By recording: added, removed, moved or changed."""
    was = {one["recording_id"]: one for one in reversed(old)}
    is_ = {one["recording_id"]: one for one in reversed(new)}
    found = []
    for key in {**was, **is_}:
        a, b = was.get(key), is_.get(key)
        fields = _fields(a or {}, b or {}, _TRACK_LEFT) if a and b else []
        change = "added" if a is None else "removed" if b is None else "changed"
        if change == "changed" and not fields and a and b and a["position"] == b["position"]:
            continue
        one = b or a or {}
        found.append(
            {
                "recording": key,
                "title": one.get("title", ""),
                "change": change,
                "before": a["position"] if a else None,
                "after": b["position"] if b else None,
                "fields": fields,
            }
        )
    return sorted(found, key=lambda one: (one["after"] or one["before"] or 0, one["recording"]))


def _deals(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Shape]:
    """Territories whose deals differ, each with its terms before and after."""
    was, is_ = _by_territory(old), _by_territory(new)
    differing = [code for code in sorted({*was, *is_}) if was.get(code) != is_.get(code)]
    return [
        {"territory": code, "before": was.get(code, []), "after": is_.get(code, [])}
        for code in differing[:_LISTED]
    ]


def _by_territory(release: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rights = release.get("rights") or {}
    subjects = rights.get("subjects") or []
    for subject in subjects:
        for number in subject["deals"]:
            deal = rights["deals"][number]
            text = f"{subject['kind']} {subject['reference']}: {_terms(deal)}"
            for code in deal["territories"] or ["Worldwide"]:
                found.setdefault(code, []).append(text)
    return {code: sorted(set(texts)) for code, texts in found.items()}


def _terms(deal: Mapping[str, Any]) -> str:
    if deal["is_takedown"]:
        return "taken down"
    models = "+".join(deal["commercial_models"]) or "any model"
    uses = "+".join(deal["use_types"]) or "no use"
    spans = ", ".join(f"{a or '…'} to {b or '…'}" for a, b in deal["periods"]) or "always"
    but = f" but {'+'.join(deal['excluded_territories'])}" if deal["excluded_territories"] else ""
    marks = [name for name in ("is_pre_order", "is_out_of_band") if deal[name]]
    return f"{models}/{uses} {spans}{but}{' ' + ' '.join(marks) if marks else ''}"


def _plain(row: Mapping[str, Any]) -> Shape:
    """Columns as JSON values, without those that only the fold needs."""
    return {
        name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in _INNER - {"published_at"}
    }
