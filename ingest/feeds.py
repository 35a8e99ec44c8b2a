"""Feeds: made by the operator, asked by the doors."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Feed
from core.errors import Conflict, Misuse
from core.ids import secret_id
from ddex import identifiers, others
from ddex.choreography.rows import ROWS
from ddex.ern.rules import NORMAL, Feed as FeedFacts, Policy, PolicyInvalid, all_rules, read_policy
from ddex.ern.rules.policy import NAMES, NUMBERS
from ingest import changes, faults, feed_credentials, feed_trials, rulings
from ingest.feed_credentials import Kind
from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database

DOORS = ("sftp", "ftps", "ftp", "http")
PROTOCOLS = (*DOORS, "s3", "gcs", "azure", "atom")
PASSWORD_DOORS = frozenset({"sftp", "ftps", "ftp"})
API_DOORS = frozenset({"http", "s3", "gcs", "azure"})
"""Feeds of stores have a key too: to tell of new objects, and to ask for addresses to upload to."""
ACKNOWLEDGEMENTS = ("18", "16", "none")
CHOREOGRAPHIES = tuple(ROWS)
_OURS = ("name", "overrides", "numbers")


def create(
    session: Session,
    clock: Clock,
    *,
    name: str,
    dpid: str | Sequence[str],
    protocol: str | Sequence[str] = "sftp",
    public_keys: Sequence[str] = (),
    acknowledgements: str = "18",
    choreography: str = "",
    policy: str = NORMAL.name,
    terms: FeedTerms | None = None,
) -> tuple[Feed, str | None]:
    """A new feed and its first secret, which is told once: a password where a door takes one, else
    an API key; None when it has public keys instead, or is only polled.

    `dpid` and `protocol` may be several, the main one first.

    Raises:
        Misuse: a name, DPID, protocol, version, policy or key that can't be used.
        Conflict: a feed of this name exists.
    """
    dpids = judged_dpids([dpid] if isinstance(dpid, str) else dpid)
    protocols = judged_protocols([protocol] if isinstance(protocol, str) else protocol)
    judge_answers(acknowledgements)
    if public_keys and "sftp" not in protocols:
        raise Misuse("public keys open the SFTP door only", remedy="leave the key out")
    severities = _policy({"name": policy}).to_json()
    judge_name(session, name)
    keys = [feed_credentials.public_key(line) for line in public_keys]
    feed = Feed(
        id=f"feed_{secrets.token_hex(6)}",
        name=name,
        dpid=dpids[0],
        other_dpids=dpids[1:],
        protocols=protocols,
        username=_username(session, name),
        choreography=judged_choreography(choreography, acknowledgements),
        acknowledgements=acknowledgements,
        policy=severities,
        terms=(terms or FeedTerms()).to_json(),
        revision=1,
        created_at=clock(),
    )
    session.add(feed)
    session.flush()
    for line in keys:
        feed_credentials.issue(session, clock, feed, Kind.PUBLIC_KEY, public=line)
    kind = first_secret(protocols, has_keys=bool(keys))
    return feed, feed_credentials.issue(session, clock, feed, kind).secret if kind else None


def first_secret(protocols: Sequence[str], *, has_keys: bool) -> Kind | None:
    """The kind of secret that a feed of these protocols begins with."""
    by_password = set(protocols) & PASSWORD_DOORS - ({"sftp"} if has_keys else set())
    if by_password:
        return Kind.PASSWORD
    return Kind.API_KEY if set(protocols) & API_DOORS else None


def policy_of(feed: Feed) -> Policy:
    """The severities of a feed. What was stored and is no rule any more is passed over."""
    stored = feed.policy or {}
    try:
        return _policy(stored)
    except Misuse:
        return _policy({"name": stored["name"]}) if stored.get("name") in NAMES else NORMAL


def facts_of(feed: Feed, our_dpid: str, now: datetime) -> FeedFacts:
    """What rules ask of a feed at an instant."""
    policy = feed.policy or {}
    return FeedFacts(
        dpids=frozenset(feed.dpids),
        our_dpid=our_dpid,
        is_test=feed_trials.takes_tests(feed, now),
        fetches="atom" in feed.protocols,
        tis_agreed=policy.get("rights", {}).get("tis") is True,
    )


def policy_json(feed: Feed) -> dict[str, Any]:
    """The severities of a feed as JSON: name, overrides, and every number with its value."""
    policy = policy_of(feed)
    return {**policy.to_json(), "numbers": {key: policy.number(key) for key in NUMBERS}}


def policy_of_feed(database: Database, feed_id: str) -> Policy:
    """The same for a feed known by its id."""
    with database.read() as session:
        return policy_of(session.get_one(Feed, feed_id))


def change_policy(
    feed: Feed, *, name: str = "", sets: Iterable[str] = (), unsets: Iterable[str] = ()
) -> None:
    """Give a feed another policy. `sets` are texts such as `ERN-1201=reject`, `17=off` or
    `cover_warn_px=3000`; `unsets` are codes, rule numbers or names of numbers to forget.

    Raises:
        Misuse: no such policy, rule, severity or number, or one softer than its floor.
    """
    before = policy_of(feed).to_json()
    wanted: dict[str, dict[str, Any]] = {
        "overrides": dict(before["overrides"]),
        "numbers": dict(before.get("numbers", {})),
    }
    for text in sets:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise Misuse(f"{text!r} sets nothing", remedy="write CODE=severity or RULE=severity")
        part = "numbers" if key in NUMBERS else "overrides"
        wanted[part][key if part == "numbers" else _normal(key)] = value
    for key in unsets:
        for settings in wanted.values():
            settings.pop(key.strip(), None)
            settings.pop(_normal(key), None)
    set_policy(feed, {"name": name or before["name"], **wanted})


def set_policy(feed: Feed, data: Mapping[str, Any]) -> None:
    """Give a feed the policy that this JSON describes; what else was agreed with it stays.

    Raises:
        Misuse: no such policy, rule, severity or number, or one softer than its floor.
    """
    policy = _policy(data).to_json()
    agreed = {key: value for key, value in (feed.policy or {}).items() if key not in _OURS}
    feed.policy = {**agreed, **policy}


def _normal(key: str) -> str:
    """A code in capitals, a rule number without zeros before it."""
    bare = key.strip().upper()
    return str(int(bare)) if bare.isdecimal() and bare.isascii() else bare


def _policy(data: Mapping[str, Any]) -> Policy:
    try:
        known = *all_rules(), *others.RULES, *faults.RULES, *changes.RULES, *rulings.RULES
        return read_policy(data, known)
    except PolicyInvalid as wrong:
        raise Misuse(wrong.message, remedy=wrong.remedy) from wrong


def judge_name(session: Session, name: str, feed_id: str = "") -> None:
    """Raises Misuse when it is no name, Conflict when another feed has it."""
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise Misuse("a feed needs a printable name of 1 to 200 characters")
    same = Feed.name == name, Feed.id != feed_id, Feed.deleted_at.is_(None)
    if session.scalar(select(Feed.id).where(*same)) is not None:
        raise Conflict(f"a feed named {name!r} exists already", remedy="choose another name")


def judged_dpids(given: Sequence[str]) -> list[str]:
    """Party ids in their plain spelling, each once, the main one first.

    Raises:
        Misuse: one is none, or there is none.
    """
    for each in given or [""]:
        if identifiers.dpid(each) is None:
            raise Misuse(
                f"{each!r} is no DDEX party id",
                remedy="give the sender's: PADPIDA and 11 letters or digits",
            )
    return list(dict.fromkeys(identifiers.dpid(each) or each for each in given))


def judged_protocols(given: Sequence[str]) -> list[str]:
    """Protocols, each once. Raises Misuse when there is no door for one, or none at all."""
    for each in given or [""]:
        if each not in PROTOCOLS:
            raise Misuse(f"no door for {each!r}", remedy=f"one of: {', '.join(PROTOCOLS)}")
    return list(dict.fromkeys(given))


def judge_answers(version: str) -> None:
    """Raises Misuse when there are no acknowledgements of this version."""
    if version not in ACKNOWLEDGEMENTS:
        raise Misuse(
            f"no acknowledgement version {version!r}",
            remedy=f"one of: {', '.join(ACKNOWLEDGEMENTS)}",
        )


def judged_choreography(name: str, acknowledgements: str) -> str:
    """A row of the table of choreographies; by default the batch row of the answers' version.

    Raises:
        Misuse: there is no such row.
    """
    wanted = name or ("batch-1.6" if acknowledgements == "16" else "batch-1.8")
    if wanted not in CHOREOGRAPHIES:
        raise Misuse(f"no choreography {wanted!r}", remedy=f"one of: {', '.join(CHOREOGRAPHIES)}")
    return wanted


def _username(session: Session, name: str) -> str:
    """A login name from the feed's name: short, plain, not in use."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24] or "feed"
    taken = set(session.scalars(select(Feed.username).where(Feed.username.startswith(base))))
    while base in taken:
        base = f"{base[:24]}-{secret_id()[:4].lower().strip('-_')}"
    return base
