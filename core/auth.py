"""One verdict for every way in: web session, operator console, feed login over SFTP or HTTP.

Each adapter turns what it saw (a cookie, a password, a key) into an `AccessRequest` and asks
`decide`; nothing else grants anything. Looking an identity up is the adapter's work: no I/O here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_PASSWORD = 1024  # characters; argon2 hashes any length, a hostile one costs time


class Role(StrEnum):
    """What kind of identity it is."""

    LISTENER = "listener"
    OPERATOR = "operator"
    FEED = "feed"


class Action(StrEnum):
    """What somebody wants to do."""

    BROWSE = "browse"
    PLAY = "play"
    OPERATE = "operate"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who it is. `tier` and `territory` (ISO 3166-1 alpha-2) are empty for feeds.

    `epoch` counts sign-outs of the account: a proof made under an older epoch is void.
    """

    id: str
    name: str
    role: Role
    territory: str = ""
    tier: str = ""
    epoch: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """One question. `identity` is None for an anonymous visitor or an unknown name.

    `proven` says that the adapter checked the credential (password, key or signature);
    `proof_epoch` is the epoch that the credential was made under, None when it has none.
    """

    action: Action
    identity: Identity | None = None
    proven: bool = False
    proof_epoch: int | None = None
    anonymous_may_play: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer: `code` is `granted`, `sign_in_required`, `session_ended` or `wrong_role`."""

    allowed: bool
    code: str
    identity: Identity | None = None


_ROLES: dict[Action, frozenset[Role]] = {
    Action.BROWSE: frozenset(Role) - {Role.FEED},
    Action.PLAY: frozenset({Role.LISTENER, Role.OPERATOR}),
    Action.OPERATE: frozenset({Role.OPERATOR}),
    Action.DELIVER: frozenset({Role.FEED}),
}


def decide(request: AccessRequest) -> Verdict:
    """The one rule of who may do what."""
    if request.identity is None or not request.proven:
        return _anonymous(request, "sign_in_required")
    if request.proof_epoch is not None and request.proof_epoch != request.identity.epoch:
        return _anonymous(request, "session_ended")
    if request.identity.role not in _ROLES[request.action]:
        return Verdict(allowed=False, code="wrong_role", identity=request.identity)
    return Verdict(allowed=True, code="granted", identity=request.identity)


def _anonymous(request: AccessRequest, otherwise: str) -> Verdict:
    may = request.action is Action.BROWSE or (
        request.action is Action.PLAY and request.anonymous_may_play
    )
    return Verdict(allowed=may, code="granted" if may else otherwise)


@cache
def _hasher() -> PasswordHasher:
    """Argon2id as the OWASP password storage cheat sheet has it: 19 MiB, 2 passes, 1 lane.

    The library's default takes 64 MiB and four lanes: a few dozen sign-ins at once would take
    all memory and processors of a small server.
    """
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _decoy() -> str:
    return _hasher().hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash to store.

    Raises:
        ValueError: shorter than 8 or longer than 1024 characters.
    """
    if not 8 <= len(password) <= MAX_PASSWORD:
        raise ValueError(f"a password has 8 to {MAX_PASSWORD} characters")
    return _hasher().hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is right. `None` (no such name) takes as long and is never right."""
    if len(password) > MAX_PASSWORD:
        return False
    try:
        _hasher().verify(stored or _decoy(), password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return stored is not None
