"""Previews: what is asked, what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio import to_thread
from pydantic import Field

from core.auth import Action
from server.api.closed import Closed
from server.api.models import PlayedRecording  # noqa: TC001 - a field of a model
from server.api.models_playing import PlayedLoudness, PlayedRendition
from server.api.operations import Operation

if TYPE_CHECKING:
    from server.api.operations import Call

_ID = Field(min_length=1, max_length=64)


class OpenPreview(Closed):
    """A recording, in the context of the release it is heard from."""

    release_id: str = _ID
    recording_id: str = _ID


class PreviewedRendition(PlayedRendition):
    """The segments that the preview needs, from number `first` (in one file of all: byte `offset`)
    on, the first of them at `decode_time`. The preview is the samples [delay, delay + samples) of
    what these decode to."""

    decode_time: int
    first: int
    offset: int


class PreviewAnswer(Closed):
    """A preview that may begin: playlists that list what it needs, and its edges.

    `start_ms` and `end_ms` are those in the track. It is no play: nothing is to be reported.
    """

    token: str
    expires_at: int
    hls: str
    dash: str
    recording: PlayedRecording
    start_ms: int
    end_ms: int
    renditions: list[PreviewedRendition]
    loudness: PlayedLoudness


async def open_preview(call: Call) -> dict[str, Any]:
    """Decide, and answer."""
    given: OpenPreview = call.given
    previews = call.services.previews
    return await to_thread.run_sync(
        previews.open, call.identity, given.release_id, given.recording_id
    )


PREVIEWS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/previews",
        name="openPreview",
        summary="Ask to hear a part of a recording; rights and plan decide now. It is no play",
        handler=open_preview,
        action=Action.PLAY,
        body=OpenPreview,
        answer=PreviewAnswer,
        errors=(404,),
        quick=True,
        tags=("playing",),
    ),
)
