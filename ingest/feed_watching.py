"""Whether the store that a feed's terms name can be watched, beside those of other feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Feed
from core.errors import Conflict, Misuse
from ingest.feed_terms import FeedTerms
from ingest.watchers.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

_WEB = ("https://", "http://")


def judge(session: Session, terms: FeedTerms, protocols: Sequence[str], feed_id: str = "") -> None:
    """Look at the place that is to be watched, if one is.

    Raises:
        Misuse: it is none, or of another protocol than the feed's.
        Conflict: another feed watches the same objects.
    """
    url = terms.watch.url
    if not url:
        return
    if url.startswith(_WEB):
        _agree("atom", url, protocols)
        return
    place = Place.of(url)
    _agree(place.protocol, url, protocols)
    others = select(Feed).where(Feed.id != feed_id, Feed.deleted_at.is_(None))
    for other in session.scalars(others):
        said = FeedTerms.of(other).watch
        theirs = None if not said.url or said.url.startswith(_WEB) else Place.of(said.url)
        if theirs is not None and said.endpoint == terms.watch.endpoint and place.overlaps(theirs):
            raise Conflict(
                f"{other.name} watches {theirs.url} already, which holds the same objects",
                remedy="give each feed a prefix of its own",
            )


def _agree(protocol: str, url: str, protocols: Sequence[str]) -> None:
    if protocol not in protocols:
        raise Misuse(
            f"watch.url is {url}, and the feed's ways in are {', '.join(protocols)}",
            remedy=f"add the protocol {protocol}",
        )
