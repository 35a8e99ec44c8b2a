"""What a sheet says, and what it is made of. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.feed_terms import FeedTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where senders find us and how each door proves itself; `ftp_ports` is None when that door is
    closed. `known_hosts` is the line for OpenSSH's file, `certificate` the PEM of the FTPS door."""

    sftp: tuple[str, int]
    fingerprint: str
    known_hosts: str
    ftp_host: str
    ftp_ports: tuple[int, int] | None
    ftp_fingerprint: str
    certificate: str
    plain: bool
    api: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a sheet takes of a feed."""

    id: str
    name: str
    dpids: tuple[str, ...]
    username: str
    protocols: tuple[str, ...]
    choreography: str
    acknowledgements: str
    has_keys: bool
    terms: FeedTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """Who we are, and whom a sender may ask."""

    dpid: str
    name: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that works as it stands, once `BATCH` names the folder to send."""

    client: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One protocol: facts as (label, value), files to keep as (name, content), and commands."""

    protocol: str
    title: str
    open: bool
    facts: tuple[tuple[str, str], ...]
    keep: tuple[tuple[str, str], ...]
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An acknowledgement: its path in the sender's view, and its XML."""

    path: str
    xml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All of it, in the order in which it is read."""

    feed: str
    name: str
    made: str
    parties: tuple[tuple[str, str], ...]
    ways: tuple[Way, ...]
    choreography: str
    layout: str
    rules: tuple[str, ...]
    sample: Sample | None
    limits: tuple[tuple[str, str], ...]
    contact: str

    def to_json(self) -> dict[str, Any]:
        """As `segue feeds sheet --format json` prints it."""
        return asdict(self)


def limits(terms: FeedTerms) -> tuple[tuple[str, str], ...]:
    """What a feed may send, and when, in words; only what limits it."""
    said = (
        ("Greatest file", _size(terms.max_file_bytes)),
        ("Bytes in the inbox", _size(terms.quota_bytes)),
        ("Files in the inbox", f"{terms.quota_files}" if terms.quota_files else ""),
        ("Rate", f"{_size(terms.rate_bytes_s)}/s" if terms.rate_bytes_s else ""),
        ("Sessions at once", f"{terms.connections}" if terms.connections else ""),
        ("File types", ", ".join((*terms.types, "xml")) if terms.types else ""),
        ("From", ", ".join(terms.networks)),
        ("When", str(terms.schedule or "")),
        ("Answer", f"within {terms.sla_minutes} minutes" if terms.sla_minutes else ""),
        ("Processing", "an operator looks first" if terms.process == "hold" else ""),
    )
    return tuple((label, value) for label, value in said if value)


def _size(count: int | None) -> str:
    return f"{count / 1e6:,.0f} MB" if count and count >= 1e6 else f"{count} bytes" if count else ""


def day(instant: datetime) -> str:
    """The date of a sheet."""
    return f"{instant:%Y-%m-%d}"
