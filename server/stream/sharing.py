"""Which pages and receivers of other origins may read media: CORS, and what casting needs.

The token stands in the path, so no credentials are shared: a receiver that was given the address
may read it, and nothing else of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.stream.send import Header

_SHARED: list[Header] = [
    (b"access-control-expose-headers", b"Content-Length, Content-Range, Accept-Ranges, ETag, Date"),
    (b"timing-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
_PREFLIGHT: list[Header] = [
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"Range, If-Range, If-None-Match, Accept-Encoding, Content-Type",
    ),
    (b"access-control-max-age", b"86400"),
]
_VARIES: Header = (b"vary", b"origin")


@dataclass(frozen=True, slots=True)
class Sharing:
    """`origins` as browsers send them (`https://music.example`), or `*` for all."""

    origins: frozenset[bytes] = frozenset()

    def headers(self, origin: bytes | None) -> list[Header]:
        """For an answer to this origin."""
        if not self.origins:
            return []
        if b"*" in self.origins:
            return [(b"access-control-allow-origin", b"*"), *_SHARED]
        if origin is None or origin not in self.origins:
            return [_VARIES]
        return [(b"access-control-allow-origin", origin), *_SHARED, _VARIES]

    def preflight(self, origin: bytes | None) -> list[Header]:
        """For the question before the request."""
        found = self.headers(origin)
        return [*found, *_PREFLIGHT] if len(found) > 1 else found


NOBODY = Sharing()
