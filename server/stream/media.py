"""`/m/<token>/<asset>/…`: playlists and segments of one play.

No database here: the token is verified once and remembered, the gate answers from memory, the
bytes come from memory or the object store.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.errors import NotFound
from server.errors import MethodWrong
from server.stream.send import send_object

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from server.playback.gate import Gate
    from server.playback.hot import HotObjects
    from server.playback.tokens import MediaTokens

_PATH = re.compile(
    r"/m/(?P<token>[A-Za-z0-9._-]{1,2000})/(?P<asset>[0-9a-f]{64})/"
    r"(?P<file>[a-z0-9]{1,20}\.(?:m3u8|mp4)|manifest\.mpd"
    r"|[a-z0-9]{1,20}/init\.mp4|[a-z0-9]{1,20}/[0-9]{1,6}\.m4s)"
)
_KINDS = {
    "m3u8": "application/vnd.apple.mpegurl",
    "mpd": "application/dash+xml",
    "mp4": "audio/mp4",
    "m4s": "video/iso.segment",
}
_CACHE = "private, max-age=31536000, immutable"


class MediaApp:
    """An ASGI application; mount it at `/m`."""

    def __init__(self, tokens: MediaTokens, gate: Gate, hot: HotObjects) -> None:
        self._tokens = tokens
        self._gate = gate
        self._hot = hot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Judge, then send.

        Raises:
            NotFound: no such path, a token that is not ours, or one of another asset.
            PlayExpired, SignInRequired, PlayRefused, Unavailable: what the gate says.
        """
        if scope["method"] not in {"GET", "HEAD"}:
            raise MethodWrong("media can only be read", remedy="use GET or HEAD")
        found = _PATH.fullmatch(scope["path"])
        grant = self._tokens.read(found["token"]) if found else None
        if found is None or grant is None or grant.asset != found["asset"]:
            raise NotFound("there is no such media", remedy="open a play: POST /api/v1/plays")
        await self._gate.admit(grant)
        file = found["file"]
        item = await self._hot.get(f"hls/{grant.asset}/{file}")
        kind = _KINDS[file.rpartition(".")[2]]
        await send_object(scope, send, item, kind=kind, cache=_CACHE)
