"""A real service that watches real stores, and what a sender sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Delivery
from ingest.watchers.state import state_of
from tests.fixtures.packages import SIDES

if TYPE_CHECKING:
    from tests.fixtures.service import Service


def watch(
    service: Service, name: str, url: str, endpoint: str, *terms: str, secret: str, public: str = ""
) -> str:
    """A feed of these terms, made as an operator makes it; its id."""
    file = service.home / "secret"
    file.write_text(secret, encoding="ascii")
    feed = service.run(
        *("feeds", "create", "--name", name, "--dpid", SIDES.sender_dpid, "--watch", url),
        *("--endpoint", endpoint, "--store-key", public, "--store-key-file", str(file)),
        *(part for term in ("watch.interval_s=1", *terms) for part in ("--set", term)),
    )
    return str(feed["id"])


def states(service: Service, feed_id: str) -> list[str]:
    """Door and state of each delivery of a feed."""
    with service.database() as session:
        rows = session.scalars(select(Delivery).where(Delivery.feed_id == feed_id))
        return [f"{row.protocol} {row.state}" for row in rows]


def until_live(service: Service, feed_id: str, protocol: str) -> None:
    """Wait until the feed's one delivery can be played."""
    try:
        wanted = [f"{protocol} live"]
        service.until(lambda: states(service, feed_id) == wanted, 60, "the album is live")
    except BaseException:
        with service.database() as session:
            print(states(service, feed_id), state_of(session, feed_id))  # noqa: T201
        raise
