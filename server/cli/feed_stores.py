"""The bucket of a feed as its sender uses it: another way in, for the suite and for deliveries."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.errors import Misuse
from core.outbound import Outbound
from core.sealed import Sealer
from distro.suite.door import Way
from distro.targets import store
from ingest.feed_credentials import Kind, sealed_value
from ingest.watchers.connect import read_secret
from ingest.watchers.watched import watched
from storage import google

if TYPE_CHECKING:
    from catalog.models import Feed
    from ingest.watchers.watched import Watched
    from server.local import Local

SLACK = 10.0
"""Seconds that a look into a store may take, beside the time between two looks."""
_HOSTS = {
    "s3": "s3.{region}.amazonaws.com",
    "gs": "storage.googleapis.com",
    "az": "{account}.blob.core.windows.net",
}


def way(local: Local, feed: Feed, protocol: str) -> Way:
    """The feed's bucket, by the credential that it gave us.

    Raises:
        Misuse: there is no bucket yet, or no key of its own that a sender could write with.
    """
    with local.database.read() as session:
        place = watched(session, feed.id)
        found = sealed_value(session, Sealer(local.data.keys), feed.id, Kind.STORE, local.clock())
    if place is None or place.place.protocol != protocol:
        raise Misuse(
            f"no bucket is agreed with {feed.name}",
            remedy=f"segue feeds edit {feed.id} --set watch.url=s3://BUCKET/PREFIX",
        )
    if found is None:
        raise Misuse(
            f"{feed.name} has no key for its bucket that could write a test",
            remedy=f"segue feeds credentials add {feed.id} --kind store",
        )
    outbound = Outbound(allow_private=local.settings.outbound.allow_private)
    access = replace(
        _access(place, read_secret(place.place.scheme, *found)),
        clients=partial(outbound.client, total=SLACK),
    )
    to = store.address(place.place.url, access)
    host, port = _address(place)
    every = place.interval_s or local.settings.watchers.interval_s
    return Way(
        protocol=protocol,
        address=place.place.url,
        host=host,
        port=port,
        connect=partial(store.connect, to),
        stranger=partial(store.connect, replace(to, access=_wrong(place, access))),
        late=every + SLACK,
    )


def _access(place: Watched, secret: dict[str, str]) -> store.Access:
    known = ("secret_key", "service_account", "account_key", "sas")
    return store.Access(
        key_id=secret.get("access_key", ""),
        secret=next((secret[each] for each in known if secret.get(each)), ""),
        token=secret.get("token", ""),
        endpoint=place.endpoint,
        region=place.region,
    )


def _wrong(place: Watched, access: store.Access) -> store.Access:
    """A secret of the same form that is not the feed's."""
    wrong = base64.b64encode(b"not the secret of any feed, by no means").decode()
    if place.place.scheme == "gs":
        if access.secret:
            return replace(access, secret=google.strange(access.secret))
        return replace(access, token=wrong)
    return replace(access, secret=wrong)


def _address(place: Watched) -> tuple[str, int]:
    """Where the store listens."""
    host = _HOSTS[place.place.scheme].format(
        region=place.region or "us-east-1", account=place.place.account
    )
    parts = urlsplit(place.endpoint or f"https://{host}")
    return parts.hostname or host, parts.port or (80 if parts.scheme == "http" else 443)
