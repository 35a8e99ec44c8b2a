"""Which release of the catalogue a message means, and who may say that it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from catalog.identity import owner_of, release_id_of
from catalog.log import routes
from catalog.models import Feed, Release
from core.ids import gtin14
from ddex.identifiers import compact

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from ddex.ern.model import Message

NOW = "99999999999999999|"
"""An order key after all others: as routes stand today."""


def meant(session: Session, feed_id: str, message: Message) -> str | None:
    """The release that a message of this feed speaks of: by its first identifier, and for a purge
    by any that its own release has."""
    release_id = release_id_of(message)
    if release_id is None or message.type == "NewReleaseMessage":
        return release_id
    routed = routes(session).of(feed_id, release_id, NOW)
    if session.get(Release, routed) is not None:
        return release_id
    owner = owner_of(message)
    own = [one.id for one in alike(session, message) if one.owner == owner]
    return own[0] if own else release_id


def alike(session: Session, message: Message) -> list[Release]:
    """Releases of anybody that have an identifier of the message's release."""
    main = message.main_release
    if main is None:
        return []
    icpn, grid = main.identifier("ICPN"), main.identifier("GRid")
    own = {f"{i.namespace}::{i.value}" for i in main.identifiers if i.kind == "ProprietaryId"}
    spelled = {icpn, gtin14(icpn), gtin14(icpn).lstrip("0"), gtin14(icpn)[1:], gtin14(icpn)[2:]}
    conditions: list[ColumnElement[bool]] = [Release.identity == name for name in own]
    if icpn:
        conditions.append(Release.icpn.in_(spelled))
    if grid:
        conditions.append(Release.grid.in_({grid, compact(grid)}))
    if not conditions:
        return []
    query = select(Release).where(or_(*conditions)).order_by(Release.id).limit(100)
    return list(session.scalars(query))


def holds(session: Session, release: Release, feed_id: str) -> bool:
    """Whether this feed's sender sent the deals that stand."""
    feed = session.get_one(Feed, feed_id)
    return release.feed_id == feed_id or release.sender == compact(feed.dpid)
