"""The catalogue as a fold over the message log: the only writer of releases, recordings, tracks.

Messages sort by (order stamp of the batch, MessageCreatedDateTime, digest, feed); the greatest of a
release says all there is to say of it. What a message does not resend, its binaries, stays: the
newest message that brought them counts. So a late older message may still bring audio or a cover,
and any order of arrival gives the same catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone
from typing import TYPE_CHECKING

from sqlalchemy import delete

from catalog.deal_terms import FIRST, DateUnreadable, end_instant
from catalog.lifecycle import ReleaseState
from catalog.models import Event, Recording, Release, Track
from catalog.rights import DealTerms
from core.ids import gtin14, isrc, public_id
from ddex.ern.model import Message, Resource, ResourceGroup, for_territory
from ddex.identifiers import compact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.models import LoggedMessage
    from ddex.ern.model import Credit, Deal, Localized, Release as ErnRelease

PRIMARY = {"SoundRecording"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A primary resource at its place: disc and track number, 1-based."""

    disc: int
    number: int
    resource: Resource


def owner_of(message: Message) -> str:
    """The DPID that the release's ids derive from: SentOnBehalfOf, else the sender. Without
    hyphens, which some write and others don't."""
    return compact(message.header.on_behalf_of_dpid or message.header.sender_dpid)


def identity_of(release: ErnRelease) -> str:
    """The identity of a main release: GTIN-14, else GRid, else namespace::value."""
    icpn = release.identifier("ICPN")
    if icpn:
        return gtin14(icpn)
    grid = release.identifier("GRid")
    if grid:
        return grid.replace("-", "").upper()
    own = next((i for i in release.identifiers if i.kind == "ProprietaryId"), None)
    return f"{own.namespace}::{own.value}" if own else release.reference


def release_id_of(message: Message) -> str | None:
    """The public id of the message's main release."""
    main = message.main_release
    return public_id("release", owner_of(message), identity_of(main)) if main else None


def recording_key(message: Message, resource: Resource) -> str:
    """The identity of a recording: its ISRC, else its proprietary id, else the release and its
    anchor there, because anchors repeat from message to message."""
    found = resource.identifier("ISRC")
    if found:
        return isrc(found)
    own = next((i for i in resource.identifiers if i.kind == "ProprietaryId"), None)
    if own:
        return f"{own.namespace}::{own.value}"
    main = message.main_release
    return f"{identity_of(main) if main else ''}#{resource.reference}"


def recording_id_of(message: Message, resource: Resource) -> str:
    """The public id of a recording of this message's owner."""
    return public_id("recording", owner_of(message), recording_key(message, resource))


def order_key(logged: LoggedMessage) -> str:
    """Sorts messages; plain text order is time order. At most 130 characters."""
    at = logged.created_at.astimezone(UTC) if logged.created_at else None
    created = f"{at.year:04d}{at:%m%d%H%M%S%f}" if at else "0" * 20
    return f"{logged.order_stamp}|{created}|{logged.digest}|{logged.feed_id}"


def placed(message: Message) -> list[Placed]:
    """The primary resources of the main release in their order."""
    main = message.main_release
    if main is None:
        return []
    if main.resource_group is None:
        found = [message.resource(r) for r in main.resource_references]
        primary = [r for r in found if r and r.kind in PRIMARY]
        return [Placed(1, n, r) for n, r in enumerate(primary, 1)]
    groups = (
        [r for r in map(message.resource, items) if r and r.kind in PRIMARY]
        for items in _discs(main.resource_group)
    )
    heard = [primary for primary in groups if primary]  # a booklet is no disc
    return [
        Placed(disc, number, resource)
        for disc, primary in enumerate(heard, 1)
        for number, resource in enumerate(primary, 1)
    ]


def _discs(group: ResourceGroup) -> Iterator[list[str]]:
    """Resource references of each disc; groups within a disc are flattened in order."""
    own = [i.resource_reference for i in sorted(group.items, key=lambda i: i.sequence or 0)]
    if own:
        yield own
    for inner in sorted(group.groups, key=lambda g: g.sequence or 0):
        flat = [reference for part in _discs(inner) for reference in part]
        if flat:
            yield flat


def apply(session: Session, logged: LoggedMessage, message: Message, now: datetime) -> Event | None:
    """Let one accepted message speak. Returns the event that it caused, None when a newer message
    of the release was applied before."""
    main, release_id = message.main_release, release_id_of(message)
    if main is None or release_id is None:
        return None
    places = placed(message)
    for place in places:
        _write_recording(session, logged, message, place.resource)
    old = session.get(Release, release_id)
    key = order_key(logged)
    was_available = old is not None and old.state == ReleaseState.AVAILABLE
    release = old or Release(id=release_id, published_at=now, artwork_key="")
    _write_artwork(release, logged, message, key)
    if old is not None and old.order_key > key:
        session.flush()
        return None
    _write_release(release, logged, message, main)
    release.order_key = key
    session.add(release)
    session.flush()
    _write_tracks(session, release, message, places)
    event = Event(kind=_kind(release, was_available), release_id=release_id, at=now)
    session.add(event)
    return event


def _kind(release: Release, was_available: bool) -> str:  # noqa: FBT001
    if release.state == ReleaseState.TAKEN_DOWN:
        return "taken_down"
    return "changed" if was_available else "made_available"


