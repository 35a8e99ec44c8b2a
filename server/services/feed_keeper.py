"""Feeds as operators keep them: one service behind the commands, the API and the console.

Each act is one transaction, with its entry in the audit log. Secrets are in the answer of the act
that made them, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Feed
from catalog.queries import deliveries, feed_statistics
from core.errors import Misuse
from ingest import (
    feed_agreements,
    feed_audit,
    feed_credentials,
    feed_editing,
    feed_usage,
    feed_watching,
    feeds,
)
from ingest.feed_audit import FeedAct
from ingest.feed_credentials import SEALED, Kind
from ingest.feed_terms import FeedTerms
from ingest.watchers.state import state_of
from server.services import feed_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.sealed import Sealer
    from ingest.feed_audit import Actor
    from ingest.feed_credentials import Issued
    from ingest.feed_editing import FeedEdit

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A feed to make; the first of `dpids` and `protocols` is the main one. `store` is the key to
    what its terms say is watched."""

    name: str
    dpids: Sequence[str]
    protocols: Sequence[str] = ("sftp",)
    acknowledgements: str = "18"
    choreography: str = ""
    policy: str = "normal"
    terms: FeedTerms = field(default_factory=FeedTerms)
    public_keys: Sequence[str] = ()
    certificate_authorities: Sequence[str] = ()
    store: NewCredential | None = None
    takes_tests: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """A credential to add; see `ingest.feed_credentials.issue`."""

    kind: Kind
    label: str = ""
    secret: str | None = None
    public: str = ""
    days: float | None = None


