"""Who a message's release and recordings are: the ids that a rebuilt catalogue has again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from core.ids import gtin14, isrc, public_id
from ddex.identifiers import compact

if TYPE_CHECKING:
    from catalog.models import LoggedMessage
    from ddex.ern.model import Message, Release as ErnRelease, Resource

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
    """The public id of the message's main release, or of the one that it purges."""
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
    known = {resource.reference: resource for resource in reversed(message.resources)}
    discs = (
        [r for r in map(known.get, references) if r and r.kind in PRIMARY]
        for references in main.discs
    )
    heard = [primary for primary in discs if primary]  # a booklet is no disc
    return [
        Placed(disc, number, resource)
        for disc, primary in enumerate(heard, 1)
        for number, resource in enumerate(primary, 1)
    ]
