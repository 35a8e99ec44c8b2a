"""Shapes of what senders are told over HTTP."""

from __future__ import annotations

from typing import Any

from server.api.closed import Closed


class Received(Closed):
    """A file that came whole: its path from the feed's root, bytes, and BLAKE3 in hexadecimal."""

    path: str
    size: int
    blake3: str
    received_at: str


class Entry(Closed):
    """A file or folder; an unfinished file has the size so far, `modified` is in Unix seconds."""

    name: str
    folder: bool
    size: int
    modified: int
    unfinished: bool


class Listing(Closed):
    """What a folder of the feed holds, by name."""

    path: str
    entries: list[Entry]


class Verdict(Closed):
    """What `segue validate --json` prints: whether all is accepted, and each message's findings."""

    ok: bool
    files: list[dict[str, Any]]
