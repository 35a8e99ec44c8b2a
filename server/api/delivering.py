"""What each operation of senders does: headers and bodies in, the door's work, answers out."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from anyio import fail_after, sleep
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse

from ingest.doors.common.paths import clean, shown
from ingest.doors.common.rates import Pace
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.http import package as packages, placing, tus
from ingest.doors.http.put import put
from server import bodies
from server.api.openapi import PREFIX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request

    from ingest.doors.common.guarded import GuardedFiles
    from ingest.doors.common.lease import Lease
    from ingest.doors.common.paths import Parts
    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.http import HttpDoor
    from server.services.senders import Senders

_PIECE = 1 << 20
_CHECKSUM_WRONG = 460


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request of a sender who has proven to be one."""

    request: Request
    senders: Senders
    login: FeedLogin
    lease: Lease

    @property
    def door(self) -> HttpDoor:
        return self.senders.door

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in small letters; of a header that came twice, both values (RFC 9110, 5.3)."""
        found: dict[str, str] = {}
        for name, value in self.request.headers.items():
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found

    @property
    def parts(self) -> Parts:
        """The path in the feed's view, from the bytes of the address as they came."""
        raw: bytes = self.request.scope["raw_path"].partition(b"?")[0]
        return clean(unquote_to_bytes(raw.partition(b"/files/")[2]), self.door.settings.limits)

    async def files(self) -> GuardedFiles:
        return await self.door.do(self.door.views.of, self.login)

    async def body(self) -> AsyncIterator[bytes | memoryview]:
        """The bytes as they come. Raises Refused when they end too early or come too slowly."""
        stream = bodies.straight(self.request.scope) or self.request.stream()
        settings = self.door.settings
        idle, pace = settings.idle, Pace(settings.least, settings.patience)
        while True:
            began = time.monotonic()
            try:
                with fail_after(idle):
                    piece = await anext(stream, None)
            except (ClientDisconnect, bodies.BodyCut):
                raise Refused(
                    Reason.CUT, "the connection broke before the body's end; send it again"
                ) from None
            except TimeoutError:
                raise Refused(
                    Reason.TOO_SLOW, f"nothing came for {idle:.0f} s; send it again"
                ) from None
            if piece is None:
                return
            if pace.slow(time.monotonic() - began, len(piece)):
                raise Refused(
                    Reason.TOO_SLOW,
                    f"less than {settings.least:.0f} bytes a second came; send it again",
                )
            if self.lease.shut is not None:
                raise self.lease.shut
            yield piece
            if wait := self.lease.take(len(piece)):
                await sleep(wait)


# ---- files


async def read_file(sent: Sent) -> Response:
    files, parts = await sent.files(), sent.parts
    entry = await sent.door.do(files.entry, parts)
    if entry.folder:
        found = await sent.door.do(files.listing, parts)
        return JSONResponse({"path": shown(parts), "entries": [asdict(each) for each in found]})
    headers = {
        "content-length": str(entry.size),
        "last-modified": formatdate(entry.modified, usegmt=True),
        "content-disposition": "attachment",
    }
    if sent.request.method == "HEAD":
        return Response(headers=headers, media_type="application/octet-stream")
    descriptor = await sent.door.do(files.open_read, parts)
    return StreamingResponse(
        _pieces(sent, descriptor, entry.size, shown(parts)),
        headers=headers,
        media_type="application/octet-stream",
    )


async def _pieces(sent: Sent, descriptor: int, size: int, path: str) -> AsyncIterator[bytes]:
    at = 0
    try:
        while at < size:
            piece = await sent.door.do(os.pread, descriptor, min(_PIECE, size - at), at)
            if not piece:
                return
            at += len(piece)
            yield piece
            await sleep(sent.lease.take(len(piece)))
    finally:
        os.close(descriptor)
        outcome = "ok" if at >= size else "cut"
        sent.lease.trail.record("download", path=path, size=at, outcome=outcome)


