"""`/art/<digest>/<size>.webp|.jpg`: covers, the same for everybody and for ever."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.errors import NotFound
from server.errors import MethodWrong
from server.stream.send import send_object

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from server.playback.hot import HotObjects

_PATH = re.compile(r"/art/(?P<digest>[0-9a-f]{64})/(?P<file>(?:96|320|640|1280)\.(?:webp|jpg))")
_KINDS = {"webp": b"image/webp", "jpg": b"image/jpeg"}
_CACHE = (b"cache-control", b"public, max-age=31536000, immutable")


class ArtworkApp:
    """An ASGI application; mount it at `/art`."""

    def __init__(self, hot: HotObjects) -> None:
        self._hot = hot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send the picture.

        Raises:
            NotFound: no such path; ObjectAbsent comes through as it is.
        """
        if scope["method"] not in {"GET", "HEAD"}:
            raise MethodWrong("artwork can only be read", remedy="use GET or HEAD")
        found = _PATH.fullmatch(scope["path"])
        if found is None:
            raise NotFound("there is no such artwork", remedy="sizes are 96, 320, 640 and 1280")
        item = await self._hot.get(f"art/{found['digest']}/{found['file']}")
        kind = _KINDS[found["file"].rpartition(".")[2]]
        await send_object(scope, send, item, [(b"content-type", kind), _CACHE])
