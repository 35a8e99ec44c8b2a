"""The doors that a feed may come by, as clients of the running service: its addresses, the proof
that senders are told, and a secret that dies afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from catalog.models import Feed
from core.errors import Misuse
from distro.suite.door import Way
from distro.suite.material import KINDS
from distro.targets import ftp, ftp_session, http, sftp
from ingest import feed_editing, feed_trials
from ingest.doors.common.hostkey import ensure_host_key
from ingest.feed_audit import Actor
from ingest.feed_credentials import Kind
from ingest.feed_terms import FeedTerms
from server.cli.actors import command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from distro.targets.base import Connect
    from ingest.feed_trials import Trial
    from server.local import Local

WRONG = "not-the-secret-of-any-feed"
_KINDS = {
    "sftp": Kind.PASSWORD,
    "ftps": Kind.PASSWORD,
    "ftp": Kind.PASSWORD,
    "http": Kind.API_KEY,
}
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only compared


@dataclass(frozen=True, slots=True)
class Guest:
    """A feed that is tried out, and the secrets for it."""

    local: Local
    feed: Feed
    trial: Trial

    @property
    def password(self) -> str:
        return self.trial.secrets[Kind.PASSWORD]

    @property
    def api_key(self) -> str:
        return self.trial.secrets[Kind.API_KEY]


def find(local: Local, name: str) -> Feed:
    """The feed of this id or name.

    Raises:
        NotFound: there is none.
    """
    with local.database.read() as session:
        return feed_editing.find(session, name)


@contextmanager
def guest(local: Local, feed: Feed, protocols: tuple[str, ...]) -> Iterator[Guest]:
    """Let us in as the feed, for as long as the block runs.

    Raises:
        NotAllowed: the feed is disabled.
        Conflict: it has as many passwords as it may have.
    """
    kinds = {_KINDS[each] for each in protocols if each in _KINDS}
    with local.database.write() as session:
        row = session.get_one(Feed, feed.id)
        trial = feed_trials.begin(session, local.clock, row, sorted(kinds), Actor(command_line()))
    try:
        yield Guest(local, feed, trial)
    finally:
        with local.database.write() as session:
            feed_trials.end(session, local.clock, session.get_one(Feed, feed.id), trial)


def chosen(feed: Feed, wanted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The protocols to go by: those of the feed that are wanted, in the feed's order.

    Raises:
        Misuse: the feed has none of them, or it is one that we can't be a client of.
    """
    if strange := [each for each in wanted if each not in feed.protocols]:
        raise Misuse(
            f"{feed.name} does not come by {strange[0]!r}",
            remedy=f"one of: {', '.join(feed.protocols)}",
        )
    found = tuple(each for each in feed.protocols if not wanted or each in wanted)
    known = tuple(each for each in found if each in _WAYS)
    if not known:
        raise Misuse(
            f"nothing can be sent by {', '.join(found)}",
            remedy=f"by these it can: {', '.join(_WAYS)}",
        )
    return known


def ways(guest: Guest, protocol: str) -> tuple[Way, ...]:
    """How to come in by a protocol; FTPS has two ways."""
    terms = FeedTerms.of(guest.feed)
    most = [int(each) for each in (terms.max_file_bytes, (terms.quota_bytes or 0) // 4) if each]
    kind = next((each for each in KINDS if not terms.types or each in terms.types), "wav")
    large = min(most, default=0)
    return tuple(replace(way, large=large, kind=kind) for way in _WAYS[protocol](guest))


def _sftp(guest: Guest) -> tuple[Way, ...]:
    host, port = _reachable(guest.local.sftp_address())
    to = sftp.Address(host=host, port=port, username=guest.feed.username, path="/")
    trust = sftp.Trust(fingerprint=ensure_host_key(guest.local.data.keys))

    def by(password: str) -> Connect:
        return partial(sftp.connect, to, sftp.Login(password=password), trust)

    return (
        Way(
            protocol="sftp",
            address=f"sftp://{to.username}@{host}:{port}",
            host=host,
            port=port,
            connect=by(guest.password),
            stranger=by(WRONG),
        ),
    )


def _ftps(guest: Guest) -> tuple[Way, ...]:
    host, explicit, implicit = guest.local.ftp_address()
    return (
        _by_ftp(guest, "ftps", host, explicit, "explicit"),
        _by_ftp(guest, "ftps implicit", host, implicit, "implicit"),
    )


def _ftp(guest: Guest) -> tuple[Way, ...]:
    host, explicit, _implicit = guest.local.ftp_address()
    return (_by_ftp(guest, "ftp", host, explicit, "no"),)


def _by_ftp(guest: Guest, name: str, host: str, port: int, tls: str) -> Way:
    from server.wiring import ftp_certificate

    host, port = _reachable((host, port))
    to = ftp.Address(host=host, port=port, username=guest.feed.username, path="/", tls=tls)
    trust = ftp_session.Trust(fingerprint=ftp_certificate(guest.local).fingerprint())
    scheme = "ftps" if tls == "implicit" else "ftp"
    return Way(
        protocol=name,
        address=f"{scheme}://{to.username}@{host}:{port}",
        host=host,
        port=port,
        connect=partial(ftp.connect, to, guest.password, trust),
        stranger=partial(ftp.connect, to, WRONG, trust),
    )


def _http(guest: Guest) -> tuple[Way, ...]:
    url = f"{guest.local.api_address()}/feeds/{quote(guest.feed.id)}"
    parts = urlsplit(url)
    begun: dict[str, str] = {}
    return (
        Way(
            protocol="http",
            address=url,
            host=_ANY.get(parts.hostname or "", parts.hostname or ""),
            port=parts.port or (443 if parts.scheme == "https" else 80),
            connect=partial(http.connect, http.Address(url=url, key=guest.api_key), begun),
            stranger=partial(http.connect, http.Address(url=url, key=WRONG), {}),
        ),
    )


def _bucket(guest: Guest, protocol: str) -> tuple[Way, ...]:
    from server.cli import feed_stores

    return (feed_stores.way(guest.local, guest.feed, protocol),)


def _reachable(address: tuple[str, int]) -> tuple[str, int]:
    """Every address of this machine is reached at the loopback."""
    return _ANY.get(address[0], address[0]), address[1]


_WAYS: dict[str, Callable[[Guest], tuple[Way, ...]]] = {
    "sftp": _sftp,
    "ftps": _ftps,
    "ftp": _ftp,
    "http": _http,
    "s3": partial(_bucket, protocol="s3"),
    "gcs": partial(_bucket, protocol="gcs"),
    "azure": partial(_bucket, protocol="azure"),
}
