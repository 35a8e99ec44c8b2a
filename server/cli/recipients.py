"""Where a delivery goes, by its address: how to open a session there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from core.errors import Misuse, NotFound
from distro.targets import ftp, ftp_session, http, sftp
from server.cli.context import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from distro.targets.base import Connect

FEED = "feed:"
_STORES = ("s3://", "gs://", "az://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the caller says of secrets and of trust; `on_trust` hears of a server on this machine
    that nothing proves."""

    secret: str = field(repr=False)
    key: Path | None
    fingerprint: str
    known_hosts: Path | None
    certificate: Path | None
    plain_ftp: bool
    key_id: str
    endpoint: str
    region: str
    on_trust: Callable[[str], None]


def connecting(ctx: typer.Context, to: str, given: Given, stack: ExitStack) -> Connect:
    """How to open a session at this address, by its scheme; `stack` holds what must end with it.

    Raises:
        Misuse: no address that can be delivered to.
    """
    if to.startswith(FEED):
        return _feed(ctx, to.removeprefix(FEED), stack)
    if to.startswith(("http://", "https://")):
        return partial(http.connect, http.address(to, given.secret), {})
    if to.startswith(("ftp://", "ftps://")):
        return _ftp(to, given)
    if to.startswith(_STORES):
        return _store(to, given)
    trust = sftp.Trust(
        fingerprint=given.fingerprint, known_hosts=given.known_hosts, loopback=given.on_trust
    )
    return partial(
        sftp.connect, sftp.address(to), sftp.Login(key=given.key, password=given.secret), trust
    )


def _ftp(to: str, given: Given) -> Connect:
    trust = ftp_session.Trust(
        fingerprint=given.fingerprint, certificate=given.certificate, loopback=given.on_trust
    )
    return partial(ftp.connect, ftp.address(to, plain=given.plain_ftp), given.secret, trust)


def _store(to: str, given: Given) -> Connect:
    from distro.targets import store

    access = store.Access(
        key_id=given.key_id,
        secret=_text(given.key) if given.key else given.secret,
        endpoint=given.endpoint,
        region=given.region,
    )
    return partial(store.connect, store.address(to, access))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotFound(f"can't read {path}") from wrong


def _feed(ctx: typer.Context, feed_id: str, stack: ExitStack) -> Connect:
    """A feed of the service on this data folder, by the first of its protocols that can be gone by;
    its secret dies afterwards."""
    from server.cli import feed_ways

    local = stack.enter_context(opened(ctx))
    feed = feed_ways.find(local, feed_id)
    protocol = feed_ways.chosen(feed)[0]
    guest = stack.enter_context(feed_ways.guest(local, feed, (protocol,)))
    way = feed_ways.ways(guest, protocol)[0]
    if not way.port:
        raise Misuse(f"the door for {protocol} is closed", remedy="start the service: segue serve")
    return way.connect
