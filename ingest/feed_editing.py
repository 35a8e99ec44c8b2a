"""Changes of a feed: what may be changed, and what must hold first. The caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from catalog.lifecycle import SETTLED, DeliveryState, ReleaseState
from catalog.models import Delivery, Feed, FeedCredential, InboxFile, Release
from core.errors import Conflict, NotFound
from ingest import feeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from ingest.feed_terms import FeedTerms

_LIVE = (ReleaseState.AVAILABLE, ReleaseState.SCHEDULED)
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEdit:
    """What is to change; None stays as it is. `terms` are all terms, not only changed ones."""

    name: str | None = None
    dpids: Sequence[str] | None = None
    protocols: Sequence[str] | None = None
    choreography: str | None = None
    acknowledgements: str | None = None
    terms: FeedTerms | None = None


def find(session: Session, name: str) -> Feed:
    """A feed by its id or its name.

    Raises:
        NotFound: there is none; deleted ones are none.
    """
    by_name = select(Feed).where(Feed.name == name, Feed.deleted_at.is_(None))
    feed = session.get(Feed, name) or session.scalar(by_name)
    if feed is None or feed.deleted_at is not None:
        raise NotFound(f"no feed {name}", remedy="list them: segue feeds list")
    return feed


def edit(session: Session, feed: Feed, wanted: FeedEdit) -> list[str]:
    """Apply what differs; one line for each change, `name: a -> b`, empty when nothing differs.

    Raises:
        Misuse: a value that can't be used.
        Conflict: another feed has the name.
    """
    judged = _judged(session, feed, wanted)
    told = []
    for field, value in judged.items():
        before = getattr(feed, field)
        if before != value:
            setattr(feed, field, value)
            told += _difference(field, before, value)
    if told:
        feed.revision += 1
        session.flush()
    return told


def _judged(session: Session, feed: Feed, wanted: FeedEdit) -> dict[str, Any]:
    """New values by column."""
    found: dict[str, Any] = {}
    if wanted.name is not None:
        feeds.judge_name(session, wanted.name, feed.id)
        found["name"] = wanted.name
    if wanted.dpids is not None:
        found["dpids"] = feeds.judged_dpids(wanted.dpids)
    if wanted.protocols is not None:
        found["protocols"] = feeds.judged_protocols(wanted.protocols)
    if wanted.acknowledgements is not None:
        feeds.judge_answers(wanted.acknowledgements)
        found["acknowledgements"] = wanted.acknowledgements
    if wanted.choreography is not None:
        found["choreography"] = feeds.judged_choreography(wanted.choreography, "")
    if wanted.terms is not None:
        found["terms"] = wanted.terms.to_json()
    return found


def _difference(field: str, before: Any, after: Any) -> list[str]:  # noqa: ANN401 - any column
    if field != "terms":
        return [f"{field}: {_said(before)} -> {_said(after)}"]
    keys = sorted({*before, *after})
    return [
        f"{key}: {_said(before.get(key))} -> {_said(after.get(key))}"
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _said(value: Any) -> str:  # noqa: ANN401 - any JSON
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def switch(session: Session, feed: Feed, *, disabled: bool) -> bool:
    """Disable or enable; whether that changed anything. Who holds its sessions hears of it."""
    if feed.disabled == disabled:
        return False
    feed.disabled = disabled
    feed.revision += 1
    session.flush()
    return True


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way of deleting a feed: numbers, and the first few titles."""

    live: int
    titles: tuple[str, ...]
    in_work: int
    held: int
    files: int


def standing(session: Session, feed_id: str) -> Standing:
    """What a feed still has going on."""
    live = Release.feed_id == feed_id, Release.state.in_(_LIVE)
    titles = session.scalars(select(Release.title).where(*live).order_by(Release.id).limit(_SHOWN))
    states = select(Delivery.state, func.count()).where(Delivery.feed_id == feed_id)
    counts = {state: count for state, count in session.execute(states.group_by(Delivery.state))}  # noqa: C416 - rows
    ours = SETTLED | {"incomplete"}
    return Standing(
        live=session.scalar(select(func.count()).select_from(Release).where(*live)) or 0,
        titles=tuple(titles),
        in_work=sum(count for state, count in counts.items() if state not in ours),
        held=counts.get(DeliveryState.HELD, 0),
        files=session.scalar(
            select(func.count()).select_from(InboxFile).where(InboxFile.feed_id == feed_id)
        )
        or 0,
    )


def remove(session: Session, clock: Clock, feed: Feed, *, discard_files: bool = False) -> Standing:
    """Delete a feed: its secrets go, its name is free again, and nobody sees it any more. The log,
    with all it ever sent, goes on naming it, so the row stays.

    Raises:
        Conflict: it has live releases, deliveries under way or held, or files that were not
            processed and are not to be discarded.
    """
    left = standing(session, feed.id)
    _refuse(feed, left, discard_files=discard_files)
    session.execute(delete(FeedCredential).where(FeedCredential.feed_id == feed.id))
    session.execute(delete(InboxFile).where(InboxFile.feed_id == feed.id))
    feed.deleted_at = clock()
    feed.disabled = True
    feed.username = feed.id
    feed.terms = {}
    feed.revision += 1
    session.flush()
    return left


def _refuse(feed: Feed, left: Standing, *, discard_files: bool) -> None:
    if left.live:
        named = ", ".join(repr(title) for title in left.titles)
        noun = "release" if left.live == 1 else "releases"
        more = f" and {left.live - len(left.titles)} more" if left.live > len(left.titles) else ""
        raise Conflict(
            f"{feed.name} has {left.live} live {noun}: {named}{more}",
            remedy="give them to another feed (segue catalog transfer RELEASE --to FEED), or take "
            f"them down (segue catalog take-down RELEASE); to stop deliveries alone: segue feeds "
            f"disable {feed.id}",
        )
    if left.in_work or left.held:
        raise Conflict(
            f"{feed.name} has {left.in_work} deliveries under way and {left.held} held",
            remedy="wait for those under way; release or reject those held "
            "(segue deliveries list --state held)",
        )
    if left.files and not discard_files:
        raise Conflict(
            f"{left.files} files of {feed.name} were received and not processed",
            remedy="complete their batch, or discard them: --discard-files",
        )


def needs(feed: Feed, terms: FeedTerms) -> list[str]:
    """What a feed still lacks to work as it is set up, in sentences for its operator."""
    lacking = []
    if {"s3", "gcs", "azure", "atom"} & set(feed.protocols) and not terms.watch.url:
        lacking.append("No store is named that is to be watched: set watch.url.")
    if terms.process == "hold":
        lacking.append("Each delivery waits for an operator's release.")
    if feed.acknowledgements == "none":
        lacking.append("Its sender gets no acknowledgements.")
    return lacking