def _write_release(row: Release, logged: LoggedMessage, message: Message, main: ErnRelease) -> None:
    row.feed_id, row.owner, row.identity = logged.feed_id, logged.owner, identity_of(main)
    row.icpn = _digits(main.identifier("ICPN")) or None
    row.grid = main.identifier("GRid") or None
    row.proprietary_ids = [
        f"{i.namespace}::{i.value}" for i in main.identifiers if i.kind == "ProprietaryId"
    ]
    row.type = main.types[0] if main.types else ""
    row.title = _text(main.titles)
    row.artist = _artist(message, main.display_artist_names, main.display_artists)
    row.artist_id = public_id("party", logged.owner, row.artist) if row.artist else None
    row.label, row.genre = _text(main.labels), _text(main.genres)
    row.p_line = main.p_line.text if main.p_line else ""
    row.c_line = main.c_line.text if main.c_line else ""
    row.release_date, row.original_release_date = main.release_date, main.original_release_date
    row.advisory, row.language = _text(main.advisories), message.language
    row.credits = _credits(message, main.display_artists)
    row.deals = _deals(message, main.reference)
    row.duration_ms = sum(_milliseconds(p.resource) for p in placed(message))
    row.state = _state(message, logged.arrived_at)
    row.message_digest = logged.digest


def _write_artwork(row: Release, logged: LoggedMessage, message: Message, key: str) -> None:
    found = _artwork(logged, message)
    if found and key >= row.artwork_key:
        row.artwork, row.artwork_key = found, key


def _write_tracks(
    session: Session, release: Release, message: Message, places: Sequence[Placed]
) -> None:
    session.execute(delete(Track).where(Track.release_id == release.id))
    session.flush()
    for position, place in enumerate(places, 1):
        resource = place.resource
        session.add(
            Track(
                release_id=release.id,
                position=position,
                recording_id=recording_id_of(message, resource),
                disc=place.disc,
                number=place.number,
                title=_text(resource.titles),
                artist=_artist(message, resource.display_artist_names, resource.display_artists),
                deals=_track_deals(message, resource.reference),
            )
        )
    session.flush()


def _write_recording(
    session: Session, logged: LoggedMessage, message: Message, resource: Resource
) -> None:
    identity = recording_id_of(message, resource)
    row = session.get(Recording, identity) or Recording(
        id=identity,
        owner=owner_of(message),
        isrc=recording_key(message, resource)[:40],
        order_key="",
        master_key="",
    )
    key = order_key(logged)
    if key >= row.order_key:
        row.order_key = key
        _describe(row, message, resource)
    master = logged.media.get(resource.reference)
    if master and key >= row.master_key:
        row.master, row.master_key = master, key
    session.add(row)
    session.flush()


def _describe(row: Recording, message: Message, resource: Resource) -> None:
    row.title = _text(resource.titles)
    row.artist = _artist(message, resource.display_artist_names, resource.display_artists)
    row.advisory = _text(resource.advisories)
    row.p_line = resource.p_line.text if resource.p_line else ""
    row.duration_ms = _milliseconds(resource)
    row.credits = _credits(message, resource.contributors)


def _digits(icpn: str) -> str:
    """As delivered, without blanks and hyphens: 8, 12, 13 or 14 digits; ids use the GTIN-14."""
    return re.sub(r"[^0-9]", "", icpn)[:14]


def _artwork(logged: LoggedMessage, message: Message) -> str | None:
    covers = [r for r in message.resources if r.kind == "Image" and r.type == "FrontCoverImage"]
    covers += [r for r in message.resources if r.kind == "Image" and r not in covers]
    return next((logged.media[r.reference] for r in covers if r.reference in logged.media), None)


def _state(message: Message, arrived_at: datetime) -> ReleaseState:
    """Taken down when the message has no deal, or only deals that were over when it arrived."""
    open_ = any(_lasts(deal, arrived_at) for deal in message.deals if not deal.is_takedown)
    return ReleaseState.AVAILABLE if open_ else ReleaseState.TAKEN_DOWN


def _lasts(deal: Deal, instant: datetime) -> bool:
    """Whether the deal is not over yet in the last place on earth where a day ends."""
    return not deal.periods or any(_ends(period.end) > instant for period in deal.periods)


def _ends(text: str) -> datetime:
    try:
        return end_instant(text, timezone(-timedelta(hours=12)))
    except DateUnreadable:
        return FIRST


def _deals(message: Message, reference: str) -> list[dict[str, object]]:
    return [
        DealTerms.from_deal(deal).to_json()
        for deal in message.deals
        if reference in deal.release_references
    ]


def _track_deals(message: Message, resource_reference: str) -> list[dict[str, object]]:
    own = [
        release.reference
        for release in message.releases
        if not release.is_main and release.resource_references[:1] == (resource_reference,)
    ]
    return [terms for reference in own for terms in _deals(message, reference)]


def _artist(message: Message, names: tuple[Localized, ...], artists: tuple[Credit, ...]) -> str:
    found = for_territory(names)
    if found:
        return found.text
    parties = {party.reference: party.name for party in message.parties}
    return ", ".join(parties.get(a.party_reference, "") for a in artists).strip(", ")


def _credits(message: Message, credits: tuple[Credit, ...]) -> list[dict[str, object]]:  # noqa: A002
    parties = {party.reference: party.name for party in message.parties}
    roles: dict[str, list[str]] = {}
    for credit in credits:
        for role in credit.roles:
            name = parties.get(credit.party_reference, "")
            if name and name not in roles.setdefault(role, []):
                roles[role].append(name)
    return [{"role": role, "names": names} for role, names in roles.items()]


def _text(values: tuple[Localized, ...]) -> str:
    found = for_territory(values)
    return found.text if found else ""


def _milliseconds(resource: Resource) -> int:
    return round(resource.duration.total_seconds() * 1000) if resource.duration else 0
