"""What feeds of object stores ask: take notices of new objects, sign uploads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse

from core.auth import Action
from core.errors import Unavailable
from ingest.watchers.notices import Notice
from ingest.watchers.presigned import Wanted
from server.api import models_stores as shapes
from server.api.operations import Operation
from server.errors import InputInvalid

if TYPE_CHECKING:
    from starlette.responses import Response

    from server.api.delivering import Sent
    from server.services.stores import Stores

Shape = TypeVar("Shape", bound=BaseModel)


async def take_notices(sent: Sent) -> Response:
    given = await _given(sent, shapes.Notices)
    notices = [Notice(**one.model_dump(exclude={"size"})) for one in given.notices]
    told = await to_thread.run_sync(_stores(sent).told, sent.login.feed_id, notices)
    return JSONResponse(told, 202)


async def presign_uploads(sent: Sent) -> Response:
    given = await _given(sent, shapes.Wanted)
    files = [
        Wanted(**{**one.model_dump(), "part_md5s": tuple(one.part_md5s)}) for one in given.files
    ]
    told = await to_thread.run_sync(
        _stores(sent).presigned, sent.login.feed_id, files, given.expires_s
    )
    return JSONResponse(told, 201)


def _stores(sent: Sent) -> Stores:
    if sent.senders.stores is None:
        raise Unavailable("nothing here looks into stores", remedy="ask the operator")
    return sent.senders.stores


async def _given(sent: Sent, shape: type[Shape]) -> Shape:
    try:
        body: Any = json.loads(await sent.request.body())
        return shape.model_validate(body, strict=True)
    except ValidationError as wrong:
        raise InputInvalid(
            [
                {"place": ".".join(str(part) for part in e["loc"]) or "body", "problem": e["msg"]}
                for e in wrong.errors(include_url=False, include_context=False)
            ]
        ) from wrong
    except (ValueError, RecursionError) as wrong:
        raise InputInvalid([{"place": "body", "problem": "this is not JSON"}]) from wrong


STORES: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/feeds/{feed_id}/notices",
        name="takeNotices",
        summary="Tell of new objects in the feed's store: they are fetched, whatever happens. Safe "
        "to repeat; what no notice tells is found by the next look",
        handler=take_notices,
        action=Action.DELIVER,
        body=shapes.Notices,
        answer=shapes.Taken,
        status=202,
        errors=(404, 409, 503),
        tags=("delivering",),
        stores=True,
    ),
    Operation(
        method="POST",
        path="/feeds/{feed_id}/presigned",
        name="presignUploads",
        summary="Addresses to put files into the feed's store by, without credentials of the store",
        handler=presign_uploads,
        action=Action.DELIVER,
        body=shapes.Wanted,
        answer=shapes.Uploads,
        status=201,
        errors=(400, 403, 404, 409, 503),
        tags=("delivering",),
        stores=True,
    ),
)
