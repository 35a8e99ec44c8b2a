"""What is agreed with a feed by yes or no, beside how severe rules are: tests, and rights."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import update

from catalog.models import Release
from catalog.rights_policy import RightsPolicy
from core.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from catalog.models import Feed

TAKES_TESTS = "takes_tests"
"""Messages and batches that say they are tests are checked, answered and never published; without
it they are refused."""
_RIGHTS = asdict(RightsPolicy())
TERMS = (TAKES_TESTS, *_RIGHTS)
"""All of them; those of rights are explained at `RightsPolicy`."""
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def terms_of(feed: Feed) -> dict[str, bool]:
    """What holds for a feed, agreed or by default."""
    tests = (feed.policy or {}).get(TAKES_TESTS) is True
    return {TAKES_TESTS: tests, **asdict(RightsPolicy.from_json(feed.policy))}


def change(
    session: Session, feed: Feed, sets: Iterable[str], unsets: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Agree on what these texts say, such as `tis=true`; returns the texts that name no term.

    Raises:
        Misuse: a term is neither true nor false.
    """
    given: dict[str, bool | None] = {}
    other_sets, other_unsets = [], []
    for text in sets:
        key, _, value = (part.strip() for part in text.partition("="))
        if key in TERMS:
            given[key] = _boolean(key, value)
        else:
            other_sets.append(text)
    for text in unsets:
        if text.strip() in TERMS:
            given[text.strip()] = None
        else:
            other_unsets.append(text)
    agree(session, feed, given)
    return other_sets, other_unsets


def agree(session: Session, feed: Feed, given: Mapping[str, bool | None]) -> None:
    """Set these terms; None is the default again. What a change of rights means for the feed's
    releases is looked at, and told, at the next turn of the clock.

    Raises:
        Misuse: there is no such term.
    """
    if unknown := [key for key in given if key not in TERMS]:
        raise Misuse(f"no term {unknown[0]!r}", remedy=f"one of: {', '.join(TERMS)}")
    before = RightsPolicy.from_json(feed.policy)
    policy = dict(feed.policy or {})
    said = policy.get("rights")
    rights = dict(said) if isinstance(said, dict) else {}
    for key, value in given.items():
        part = policy if key == TAKES_TESTS else rights
        part.pop(key, None)
        if value is not None:
            part[key] = value
    feed.policy = {**policy, "rights": rights} if rights or said else policy
    if RightsPolicy.from_json(feed.policy) != before:
        releases = update(Release).where(Release.feed_id == feed.id)
        session.execute(releases.values(next_change=Release.published_at))


def _boolean(key: str, value: str) -> bool:
    if value.lower() not in _WORDS:
        raise Misuse(f"{key} is {value!r}", remedy=f"write {key}=true or {key}=false")
    return _WORDS[value.lower()]
