"""How feeds prove who they are, and what we prove ourselves with to theirs.

What is only compared is kept as a hash (passwords by argon2id, random keys by SHA-256), what must
be used again is sealed, and public halves stand as they are. A secret is told once, when it is
made. A rotated one stays valid for a while beside its successor, so that nobody is shut out.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from catalog.models import Feed, FeedCredential
from core import auth
from core.errors import Conflict, Misuse, NotFound
from ingest import feed_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.sealed import Sealer


class Kind(StrEnum):
    """What a credential is."""

    PASSWORD = "password"  # noqa: S105 - a name
    API_KEY = "api_key"
    CLIENT_SECRET = "client_secret"  # noqa: S105 - a name
    PUBLIC_KEY = "public_key"
    CERTIFICATE_AUTHORITY = "certificate_authority"
    WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 - a name
    STORE = "store"


PUBLIC = frozenset({Kind.PUBLIC_KEY, Kind.CERTIFICATE_AUTHORITY})
SEALED = frozenset({Kind.WEBHOOK_SECRET, Kind.STORE})
OVERLAP = timedelta(days=7)
"""How long a rotated secret stays valid unless another time is asked for."""
MOST = {Kind.PASSWORD: 3}
"""How many passwords may be valid at once: each is a slow hash at every wrong login."""
_MOST_OTHERS = 50
_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})"
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new credential; `secret` is told this once, None when there is nothing secret in it."""

    credential: FeedCredential
    secret: str | None


