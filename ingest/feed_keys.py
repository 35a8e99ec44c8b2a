"""API keys of feeds that deliver over HTTP: shown once, kept as a hash. Pure.

A key is random (256 bits), so one round of SHA-256 keeps it as well as a slow hash would. The hash
stands where a password's would stand and can't be taken for one, so a key opens no other door.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

PROTOCOL = "http"
_FORM = re.compile(r"segue_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


def make(feed_id: str) -> tuple[str, str]:
    """A new key of this feed, and what to keep of it."""
    key = f"segue_{feed_id.removeprefix('feed_')}_{secrets.token_urlsafe(32)}"
    return key, _kept(key)


def feed_of(key: str) -> str | None:
    """The id of the feed that a key says it is of, None when it is no key."""
    read = _FORM.fullmatch(key)
    return f"feed_{read[1]}" if read else None


def matches(stored: str | None, key: str) -> bool:
    """Whether a key is the one that was kept."""
    return hmac.compare_digest(_kept(key).encode(), (stored or "").encode())


def mark_of(key: str) -> str:
    """What a token says of the key that it was given for."""
    return mark(_kept(key))


def mark(stored: str | None) -> str:
    """The same, of the key that was kept; empty when there is none."""
    return hashlib.sha256(stored.encode()).hexdigest()[:32] if stored else ""


def _kept(key: str) -> str:
    return "sha256$" + hashlib.sha256(key.encode()).hexdigest()
