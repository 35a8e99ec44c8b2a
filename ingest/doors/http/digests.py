"""Digests that a sender declares in headers, checked while the bytes come.

`Content-Digest` and `Repr-Digest` as RFC 9530 has them (sha-256, sha-512), the older `Content-MD5`
(RFC 1864), and `Upload-Checksum` of tus 1.0.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.doors.common.refusals import Reason, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHECKSUMS = {"sha1": "sha1", "md5": "md5", "sha256": "sha256", "sha512": "sha512"}
"""Algorithms of `Upload-Checksum`."""

_FIELDS = ("content-digest", "repr-digest")
_KNOWN = {"sha-256": "sha256", "sha-512": "sha512"}
_MEMBER = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):\s*(?:;[^,]*)?")


@dataclass(slots=True)
class Digests:
    """What was declared, and the running digests to compare it with."""

    declared: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Header, algorithm of hashlib, value."""
    _running: dict[str, hashlib._Hash] = field(default_factory=dict)

    def declare(self, header: str, algorithm: str, text: str) -> None:
        """One more; `text` is base64.

        Raises:
            Refused: it can't be a digest of this algorithm.
        """
        running = self._running.setdefault(algorithm, hashlib.new(algorithm, usedforsecurity=False))
        try:
            value = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            value = b""
        if len(value) != running.digest_size:
            raise Refused(
                Reason.UNREADABLE,
                f"{header} has no {algorithm} digest in base64 ({running.digest_size} bytes); "
                "send the digest of the bytes themselves, not of its hexadecimal form",
            )
        self.declared.append((header, algorithm, value))

    def update(self, piece: bytes | memoryview) -> None:
        """Bytes came."""
        for running in self._running.values():
            running.update(piece)

    def check(self) -> None:
        """All bytes came.

        Raises:
            Refused: they are not the ones that were declared.
        """
        for header, algorithm, value in self.declared:
            found = self._running[algorithm].digest()
            if found != value:
                raise Refused(
                    Reason.MISMATCH,
                    f"{header} says {algorithm} {_shown(value)}, but the bytes that came have "
                    f"{_shown(found)}; nothing was kept: send it again",
                )


def declared(headers: Mapping[str, str]) -> Digests:
    """The digests of a request or of a part of a package; names of headers in small letters.

    Raises:
        Refused: a header can't be read, or has no algorithm that we can check.
    """
    found = Digests()
    for name in _FIELDS:
        if name in headers:
            for algorithm, text in _members(name, headers[name]):
                found.declare(_titled(name), algorithm, text)
    if "content-md5" in headers:
        found.declare("Content-MD5", "md5", headers["content-md5"])
    return found


def checksum(header: str | None) -> Digests | None:
    """The checksum of one chunk in tus: `<algorithm> <base64>`. Raises Refused."""
    if header is None:
        return None
    name, _, text = header.strip().partition(" ")
    if name not in CHECKSUMS:
        raise Refused(
            Reason.UNREADABLE, f"Upload-Checksum needs one of {', '.join(CHECKSUMS)}, then base64"
        )
    found = Digests()
    found.declare("Upload-Checksum", CHECKSUMS[name], text)
    return found


def _members(name: str, text: str) -> Iterator[tuple[str, str]]:
    known = False
    for member in text.split(","):
        read = _MEMBER.fullmatch(member)
        if read is None:
            raise Refused(
                Reason.UNREADABLE,
                f"{_titled(name)} can't be read; write it as sha-256=:<base64>: (RFC 9530)",
            )
        if read[1] in _KNOWN:
            known = True
            yield _KNOWN[read[1]], read[2]
    if not known:
        raise Refused(
            Reason.UNREADABLE,
            f"{_titled(name)} has no algorithm that is checked here; send sha-256 or sha-512",
        )


def _titled(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _shown(value: bytes) -> str:
    return base64.b64encode(value).decode()