def issue(
    session: Session,
    clock: Clock,
    feed: Feed,
    kind: Kind,
    *,
    label: str = "",
    secret: str | None = None,
    public: str = "",
    expires_at: datetime | None = None,
    sealer: Sealer | None = None,
) -> Issued:
    """Another credential of a feed. `secret` is made when none is given (a store's must be);
    `public` is an OpenSSH line, or the name that belongs to a store's secret.

    Raises:
        Misuse: the parts do not fit the kind.
        Conflict: the feed has as many of the kind as it may, or the very same key.
    """
    now = clock()
    before = valid(session, feed.id, kind, now)
    if len(before) >= MOST.get(kind, _MOST_OTHERS):
        raise Conflict(
            f"{feed.name} has {len(before)} valid credentials of the kind {kind}",
            remedy="revoke one first",
        )
    if len(label) > 200 or not label.isprintable():
        raise Misuse("a label has at most 200 printable characters")
    if expires_at is not None and expires_at <= now:
        raise Misuse("a credential can't expire before it is made")
    told, kept, public = _made(feed.id, kind, secret, public, sealer)
    if kind in PUBLIC and any(each.public == public for each in before):
        raise Conflict(f"{feed.name} has this key already", remedy="list its credentials")
    made = FeedCredential(
        id=f"crd_{secrets.token_hex(8)}",
        feed_id=feed.id,
        kind=kind.value,
        label=label,
        kept=kept,
        public=public,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(made)
    feed.revision = (feed.revision or 0) + 1
    session.flush()
    return Issued(made, told)


def rotate(
    session: Session,
    clock: Clock,
    feed: Feed,
    kind: Kind,
    *,
    overlap: timedelta = OVERLAP,
    secret: str | None = None,
    public: str = "",
    label: str = "",
    sealer: Sealer | None = None,
) -> Issued:
    """A successor for all valid credentials of a kind; they end when `overlap` is over.

    Raises:
        Misuse: the parts do not fit the kind, or the overlap is negative.
    """
    if overlap < timedelta(0):
        raise Misuse("an overlap can't be negative", remedy="0 ends the old secret at once")
    now = clock()
    ends = now + overlap
    before = valid(session, feed.id, kind, now)
    for old in before[MOST.get(kind, _MOST_OTHERS) - 1 :] if before else ():
        old.expires_at = now  # room for the new one: the oldest goes at once
    for old in before:
        if old.expires_at is None or old.expires_at > ends:
            old.expires_at = ends
    session.flush()
    return issue(
        session, clock, feed, kind, label=label, secret=secret, public=public, sealer=sealer
    )


def revoke(session: Session, clock: Clock, feed: Feed, credential_id: str) -> FeedCredential:
    """End a credential now; open sessions of the feed are looked at again.

    Raises:
        NotFound: the feed has none of this id.
    """
    found = session.get(FeedCredential, credential_id)
    if found is None or found.feed_id != feed.id:
        raise NotFound(
            f"{feed.name} has no credential {credential_id}",
            remedy=f"list them: segue feeds show {feed.id}",
        )
    found.expires_at = min(filter(None, (found.expires_at, clock())))
    feed.revision += 1
    session.flush()
    return found


def remove(session: Session, credential_id: str) -> None:
    """Forget a credential that was made for a moment only, such as a trial's; harmless when it is
    gone."""
    found = session.get(FeedCredential, credential_id)
    if found is not None:
        session.delete(found)
        session.get_one(Feed, found.feed_id).revision += 1
        session.flush()


def valid(session: Session, feed_id: str, kind: Kind, now: datetime) -> Sequence[FeedCredential]:
    """The credentials of a kind that count now, the newest first."""
    query = select(FeedCredential).where(
        FeedCredential.feed_id == feed_id,
        FeedCredential.kind == kind.value,
        or_(FeedCredential.expires_at.is_(None), FeedCredential.expires_at > now),
    )
    made = FeedCredential.created_at.desc(), FeedCredential.id
    return session.scalars(query.order_by(*made)).all()


def of_feed(session: Session, feed_id: str) -> Sequence[FeedCredential]:
    """All credentials of a feed, also those that ended, the newest first."""
    query = select(FeedCredential).where(FeedCredential.feed_id == feed_id)
    return session.scalars(
        query.order_by(FeedCredential.created_at.desc(), FeedCredential.id)
    ).all()


def sealed_value(
    session: Session, sealer: Sealer, feed_id: str, kind: Kind, now: datetime
) -> tuple[str, bytes] | None:
    """The public name and the opened secret of the newest valid one, None when there is none.

    Raises:
        SealBroken: it does not open.
    """
    found = valid(session, feed_id, kind, now)
    if not found:
        return None
    return found[0].public, sealer.open(found[0].kept, about=about(feed_id, kind))


def sealed_values(
    session: Session, sealer: Sealer, feed_id: str, kind: Kind, now: datetime
) -> list[bytes]:
    """The opened secrets of all valid ones, the newest first: who signs, signs with each."""
    found = valid(session, feed_id, kind, now)
    return [sealer.open(each.kept, about=about(feed_id, kind)) for each in found]


def about(feed_id: str, kind: Kind) -> str:
    """What a sealed secret is bound to."""
    return f"{feed_id}/{kind.value}"


def fingerprint(line: str) -> str:
    """`SHA256:…` of an OpenSSH public key line, as ssh-keygen prints it."""
    digest = hashlib.sha256(base64.b64decode(line.split()[1] + "==")).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def public_key(line: str) -> str:
    """The type and body of an OpenSSH public key line, without its comment.

    Raises:
        Misuse: it is none.
    """
    found = _KEY.match(line.strip())
    if found is None:
        raise Misuse(
            "this is no OpenSSH public key",
            remedy="give the .pub file, one line such as `ssh-ed25519 AAAA… name`",
        )
    return found[0]


def _made(
    feed_id: str, kind: Kind, secret: str | None, public: str, sealer: Sealer | None
) -> tuple[str | None, str, str]:
    """What to tell, what to keep, and the public part."""
    if kind in PUBLIC:
        return None, "", public_key(public)
    if kind in SEALED:
        return _sealed(feed_id, kind, secret, public, sealer)
    if kind is Kind.PASSWORD:
        password = secret or secrets.token_urlsafe(18)
        try:
            return password, auth.hash_password(password), ""
        except ValueError as wrong:
            raise Misuse(str(wrong)) from wrong
    if secret is not None:
        raise Misuse("keys are made by Segue, not given", remedy="leave the secret out")
    return *feed_keys.make(feed_id), ""


def _sealed(
    feed_id: str, kind: Kind, secret: str | None, public: str, sealer: Sealer | None
) -> tuple[str | None, str, str]:
    if sealer is None:
        raise Misuse(f"a credential of the kind {kind} has to be sealed")
    made = None
    if secret is None:
        if kind is Kind.STORE:
            raise Misuse("a store's secret is given by its owner", remedy="give the secret")
        made = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    held = (secret or made or "").encode()
    return made, sealer.seal(held, about=about(feed_id, kind)), public
