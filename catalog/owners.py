"""Which release of the catalogue a message means, and who may say that it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from catalog.identity import owner_of, recording_key, release_id_of
from catalog.lifecycle import DecisionKind
from catalog.log import routes
from catalog.models import Decision, Release
from catalog.named import spellings
from core.ids import public_id
from ddex.identifiers import compact

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from ddex.ern.model import Message, Resource

NOW = "99999999999999999|"
"""An order key after all others: as routes stand today."""


def meant(session: Session, feed_id: str, message: Message) -> str | None:
    """The release that a message of this feed speaks of: by its first identifier, and for a purge
    by any of a release whose deals its sender sent, unless several are as near."""
    release_id = release_id_of(message)
    if release_id is None or message.type == "NewReleaseMessage":
        return release_id
    routed = routes(session).of(feed_id, release_id, NOW)
    if session.get(Release, routed) is not None:
        return release_id
    theirs = [one for one in alike(session, message) if holds(session, one, feed_id, message)]
    nearest = [one for one in theirs if one.owner == owner_of(message)] or theirs
    return nearest[0].id if len(nearest) == 1 else release_id


def purged_by(session: Session, feed_id: str, message: Message) -> tuple[Release, bool] | None:
    """The release that a purge is about, whoever sent its deals, and whether the purge may remove
    it without anybody's decision."""
    routed = routes(session).of(feed_id, meant(session, feed_id, message) or "", NOW)
    release = session.get(Release, routed)
    if release is not None:
        return release, holds(session, release, feed_id, message)
    others = alike(session, message)
    return (others[0], False) if others else None


def known_as(session: Session, message: Message) -> tuple[str | None, str]:
    """The id that the message's release has here, and the owner that its ids derive from: after a
    transfer those of the feed that had it first."""
    own = release_id_of(message)
    query = select(Decision).where(
        Decision.kind == DecisionKind.TRANSFER, Decision.alias_id == own, Decision.release_id != own
    )
    moved = session.scalars(query.order_by(Decision.order_key.desc())).first()
    if own is None or moved is None:
        return own, owner_of(message)
    return moved.release_id, str(moved.details.get("owner") or owner_of(message))


def recording_known_as(session: Session, message: Message, resource: Resource) -> str:
    """The id that a recording of the message has here."""
    _, owner = known_as(session, message)
    return public_id("recording", owner, recording_key(message, resource))


def alike(session: Session, message: Message) -> list[Release]:
    """Releases of anybody that have an identifier of the message's release."""
    main = message.main_release
    if main is None:
        return []
    icpn, grid = main.identifier("ICPN"), main.identifier("GRid")
    own = {f"{i.namespace}::{i.value}" for i in main.identifiers if i.kind == "ProprietaryId"}
    conditions: list[ColumnElement[bool]] = [Release.identity == name for name in own]
    if icpn:
        conditions.append(Release.icpn.in_({icpn, *spellings(icpn)}))
    if grid:
        conditions.append(Release.grid == compact(grid))
    if not conditions:
        return []
    query = select(Release).where(or_(*conditions)).order_by(Release.id).limit(100)
    return list(session.scalars(query))


def holds(session: Session, release: Release, feed_id: str, message: Message) -> bool:
    """Whether the message's sender sent the deals that stand, as the walk judges it; after a
    transfer only the feed that has the release holds it."""
    if routes(session).owner(release.id):
        return release.feed_id == feed_id
    return release.sender == compact(message.header.sender_dpid)
