"""Sheets of feeds from the data folder: what the pure maker of sheets is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest import feed_credentials, feed_editing
from ingest.doors.common.hostkey import ensure_host_key, public_key
from ingest.feed_credentials import Kind
from ingest.feed_terms import FeedTerms
from server.services.sheet import render
from server.services.sheet.model import Agreed, Doors, Us

if TYPE_CHECKING:
    from ingest.doors.common.certificate import Certificate
    from server.local import Local
    from server.services.sheet.model import Sheet


def sheet_of(local: Local, certificate: Certificate, feed_id: str) -> Sheet:
    """The sheet of a feed, by its id or name.

    Raises:
        NotFound: there is no such feed.
    """
    with local.database.read() as session:
        feed = feed_editing.find(session, feed_id)
        keys = feed_credentials.valid(session, feed.id, Kind.PUBLIC_KEY, local.clock())
        passwords = feed_credentials.valid(session, feed.id, Kind.PASSWORD, local.clock())
    party = local.settings.party
    agreed = Agreed(
        id=feed.id,
        name=feed.name,
        dpids=tuple(feed.dpids),
        username=feed.username,
        protocols=tuple(feed.protocols),
        choreography=feed.choreography,
        acknowledgements=feed.acknowledgements,
        has_keys=bool(keys) and not passwords,
        terms=FeedTerms.of(feed),
    )
    us = Us(dpid=party.dpid, name=party.name, contact=party.contact)
    return render.make(agreed, us, doors_of(local, certificate), local.clock())


def doors_of(local: Local, certificate: Certificate) -> Doors:
    """Where senders find us, and how each door proves itself."""
    host, port = local.sftp_address()
    chosen = local.settings.doors.ftp
    ftp_host, explicit, implicit = local.ftp_address()
    fingerprint = ensure_host_key(local.data.keys)
    known = f"[{host}]:{port}" if port != 22 else host
    return Doors(
        sftp=(host, port),
        fingerprint=fingerprint,
        known_hosts=f"{known} {public_key(local.data.keys)}\n",
        ftp_host=ftp_host,
        ftp_ports=(explicit, implicit) if chosen.enabled else None,
        ftp_fingerprint=certificate.fingerprint(),
        certificate=certificate.public.read_text(encoding="ascii"),
        plain=chosen.plain,
        api=local.api_address(),
    )
