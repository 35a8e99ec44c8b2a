"""Public ids are derived from what a thing is, so that a rebuilt catalogue has the same ids."""

from __future__ import annotations

import re
import secrets
import uuid

_NAMESPACE = uuid.UUID("6b1f5f0c-6c6b-5d53-9d0b-6f1f0f3c7a11")


def public_id(kind: str, owner: str, identifier: str) -> str:
    """UUIDv5 over (kind, owner's DPID, normalised identifier); RFC 9562 section 5.5."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}\x1f{owner}\x1f{identifier}"))


def gtin14(value: str) -> str:
    """An ICPN of 8 to 14 digits padded left with zeros to 14."""
    digits = re.sub(r"[^0-9]", "", value)
    return digits.zfill(14)


def isrc(value: str) -> str:
    """An ISRC in upper case without hyphens, blanks or a leading `ISRC`."""
    plain = re.sub(r"[\s-]", "", value).upper()
    return plain.removeprefix("ISRC")


def secret_id(prefix: str = "") -> str:
    """A random id that can't be guessed, 128 bits, safe in URLs."""
    return prefix + secrets.token_urlsafe(16)
