"""`/m/<token>/<asset>/…`: playlists and segments of one play.

No database here: what was admitted is remembered, the gate answers from memory, bytes come from
open files. `Media.quick` is the whole of it for nearly all requests, without waiting for anything,
so that a server may answer before it has made a request of it; `MediaApp` is for the rest, and for
servers that do not ask.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from core.errors import NotFound
from server.errors import MethodWrong
from server.playback.clips import Clips
from server.playback.hot import in_memory
from server.playback.ranges import span_of
from server.stream.send import ASKED, Outline, asked_of, outline, send_object, send_sliced
from server.stream.sharing import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.types import Receive, Scope, Send

    from server.playback.hot import HotObject, HotObjects
    from server.playback.passes import Passes
    from server.playback.tokens import Grant
    from server.stream.send import Header
    from server.stream.sharing import Sharing
    from server.stream.ways import Way

_ASSET = 65
"""Letters of an asset in the path, and the slash behind."""
FILE = re.compile(
    rb"[0-9a-f]{64}/(?:[a-z0-9]{1,20}\.(?:m3u8|mpd|mp4)"
    rb"|[a-z0-9]{1,20}/init\.mp4|[a-z0-9]{1,20}/[0-9]{1,6}\.m4s)"
)
_PATH = re.compile(rb"/m/([A-Za-z0-9._-]{1,2000})/([a-z0-9./]{65,120})")
_KINDS = {
    b"m3u8": b"application/vnd.apple.mpegurl",
    b"mpd": b"application/dash+xml",
    b"mp4": b"audio/mp4",
    b"m4s": b"video/iso.segment",
}
_ALLOWED = b"allowed"
"""The file that is none: a proxy asks whether the token is good."""
_WEIGHED = ASKED | {b"origin"}
_KEPT = (b"cache-control", b"private, max-age=31536000, immutable")
_UNKEPT = (b"cache-control", b"private, no-store")
_ASK_AGAIN = (b"cache-control", b"private, max-age=10")
_PLAIN = (b"x-content-type-options", b"nosniff")


class Ready(NamedTuple):
    """An answer: status, header lines, and the span of an object that follows."""

    status: int
    head: bytes
    item: HotObject | None
    start: int
    end: int


class Media:
    """Judges and answers requests for media."""

    def __init__(
        self,
        passes: Passes,
        hot: HotObjects,
        way: Way | None = None,
        sharing: Sharing = NOBODY,
    ) -> None:
        """`way` gives the bytes; None: we do."""
        self._passes = passes
        self.hot = hot
        self._way = way
        self.sharing = sharing
        self._clips = Clips(self._read)

    def quick(self, path: bytes, headers: Sequence[Header]) -> Ready | None:
        """The answer to a GET, when it needs no waiting and is no error; else None."""
        parts = path.split(b"/", 3)
        if len(parts) != 4 or parts[1] != b"m":
            return None
        known = self._passes.known(parts[2])
        if known is None or parts[3][:_ASSET] != known.folder or known.grant.clip:
            return None
        for name, _ in headers:
            if name in _WEIGHED:
                return self._weighed(parts[3], headers)
        return self._plain(parts[3])

    def _plain(self, file: bytes) -> Ready | None:
        item = self.hot.at_hand(f"hls/{file.decode()}") if self._way is None else None
        if item is None:
            return self._weighed(file, ())
        head = item.heads.get(b"")
        if head is None:
            head = item.heads[b""] = lines(outline(item, {}, self._said(file, None)).headers)
        return Ready(200, head, item, 0, item.size) if item.warm() else None

    def _weighed(self, file: bytes, headers: Sequence[Header]) -> Ready | None:
        if file[_ASSET:] == _ALLOWED:
            return Ready(204, lines([_ASK_AGAIN]), None, 0, 0)
        if not FILE.fullmatch(file):
            return None
        handed = self.handed(file, headers)
        if handed is not None:
            return Ready(handed.status, lines(handed.headers), None, 0, 0)
        item = self.hot.known(f"hls/{file.decode()}")
        if item is None or not item.warm():
            return None
        found = outline(item, asked_of(headers), self._said(file, origin_of(headers)))
        return Ready(found.status, lines(found.headers), item, found.start, found.end)

    def handed(self, file: bytes, headers: Iterable[Header]) -> Outline | None:
        """The answer without bytes, when somebody else gives these."""
        found = self._way.hand_over(f"hls/{file.decode()}") if self._way else None
        if found is None:
            return None
        said = self._said(file, origin_of(headers))
        if found.status != 200:  # the address is good for a moment only
            said = [one for one in said if one[0] not in {b"cache-control", b"content-type"}]
            said.append(_UNKEPT)
        return Outline(found.status, [*found.headers, *said])

    async def admitted(self, scope: Scope) -> tuple[Grant, bytes]:
        """What the token grants, and the file that is asked for, when it may go out now.

        Raises:
            NotFound: no such path, a token that is not ours, or one of another asset.
            PlayExpired, SignInRequired, PlanChanged, PlayRefused, StreamTaken, Unavailable: the
                gate says no.
        """
        found = _PATH.fullmatch(scope["path"].encode("ascii", "replace"))
        if found is None or not (FILE.fullmatch(found[2]) or found[2].endswith(_ALLOWED)):
            raise _no_such()
        known = await self._passes.admit(found[1], found[2][:_ASSET])
        return known.grant, found[2]

    async def send(self, scope: Scope, send: Send, grant: Grant, file: bytes) -> None:
        """Answer with an admitted file. Raises NotFound and ObjectAbsent."""
        if grant.clip:
            await self._send_clip(scope, send, grant, file)
        elif file[_ASSET:] == _ALLOWED:
            await _bare(send, Outline(204, [_ASK_AGAIN]))
        elif handed := self.handed(file, scope["headers"]):
            await _bare(send, handed)
        else:
            await self._send_ours(scope, send, file)

    async def _send_ours(self, scope: Scope, send: Send, file: bytes) -> None:
        key, said = f"hls/{file.decode()}", self._said(file, origin_of(scope["headers"]))
        if file.endswith(b".mp4") and b"/" not in file[_ASSET:] and not self.hot.local:
            await send_sliced(scope, send, self.hot, key, said)  # a whole rendition
        else:
            await send_object(scope, send, await self.hot.get(key), said)

    async def _send_clip(self, scope: Scope, send: Send, grant: Grant, file: bytes) -> None:
        """Of a preview: its own playlists, and no byte of a segment that these do not list."""
        name = file[_ASSET:].decode()
        view = await self._clips.view(grant.asset, grant.clip)
        playlist = view.playlist(name)
        said = self._said(file, origin_of(scope["headers"])) if b"." in file else []
        if playlist is not None:
            unkept = [_UNKEPT if one is _KEPT else one for one in said]
            with in_memory(playlist) as item:
                item.leave()
                await send_object(scope, send, item, unkept)
            return
        if not view.admits(name, span_of(scope["headers"])):
            raise _no_such()
        await self._send_ours(scope, send, file)

    async def _read(self, key: str) -> bytes:
        with await self.hot.get(key) as item:
            return item.read(0, item.size)

    def _said(self, file: bytes, origin: bytes | None) -> list[Header]:
        kind = _KINDS[file.rpartition(b".")[2]]
        return [(b"content-type", kind), _KEPT, _PLAIN, *self.sharing.headers(origin)]


class MediaApp:
    """An ASGI application; mount it at `/m`."""

    def __init__(self, media: Media) -> None:
        self._media = media

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Judge, then send. Raises what `Media.admitted` and `Media.send` raise."""
        media, method = self._media, scope["method"]
        if method == "OPTIONS":  # the same for all addresses: it says nothing of any token
            await _bare(send, Outline(204, media.sharing.preflight(origin_of(scope["headers"]))))
            return
        if method not in {"GET", "HEAD"}:
            raise MethodWrong("media can only be read", remedy="use GET or HEAD")
        await media.send(scope, send, *await media.admitted(scope))


def _no_such() -> NotFound:
    return NotFound("there is no such media", remedy="open a play: POST /api/v1/plays")


async def _bare(send: Send, found: Outline) -> None:
    await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
    await send({"type": "http.response.body", "body": b""})


def origin_of(headers: Iterable[Header]) -> bytes | None:
    """The origin of the page that asks, if it says so."""
    return next((value for name, value in headers if name == b"origin"), None)


def lines(headers: Iterable[Header]) -> bytes:
    """Headers as they stand on the wire."""
    return b"".join([b"%b: %b\r\n" % one for one in headers])