async def put_file(sent: Sent) -> Response:
    received = await put(
        sent.door, sent.login, sent.parts, sent.headers, sent.body(), sent.lease.trail
    )
    told = {
        "path": received.path,
        "size": received.size,
        "blake3": received.blake3,
        "received_at": received.received_at.isoformat(),
    }
    place = f"{PREFIX}/feeds/{sent.login.feed_id}/files/{quote(received.path)}"
    return JSONResponse(told, 201, headers={"location": place})


async def remove_file(sent: Sent) -> Response:
    files, parts = await sent.files(), sent.parts
    entry = await sent.door.do(files.entry, parts)
    await sent.door.do(files.rmdir if entry.folder else files.remove, parts)
    return Response(status_code=204)


# ---- resumable uploads


async def create_upload(sent: Sent) -> Response:
    uploads = await _uploads(sent)
    if "upload-defer-length" in sent.headers:
        raise Refused(Reason.UNREADABLE, "the length can't come later; send Upload-Length")
    state = await sent.door.do(uploads.create, sent.headers)
    if tus.brings_bytes(sent.headers) and not state.note.done:
        first = {**sent.headers, "upload-offset": "0"}
        state = await uploads.patch(state.id, first, sent.body())
    place = f"{PREFIX}/feeds/{sent.login.feed_id}/uploads/{state.id}"
    return _told(state, 201, location=place)


async def read_upload(sent: Sent) -> Response:
    uploads = await _uploads(sent)
    state = await sent.door.do(uploads.state, sent.request.path_params["upload_id"])
    length = {"upload-length": str(state.note.length)}
    about = {"upload-metadata": state.note.metadata} if state.note.metadata else {}
    return _told(state, 200, **length, **about)


async def continue_upload(sent: Sent) -> Response:
    uploads = await _uploads(sent)
    try:
        name = sent.request.path_params["upload_id"]
        return _told(await uploads.patch(name, sent.headers, sent.body()), 204)
    except Refused as refused:
        if refused.reason is not Reason.MISMATCH:
            raise
        what, _, remedy = refused.text.partition("; ")
        error = {"code": "checksum_mismatch", "message": what, "remedy": remedy}
        return JSONResponse({"error": error}, _CHECKSUM_WRONG)


async def remove_upload(sent: Sent) -> Response:
    uploads = await _uploads(sent)
    await sent.door.do(uploads.terminate, sent.request.path_params["upload_id"])
    return Response(status_code=204)


async def _uploads(sent: Sent) -> tus.Uploads:
    return await sent.door.do(tus.Uploads, sent.door, sent.login, sent.lease.trail)


def _told(state: tus.State, status: int, **more: str) -> Response:
    headers = {"upload-offset": str(state.offset), **more}
    if state.expires is not None:
        headers["upload-expires"] = formatdate(state.expires, usegmt=True)
    return Response(
        status_code=status, headers={name.replace("_", "-"): each for name, each in headers.items()}
    )


# ---- packages


async def deliver_package(sent: Sent) -> Response:
    key = sent.headers.get("idempotency-key")
    name = placing.mark(key) if key is not None else None
    door, login = sent.door, sent.login
    with door.alone(login, f"package {name or id(sent)}"):
        async with packages.staged(door, login, sent.headers, sent.body()) as package:
            package.trail = sent.lease.trail
            batch = await door.do(placing.place, door, login, package, name, sent.senders.of_batch)
    delivery_id = await door.do(sent.senders.of_batch, login.feed_id, batch)
    told = await door.do(sent.senders.delivery, login.feed_id, delivery_id)
    return JSONResponse(told, 202, headers={"location": f"{PREFIX}/deliveries/{delivery_id}"})


async def validate_package(sent: Sent) -> Response:
    async with packages.staged(sent.door, sent.login, sent.headers, sent.body()) as package:
        judge = partial(sent.senders.judged, sent.login, package)
        return JSONResponse(await sent.door.do(judge))
