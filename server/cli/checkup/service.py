"""What the service keeps and holds: database, index, keys, ports, and settings that are risky."""

from __future__ import annotations

import errno
import fcntl
import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

import migrations
from core.database import open_engine
from core.settings import Party
from ingest.doors.common.certificate import FILE_NAME, Certificate
from ingest.doors.common.hostkey import KEY_NAME, fingerprint
from search.backends.tantivy import TantivyIndex
from server.cli.checkup.verdict import Patient, State, Verdict, fail, ok, warn

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def settings(about: Patient) -> Verdict:
    """Allowed, yet rarely wanted."""
    chosen = about.settings
    risks = []
    if chosen.party.dpid == Party().dpid:
        risks.append("`party.dpid` is the example's: answers and reports go out under it")
    if chosen.web.host not in _LOOPBACK and not chosen.web.url.startswith("https://"):
        risks.append("`web.host` is open to the network without https (`web.url`)")
    if not chosen.sftp.fsync:
        risks.append("`sftp.fsync` is off: a power cut may lose what was received")
    if chosen.doors.ftp.enabled and chosen.doors.ftp.plain:
        risks.append("`doors.ftp.plain` is on: passwords and files can be read on the way")
    if chosen.listen.anonymous:
        risks.append("`listen.anonymous` is on: everybody may play")
    if chosen.log == "debug":
        risks.append("`log` is debug")
    if risks:
        return warn("; ".join(risks), "see docs/reference/settings.md")
    return ok("nothing risky")


def database(about: Patient) -> Verdict:
    """Reachable, and at the version that this program knows."""
    remedy = "start the database, or mend `database`"
    try:
        url = make_url(about.settings.database_url)
        told = url.render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            return ok(f"{told} will be made at the first start")
        engine = open_engine(about.settings.database_url)
    except (SQLAlchemyError, ImportError) as wrong:
        return fail(f"`database` can't be used: {type(wrong).__name__}", remedy)
    try:
        with engine.connect() as connection:
            return _revision(_current(connection), told)
    except SQLAlchemyError as wrong:
        why = str(getattr(wrong, "orig", None) or wrong).splitlines()[0]
        return fail(f"{told}: {why}", remedy)
    finally:
        engine.dispose()


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(found) if found else None


def _revision(current: str | None, told: str) -> Verdict:
    head = migrations.head()
    if current is None:
        return ok(f"{told}, empty: its tables are made at the first start")
    if current > head:
        return fail(f"{told} is at {current}, made by a newer Segue", "install that version")
    if current < head:
        return warn(f"{told} is at {current}, the head is {head}", "the next start upgrades it")
    return ok(f"{told}, at the head {head}")


def search(about: Patient) -> Verdict:
    root = about.data.search
    if not root.is_dir():
        return ok("the index will be made at the first start")
    index = TantivyIndex(root, writable=False)
    try:
        position = index.position
    finally:
        index.close()
    if position is None:
        return warn(f"the index in {root} can't be read", "the next start builds it again")
    return ok(f"the index is built, up to event {position}")


def host_key(about: Patient) -> Verdict:
    path = about.data.keys / KEY_NAME
    if not path.exists():
        return ok("will be made at the first start")
    loose = _loose([path])
    if loose:
        return loose
    try:
        return ok(fingerprint(path))
    except ValueError:
        return fail(f"{path} holds no private key", "restore it: senders have pinned it")


def secrets(about: Patient) -> Verdict:
    folder = about.data.keys
    if not folder.is_dir():
        return ok("will be made at the first start")
    files = sorted(path for path in folder.iterdir() if path.suffix == ".key")
    return _loose([folder, *files]) or ok(f"{len(files)} of them, readable by this account alone")


def _loose(paths: list[Path]) -> Verdict | None:
    """A verdict when others may read or write one of them."""
    for path in paths:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            right = "700" if path.is_dir() else "600"
            return fail(f"{path} has mode {mode:03o}", f"chmod {right} {path}; then make new keys")
    return None


def web_port(about: Patient) -> Verdict:
    return _port(about, "web", about.settings.web.host, about.settings.web.port)


def sftp_port(about: Patient) -> Verdict:
    return _port(about, "sftp", about.settings.sftp.host, about.settings.sftp.port)


def ftp_ports(about: Patient) -> Verdict:
    """Of both ways in by TLS."""
    chosen = about.settings.doors.ftp
    if not chosen.enabled:
        return ok("the door is closed (`doors.ftp.enabled`)")
    first = _port(about, "doors.ftp", chosen.host, chosen.port)
    if first.state is State.FAIL:
        return first
    return _port(about, "doors.ftp", chosen.host, chosen.implicit_port)


def ftp_certificate(about: Patient) -> Verdict:
    """Readable, and not about to expire."""
    chosen = about.settings.doors.ftp
    path = chosen.certificate or about.data.keys / FILE_NAME
    if not chosen.enabled:
        return ok("the door is closed (`doors.ftp.enabled`)")
    if chosen.certificate is None and not path.is_file():
        return ok("a self-signed one will be made at the first start")
    try:
        left = Certificate(path, chosen.key or path).expires() - about.now
    except (OSError, ValueError) as wrong:
        return fail(f"{path}: {wrong}", "give a PEM file in `doors.ftp.certificate`")
    if left < timedelta(0):
        return fail(f"{path} has expired", "get a new one; senders refuse it")
    if left < timedelta(days=30):
        return warn(f"{path} expires in {left.days} days", "get a new one")
    return ok(f"{path} holds for {left.days} days")


def _port(about: Patient, name: str, host: str, port: int) -> Verdict:
    if port == 0:
        return ok("takes a free one")
    where = urlsplit(f"//{host}").hostname or host
    family = socket.AF_INET6 if ":" in where else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as wrong:
            return _taken(about, name, f"{host}:{port}", wrong)
    return ok(f"{host}:{port} is free")


def _taken(about: Patient, name: str, where: str, wrong: OSError) -> Verdict:
    holder = _server(about)
    if wrong.errno == errno.EADDRINUSE and holder:
        return ok(f"{where} is held, and Segue runs as process {holder}")
    why = "is taken by another program" if wrong.errno == errno.EADDRINUSE else str(wrong.strerror)
    return fail(f"{where} {why}", f"set `{name}.host` and `{name}.port`")


def _server(about: Patient) -> str:
    """The process that serves this data folder, empty when none does."""
    try:
        with (about.data.root / "lock").open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return file.read().strip()
    except OSError:
        pass
    return ""