class FeedKeeper:
    """Who may call it is judged before; `by` is who acts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        discard: Callable[[str], None] = lambda _feed_id: None,
    ) -> None:
        """`discard` removes the files of a deleted feed."""
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._discard = discard

    # ---- reading

    def every(self, *, days: int = feed_statistics.DAYS) -> list[Shape]:
        """All feeds by name, each with its figures of the last days."""
        with self._database.read() as session:
            rows = session.scalars(
                select(Feed).where(Feed.deleted_at.is_(None)).order_by(Feed.name, Feed.id)
            ).all()
            agreed = {row.id: FeedTerms.of(row).sla_minutes for row in rows}
            figures = feed_statistics.figures(session, agreed, self._clock(), days=days)
        return [feed_shapes.brief(row, figures[row.id]) for row in rows]

    def show(self, name: str, *, days: int = feed_statistics.DAYS) -> Shape:
        """One feed: settings, credentials, use of its quota, figures, each of the last days.

        Raises:
            NotFound: there is none of this id or name.
        """
        with self._database.read() as session:
            feed = feed_editing.find(session, name)
            return self._shown(session, feed, days)

    def _shown(self, session: Session, feed: Feed, days: int = feed_statistics.DAYS) -> Shape:
        now, terms = self._clock(), FeedTerms.of(feed)
        figures = feed_statistics.figures(session, {feed.id: terms.sla_minutes}, now, days=days)
        used = feed_usage.usage(session, feed.id)
        watching = state_of(session, feed.id)
        return {
            **feed_shapes.brief(feed, figures[feed.id]),
            "terms": feed_shapes.terms(terms),
            "agreements": feed_agreements.terms_of(feed),
            "rules": feeds.policy_json(feed),
            "credentials": [
                feed_shapes.credential(each, now)
                for each in feed_credentials.of_feed(session, feed.id)
            ],
            "usage": feed_shapes.used(used, feed_usage.left(terms, used)),
            "daily": [
                each.to_json() for each in feed_statistics.daily(session, feed.id, now, days=days)
            ],
            "watch": watching.to_json() if watching else None,
            "notes": feed_editing.needs(feed, terms),
            "revision": feed.revision,
        }

    def recent(self, feed_id: str, limit: int = 12) -> list[Shape]:
        """The feed's newest deliveries."""
        with self._database.read() as session:
            _, found = deliveries.list_deliveries(session, offset=0, limit=limit, feed_id=feed_id)
        return found

    def stored_terms(self, name: str) -> Shape:
        """The terms that differ from their defaults, as JSON. Raises NotFound."""
        with self._database.read() as session:
            return FeedTerms.of(feed_editing.find(session, name)).to_json()

    # ---- changing

    def create(self, by: Actor, wanted: NewFeed) -> Shape:
        """The feed as `show` has it, with `secrets`: kind -> secret, told this once.

        Raises:
            Misuse: a value that can't be used.
            Conflict: a feed of this name exists.
        """
        with self._database.write() as session:
            feed, secret = feeds.create(
                session,
                self._clock,
                name=wanted.name,
                dpid=wanted.dpids,
                protocol=wanted.protocols,
                public_keys=wanted.public_keys,
                acknowledgements=wanted.acknowledgements,
                choreography=wanted.choreography,
                policy=wanted.policy,
                terms=wanted.terms,
            )
            feed_watching.judge(session, wanted.terms, feed.protocols, feed.id)
            secrets = self._first_secrets(session, feed, wanted, secret)
            agreed = {feed_agreements.TAKES_TESTS: wanted.takes_tests or None}
            feed_agreements.agree(session, feed, agreed)
            kinds = ", ".join(secrets) or "no secret"
            detail = f"{feed.name}: {', '.join(feed.protocols)}; {', '.join(feed.dpids)}; {kinds}"
            feed_audit.write(session, self._clock, by, FeedAct.CREATED, feed.id, detail)
            return {**self._shown(session, feed), "secrets": secrets}

    def _first_secrets(
        self, session: Session, feed: Feed, wanted: NewFeed, secret: str | None
    ) -> dict[str, str]:
        """What `feeds.create` made, and a key beside a password where both open doors."""
        for line in wanted.certificate_authorities:
            self._issue(session, feed, Kind.CERTIFICATE_AUTHORITY, public=line)
        if key := wanted.store:
            self._issue(session, feed, key.kind, secret=key.secret, public=key.public)
        found: dict[str, str] = {}
        kind = feeds.first_secret(feed.protocols, has_keys=bool(wanted.public_keys))
        if secret is not None and kind is not None:
            found[kind.value] = secret
        if kind is Kind.PASSWORD and "http" in feed.protocols:
            found[Kind.API_KEY.value] = self._issue(session, feed, Kind.API_KEY).secret or ""
        return found

    def edit(self, by: Actor, name: str, wanted: FeedEdit) -> Shape:
        """The feed as `show` has it, with `changed`: one line for each change.

        Raises:
            NotFound: there is none.
            Misuse: a value that can't be used.
            Conflict: another feed has the name.
        """
        with self._database.write() as session:
            feed = feed_editing.find(session, name)
            told = feed_editing.edit(session, feed, wanted)
            feed_watching.judge(session, FeedTerms.of(feed), feed.protocols, feed.id)
            if told:
                detail = "; ".join(told)
                feed_audit.write(session, self._clock, by, FeedAct.CHANGED, feed.id, detail)
            return {**self._shown(session, feed), "changed": told}

    def set_policy(self, by: Actor, name: str, policy: Shape) -> Shape:
        """Give a feed another policy, and agree on its terms of yes and no; what it has now.

        Raises:
            NotFound: there is no such feed.
            Misuse: no such rule or term, or a severity below its floor.
        """
        with self._database.write() as session:
            feed = feed_editing.find(session, name)
            before = feeds.policy_json(feed), feed_agreements.terms_of(feed)
            feed_agreements.agree(session, feed, policy.get("terms") or {})
            feeds.set_policy(feed, {key: policy[key] for key in policy if key != "terms"})
            rules, agreed = feeds.policy_json(feed), feed_agreements.terms_of(feed)
            if (rules, agreed) != before:
                detail = f"policy {rules['name']}, {rules['overrides']}, {agreed}"
                feed_audit.write(session, self._clock, by, FeedAct.CHANGED, feed.id, detail)
            return {**rules, "terms": agreed}

    def switch(self, by: Actor, name: str, *, disabled: bool, why: str = "") -> Shape:
        """Disable (open sessions end within seconds) or enable a feed. Raises NotFound."""
        with self._database.write() as session:
            feed = feed_editing.find(session, name)
            if feed_editing.switch(session, feed, disabled=disabled):
                act = FeedAct.DISABLED if disabled else FeedAct.ENABLED
                feed_audit.write(session, self._clock, by, act, feed.id, why[:500])
            return self._shown(session, feed)

    def add(self, by: Actor, name: str, wanted: NewCredential) -> Shape:
        """`{"credential": …, "secret": …}`; the secret is None where nothing was made.

        Raises:
            NotFound: there is no such feed.
            Misuse, Conflict: see `ingest.feed_credentials.issue`.
        """
        with self._database.write() as session:
            feed = feed_editing.find(session, name)
            expires = self._clock() + timedelta(days=wanted.days) if wanted.days else None
            issued = feed_credentials.issue(
                session,
                self._clock,
                feed,
                wanted.kind,
                label=wanted.label,
                secret=wanted.secret,
                public=wanted.public,
                expires_at=expires,
                sealer=self._sealer if wanted.kind in SEALED else None,
            )
            return self._told(session, by, FeedAct.ADDED, feed, issued)

    def rotate(
        self,
        by: Actor,
        name: str,
        kind: Kind | None = None,
        *,
        overlap: timedelta = feed_credentials.OVERLAP,
        secret: str | None = None,
        public: str = "",
    ) -> Shape:
        """A successor of the feed's secret of a kind; without one, of its only kind.

        Raises:
            NotFound: there is no such feed.
            Misuse: the feed has secrets of several kinds, or none; the overlap is negative.
        """
        with self._database.write() as session:
            feed = feed_editing.find(session, name)
            chosen = kind or self._only_kind(session, feed)
            issued = feed_credentials.rotate(
                session,
                self._clock,
                feed,
                chosen,
                overlap=overlap,
                secret=secret,
                public=public,
                sealer=self._sealer if chosen in SEALED else None,
            )
            ends = (self._clock() + overlap).isoformat()
            told = self._told(session, by, FeedAct.ROTATED, feed, issued, f"old until {ends}")
            return {**told, "old_until": ends}

    def _only_kind(self, session: Session, feed: Feed) -> Kind:
        made = (Kind.PASSWORD, Kind.API_KEY, Kind.CLIENT_SECRET, Kind.WEBHOOK_SECRET)
        now = self._clock()
        found = [kind for kind in made if feed_credentials.valid(session, feed.id, kind, now)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise Misuse(
                f"{feed.name} has no secret that Segue makes",
                remedy=f"name the kind: one of {', '.join(made)}",
            )
        raise Misuse(
            f"{feed.name} has several kinds of secrets: {', '.join(found)}",
            remedy="name the kind that is to be rotated",
        )

    def revoke(self, by: Actor, name: str, credential_id: str) -> Shape:
        """End a credential now. Raises NotFound."""
        with self._database.write() as session:
            feed = feed_editing.find(session, name)
            ended = feed_credentials.revoke(session, self._clock, feed, credential_id)
            detail = f"{ended.kind} {ended.id} {ended.label}".strip()
            feed_audit.write(session, self._clock, by, FeedAct.REVOKED, feed.id, detail)
            return {"credential": feed_shapes.credential(ended, self._clock())}

    def delete(self, by: Actor, name: str, *, discard_files: bool = False) -> Shape:
        """`{"id", "name", "deleted_at"}`; what the feed sent stays in the log.

        Raises:
            NotFound: there is none.
            Conflict: it has live releases, deliveries under way, or unprocessed files.
        """
        with self._database.write() as session:
            feed = feed_editing.find(session, name)
            left = feed_editing.remove(session, self._clock, feed, discard_files=discard_files)
            detail = f"{feed.name}; {left.files} files discarded" if left.files else feed.name
            feed_audit.write(session, self._clock, by, FeedAct.DELETED, feed.id, detail)
            deleted = feed.deleted_at.isoformat() if feed.deleted_at else None
        self._discard(feed.id)
        return {"id": feed.id, "name": feed.name, "deleted_at": deleted}

    def _issue(
        self, session: Session, feed: Feed, kind: Kind, public: str = "", secret: str | None = None
    ) -> Issued:
        sealer = self._sealer if kind in SEALED else None
        return feed_credentials.issue(
            session, self._clock, feed, kind, public=public, secret=secret, sealer=sealer
        )

    def _told(
        self,
        session: Session,
        by: Actor,
        act: FeedAct,
        feed: Feed,
        issued: Issued,
        detail: str = "",
    ) -> Shape:
        made = issued.credential
        said = f"{made.kind} {made.id} {detail}".strip()
        feed_audit.write(session, self._clock, by, act, feed.id, said)
        return {
            "feed": feed.id,
            "credential": feed_shapes.credential(made, self._clock()),
            "secret": issued.secret,
        }
