"""Shapes of what feeds of object stores say and are told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from server.api.closed import Closed
from server.services.stores import MOST

_Text = Annotated[str, Field(max_length=1024)]


class Notice(Closed):
    """One new object. `etag`, `version` and `sequencer` tell one writing of a key from another."""

    bucket: Annotated[str, Field(min_length=1, max_length=255)]
    key: Annotated[str, Field(min_length=1, max_length=1024)]
    size: int | None = Field(default=None, ge=0)
    etag: _Text = ""
    version: _Text = ""
    sequencer: _Text = ""


class Notices(Closed):
    """New objects of the feed's store."""

    notices: Annotated[list[Notice], Field(min_length=1, max_length=MOST)]


class PassedOver(Closed):
    """A key that is not going to be fetched, and why."""

    key: str
    reason: str


class Taken(Closed):
    """Keys that are going to be fetched whatever happens, and those passed over."""

    taken: list[str]
    passed_over: list[PassedOver]


class WantedFile(Closed):
    """A file to put: its path from the feed's root, bytes, and digests in base64 where known."""

    path: Annotated[str, Field(min_length=1, max_length=1000)]
    size: int = Field(ge=0, le=50_000_000_000_000)
    md5: Annotated[str, Field(max_length=24)] = ""
    sha256: Annotated[str, Field(max_length=44)] = ""
    part_md5s: Annotated[list[str], Field(default_factory=list, max_length=10_000)]


class Wanted(Closed):
    """Files to put, and for how many seconds the addresses should work."""

    files: Annotated[list[WantedFile], Field(min_length=1, max_length=MOST)]
    expires_s: int = Field(default=3600, ge=60, le=86_400)


class Piece(Closed):
    """PUT `size` bytes from `offset` of the file to `url`, with exactly these headers."""

    number: int
    offset: int
    size: int
    url: str
    headers: dict[str, str]


class Upload(Closed):
    """How a file is put. Of several pieces, post their ETags to `complete` (S3's
    CompleteMultipartUpload), or DELETE `abort`."""

    path: str
    key: str
    size: int
    pieces: list[Piece]
    complete: str | None
    abort: str | None


class Uploads(Closed):
    """Addresses to put files by, without credentials."""

    expires_at: str
    uploads: list[Upload]
