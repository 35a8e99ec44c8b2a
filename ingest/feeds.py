"""Feeds: made by the operator, asked by the doors."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Feed
from core import auth
from core.auth import AccessRequest, Action, Identity, Role
from core.errors import Conflict, Misuse
from core.ids import secret_id
from ddex import identifiers, others
from ddex.ern.rules import NORMAL, Feed as FeedFacts, Policy, PolicyInvalid, all_rules, read_policy
from ddex.ern.rules.policy import NAMES, NUMBERS
from ingest import faults, feed_keys, rulings
from ingest.doors.common.ports import FeedLogin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database

PROTOCOLS = ("sftp", "ftps", "ftp", "http")
_OURS = ("name", "overrides", "numbers")
ACKNOWLEDGEMENTS = ("18", "16")
_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/=]+"
)


def create(
    session: Session,
    clock: Clock,
    *,
    name: str,
    dpid: str,
    protocol: str = "sftp",
    public_keys: Sequence[str] = (),
    acknowledgement_version: str = "18",
    policy: str = NORMAL.name,
) -> tuple[Feed, str | None]:
    """A new feed and its secret, which is told once: a password, over HTTP an API key; None when
    it has public keys instead.

    Raises:
        Misuse: a name, DPID, protocol, version, policy or key that can't be used.
        Conflict: a feed of this name exists.
    """
    _judge(name, dpid, protocol, acknowledgement_version)
    if public_keys and protocol != "sftp":
        raise Misuse("public keys open the SFTP door only", remedy="leave the key out")
    severities = _policy({"name": policy}).to_json()
    if session.scalar(select(Feed).where(Feed.name == name)) is not None:
        raise Conflict(f"a feed named {name!r} exists already", remedy="choose another name")
    keys = [_public_key(line) for line in public_keys]
    feed_id = f"feed_{secrets.token_hex(6)}"
    secret, kept = (None, None) if keys else _secret(feed_id, protocol)
    feed = Feed(
        id=feed_id,
        name=name,
        dpid=identifiers.dpid(dpid) or dpid,
        protocol=protocol,
        username=_username(session, name),
        password_hash=kept,
        public_keys=keys,
        acknowledgement_version=acknowledgement_version,
        policy=severities,
        created_at=clock(),
    )
    session.add(feed)
    session.flush()
    return feed, secret


def _secret(feed_id: str, protocol: str) -> tuple[str, str]:
    """A new secret, and what to keep of it."""
    if protocol == feed_keys.PROTOCOL:
        return feed_keys.make(feed_id)
    password = secrets.token_urlsafe(18)
    return password, auth.hash_password(password)


def policy_of(feed: Feed) -> Policy:
    """The severities of a feed. What was stored and is no rule any more is passed over."""
    stored = feed.policy or {}
    try:
        return _policy(stored)
    except Misuse:
        return _policy({"name": stored["name"]}) if stored.get("name") in NAMES else NORMAL


def facts_of(feed: Feed, our_dpid: str) -> FeedFacts:
    """What rules ask of a feed."""
    policy = feed.policy or {}
    return FeedFacts(
        dpids=frozenset({feed.dpid}),
        our_dpid=our_dpid,
        is_test=policy.get("takes_tests") is True,
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
        return read_policy(data, (*all_rules(), *others.RULES, *faults.RULES, *rulings.RULES))
    except PolicyInvalid as wrong:
        raise Misuse(wrong.message, remedy=wrong.remedy) from wrong


def _judge(name: str, dpid: str, protocol: str, version: str) -> None:
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise Misuse("a feed needs a printable name of 1 to 200 characters")
    if identifiers.dpid(dpid) is None:
        raise Misuse(
            f"{dpid!r} is no DDEX party id",
            remedy="give the sender's: PADPIDA and 11 letters or digits",
        )
    if protocol not in PROTOCOLS:
        raise Misuse(f"no door for {protocol!r}", remedy=f"one of: {', '.join(PROTOCOLS)}")
    if version not in ACKNOWLEDGEMENTS:
        raise Misuse(
            f"no acknowledgement version {version!r}",
            remedy=f"one of: {', '.join(ACKNOWLEDGEMENTS)}",
        )


def _public_key(line: str) -> str:
    """The type and body of an OpenSSH public key line, without its comment."""
    found = _KEY.match(line.strip())
    if found is None:
        raise Misuse(
            "this is no OpenSSH public key",
            remedy="give the .pub file, one line such as `ssh-ed25519 AAAA… name`",
        )
    return found[0]


def _username(session: Session, name: str) -> str:
    """A login name from the feed's name: short, plain, not in use."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24] or "feed"
    taken = set(session.scalars(select(Feed.username).where(Feed.username.startswith(base))))
    while base in taken:
        base = f"{base[:24]}-{secret_id()[:4].lower().strip('-_')}"
    return base


class FeedAccounts:
    """Answers the doors; every login passes the one verdict of `core.auth`.

    A feed's login opens only the doors of its protocol: `protocols` are those that the asking door
    serves.
    """

    def __init__(self, database: Database, *protocols: str) -> None:
        self._database = database
        self._protocols = protocols

    def authenticate_password(self, username: str, password: str, peer: str) -> FeedLogin | None:  # noqa: ARG002
        """The feed of this user and password; unknown users take as long as wrong passwords."""
        feed = self._find(username)
        proven = auth.verify_password(feed.password_hash if feed else None, password)
        return _verdict(feed, proven=proven)

    def authenticate_key(
        self,
        username: str,
        openssh_public_key: str,
        peer: str,  # noqa: ARG002
    ) -> FeedLogin | None:
        """The feed of this user, when the key is one of its own."""
        feed = self._find(username)
        offered = " ".join(openssh_public_key.split()[:2])
        return _verdict(feed, proven=feed is not None and offered in feed.public_keys)

    def authenticate_api_key(self, key: str, peer: str) -> FeedLogin | None:  # noqa: ARG002
        """The feed of this API key; unknown feeds take as long as wrong keys."""
        feed = self._find_by(Feed.id == (feed_keys.feed_of(key) or ""))
        proven = feed_keys.matches(feed.password_hash if feed else None, key)
        return _verdict(feed, proven=proven)

    def authenticate_grant(self, feed_id: str, mark: str) -> FeedLogin | None:
        """The feed of a signed grant, as long as it has the key that the grant was given for."""
        feed = self._find_by(Feed.id == feed_id)
        proven = feed is not None and bool(mark) and feed_keys.mark(feed.password_hash) == mark
        return _verdict(feed, proven=proven)

    def _find(self, username: str) -> Feed | None:
        return self._find_by(Feed.username == username)

    def _find_by(self, what: ColumnElement[bool]) -> Feed | None:
        with self._database.read() as session:
            feed = session.scalar(select(Feed).where(what))
            if feed is None or feed.disabled or feed.protocol not in self._protocols:
                return None
            return feed


def _verdict(feed: Feed | None, *, proven: bool) -> FeedLogin | None:
    identity = Identity(id=feed.id, name=feed.name, role=Role.FEED) if feed else None
    verdict = auth.decide(AccessRequest(action=Action.DELIVER, identity=identity, proven=proven))
    return FeedLogin(feed.id, feed.name) if verdict.allowed and feed else None
