"""Who may deliver: the doors ask, credentials answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Feed
from core import auth
from core.auth import AccessRequest, Action, Identity, Role
from core.clock import system_clock
from ingest import feed_credentials, feed_keys
from ingest.doors.common.ports import FeedLogin
from ingest.feed_credentials import Kind
from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import ColumnElement

    from catalog.models import FeedCredential
    from core.clock import Clock
    from core.database import Database
    from ingest.feed_uses import Uses


class FeedAccounts:
    """Answers the doors; every login passes the one verdict of `core.auth`.

    A feed's login opens only the doors of its protocols: `protocols` are those that the asking
    door serves. `uses` hears which credential was used; it writes that down later.
    """

    def __init__(
        self,
        database: Database,
        *protocols: str,
        clock: Clock = system_clock,
        uses: Uses | None = None,
    ) -> None:
        self._database = database
        self._protocols = frozenset(protocols)
        self._clock = clock
        self._uses = uses

    def authenticate_password(self, username: str, password: str, peer: str) -> FeedLogin | None:  # noqa: ARG002
        """The feed of this user and password; unknown users take as long as wrong passwords."""
        feed, found = self._find(Feed.username == username, Kind.PASSWORD)
        if not found:
            auth.verify_password(None, password)
        return self._first(feed, found, lambda one: auth.verify_password(one.kept, password))

    def authenticate_key(
        self,
        username: str,
        openssh_public_key: str,
        peer: str,  # noqa: ARG002
    ) -> FeedLogin | None:
        """The feed of this user, when the key is one of its own."""
        return self._by_public(Kind.PUBLIC_KEY, username, openssh_public_key)

    def authenticate_authority(
        self,
        username: str,
        openssh_public_key: str,
        peer: str,  # noqa: ARG002
    ) -> FeedLogin | None:
        """The feed of this user, when certificates that this key has signed open it.

        The certificate itself (its times, its principals, its signature) is the door's to judge.
        """
        return self._by_public(Kind.CERTIFICATE_AUTHORITY, username, openssh_public_key)

    def authenticate_api_key(self, key: str, peer: str) -> FeedLogin | None:  # noqa: ARG002
        """The feed of this API key; unknown feeds take as long as wrong keys."""
        return self._by_key(Kind.API_KEY, key)

    def authenticate_client(self, key: str, peer: str) -> FeedLogin | None:  # noqa: ARG002
        """The feed that may have a token for this OAuth 2.0 client secret or API key."""
        return self._by_key(Kind.CLIENT_SECRET, key) or self._by_key(Kind.API_KEY, key)

    def authenticate_grant(self, feed_id: str, mark: str) -> FeedLogin | None:
        """The feed of a signed grant, as long as it has the key that the grant was given for."""
        for kind in (Kind.API_KEY, Kind.CLIENT_SECRET):
            feed, found = self._find(Feed.id == feed_id, kind)
            login = self._first(
                feed, found, lambda one: bool(mark) and feed_keys.mark(one.kept) == mark
            )
            if login is not None:
                return login
        return None

    def _by_key(self, kind: Kind, key: str) -> FeedLogin | None:
        feed, found = self._find(Feed.id == (feed_keys.feed_of(key) or ""), kind)
        if not found:
            feed_keys.matches(None, key)
        return self._first(feed, found, lambda one: feed_keys.matches(one.kept, key))

    def _by_public(self, kind: Kind, username: str, line: str) -> FeedLogin | None:
        offered = " ".join(line.split()[:2])
        feed, found = self._find(Feed.username == username, kind)
        return self._first(feed, found, lambda one: one.public == offered)

    def _find(
        self, what: ColumnElement[bool], kind: Kind
    ) -> tuple[Feed | None, Iterable[FeedCredential]]:
        """An enabled feed of the door's protocols, and its valid credentials of a kind."""
        with self._database.read() as session:
            feed = session.scalar(select(Feed).where(what))
            if feed is None or feed.disabled or self._protocols.isdisjoint(feed.protocols):
                return None, ()
            return feed, feed_credentials.valid(session, feed.id, kind, self._clock())

    def _first(
        self,
        feed: Feed | None,
        found: Iterable[FeedCredential],
        proves: Callable[[FeedCredential], bool],
    ) -> FeedLogin | None:
        used = next((one for one in found if proves(one)), None)
        login = _verdict(feed, proven=used is not None)
        if login is not None and used is not None and self._uses is not None:
            self._uses.note(used.id, self._clock())
        return login


def _verdict(feed: Feed | None, *, proven: bool) -> FeedLogin | None:
    identity = Identity(id=feed.id, name=feed.name, role=Role.FEED) if feed else None
    verdict = auth.decide(AccessRequest(action=Action.DELIVER, identity=identity, proven=proven))
    if not verdict.allowed or feed is None:
        return None
    return FeedLogin(feed.id, feed.name, legacy=FeedTerms.of(feed).legacy_algorithms)
