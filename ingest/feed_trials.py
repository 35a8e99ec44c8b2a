"""Trying a feed out: secrets that live for minutes, and test messages that are taken meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from catalog.models import FeedCredential
from core.errors import NotAllowed
from ingest import feed_audit, feed_credentials
from ingest.feed_agreements import TAKES_TESTS
from ingest.feed_audit import FeedAct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from catalog.models import Feed
    from core.clock import Clock
    from ingest.feed_audit import Actor
    from ingest.feed_credentials import Kind

LENGTH = timedelta(minutes=15)
"""So long a trial lasts when nobody ends it: a killed one leaves nothing open."""
_UNTIL = "tests_until"
_LABEL = "trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A trial under way: its secrets by kind, and what to take away at its end."""

    secrets: dict[Kind, str] = field(repr=False)
    credentials: tuple[str, ...]
    until: str
    by: Actor


def begin(session: Session, clock: Clock, feed: Feed, kinds: Iterable[Kind], by: Actor) -> Trial:
    """Let the feed in by new secrets of these kinds; test messages are taken, and never published,
    until the trial ends. The audit log says who tries it, and with which credentials.

    Raises:
        NotAllowed: the feed is disabled.
        Conflict: it has as many passwords as it may have.
    """
    if feed.disabled:
        raise NotAllowed(f"{feed.name} is disabled", remedy=f"segue feeds enable {feed.id}")
    until = clock() + LENGTH
    issued = {
        kind: feed_credentials.issue(session, clock, feed, kind, label=_LABEL, expires_at=until)
        for kind in kinds
    }
    feed.policy = {**(feed.policy or {}), _UNTIL: until.isoformat()}
    made = [f"{kind} {one.credential.id}" for kind, one in issued.items()]
    detail = f"{', '.join(made) or 'no credential'} until {until.isoformat()}"
    feed_audit.write(session, clock, by, FeedAct.TRIED, feed.id, detail)
    return Trial(
        secrets={kind: one.secret for kind, one in issued.items() if one.secret},
        credentials=tuple(one.credential.id for one in issued.values()),
        until=until.isoformat(),
        by=by,
    )


def end(session: Session, clock: Clock, feed: Feed, trial: Trial) -> None:
    """Its secrets are gone, and tests are taken as before, if no later trial goes on."""
    for credential in trial.credentials:
        if (found := session.get(FeedCredential, credential)) is not None:
            session.delete(found)
    policy = dict(feed.policy or {})
    if policy.get(_UNTIL) == trial.until:
        del policy[_UNTIL]
        feed.policy = policy
    feed.revision += 1
    detail = ", ".join(trial.credentials) or "no credential"
    feed_audit.write(session, clock, trial.by, FeedAct.LEFT, feed.id, f"removed: {detail}")


def takes_tests(feed: Feed, now: datetime) -> bool:
    """Whether test messages are taken: always, as agreed, or while a trial lasts."""
    policy = feed.policy or {}
    if policy.get(TAKES_TESTS) is True:
        return True
    until = policy.get(_UNTIL)
    try:
        return isinstance(until, str) and now < datetime.fromisoformat(until)
    except (ValueError, TypeError):
        return False
