"""What the phases work with: one value, made by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ddex.ern import reader
from ddex.xml import Limits, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from catalog.models import Delivery
    from core.clock import Clock
    from core.database import Database
    from core.folders import DataFolder
    from ddex.ern.model import Message
    from ingest.doors.common.audit import Audit
    from ingest.phase_01_scan import Scanner
    from ingest.ports import Index, Probe, Transcode
    from storage.store import ObjectStore


LIMITS = Limits()
"""Of a message: sixty times the largest known albums, and its model fits into memory."""
LARGE = 4 << 20
"""Bytes from which on a message is remembered alone, so that memory stays bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a phase may use.

    `schema` gives the bytes of a DDEX schema by name, or raises FileNotFoundError; `wanted` are
    the (commercial model, use type) pairs that this service can do. Without a `scanner` nothing
    is scanned for viruses; `hold_unscanned` holds deliveries with files too large for it.
    """

    database: Database
    store: ObjectStore
    data: DataFolder
    clock: Clock
    probe: Probe
    transcode: Transcode
    index: Index
    schema: Callable[[str], bytes]
    party_dpid: str
    party_name: str
    wanted: tuple[tuple[str, str], ...]
    scanner: Scanner | None = None
    hold_unscanned: bool = True
    audit: Audit | None = None

    def workspace(self, delivery_id: str) -> Path:
        """The delivery's own copy of its files."""
        return self.data.work / delivery_id

    def release_folder(self, delivery: Delivery) -> Path:
        """Where the sender put the files."""
        return self.data.inbox / delivery.feed_id / delivery.batch / delivery.release_folder

    def message(self, delivery: Delivery) -> Message:
        """The delivery's message; parsed once per process for the same bytes."""
        xml = self.workspace(delivery.id) / (delivery.xml_path or "")
        data = xml.read_bytes()
        return _read_large(data) if len(data) >= LARGE else _read(data)


@lru_cache(maxsize=8)
def _read(data: bytes) -> Message:
    return reader.read(parse(data, LIMITS))


@lru_cache(maxsize=1)
def _read_large(data: bytes) -> Message:
    return reader.read(parse(data, LIMITS))


def master_key(digest: str) -> str:
    """Object key of a master."""
    return f"masters/{digest[:2]}/{digest}"


def spectrum_key(digest: str) -> str:
    """Object key of the picture of a doubtful master's spectrum."""
    return f"spectra/{digest[:2]}/{digest}.png"


def message_key(digest: str) -> str:
    """Object key of a message."""
    return f"messages/{digest[:2]}/{digest}"
