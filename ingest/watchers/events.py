"""What S3 says when an object was written: straight, through SNS, or through EventBridge. Pure.

Shapes as Amazon documents them: `Records` with URL-encoded keys, `s3:TestEvent` when notifications
are switched on, SNS envelopes with the same as text, EventBridge's `Object Created` with plain
keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 3
_LONGEST = 256 << 10


class EventUnreadable(ValueError):
    """It is nothing that S3 says."""


@dataclass(frozen=True, slots=True)
class Written:
    """An object was written: its bucket, and its key from the bucket's root."""

    bucket: str
    key: str


def read(text: str) -> list[Written]:
    """The objects that a message tells of, in its order; empty for a test, or for what tells of
    something else than writing.

    Raises:
        EventUnreadable: it is no message of S3.
    """
    if len(text) > _LONGEST:
        raise EventUnreadable(f"{len(text)} characters are more than a queue's message has")
    try:
        return list(dict.fromkeys(_read(_json(text), 0)))
    except (KeyError, TypeError, AttributeError) as wrong:
        raise EventUnreadable(f"a part of it is missing or of another kind: {wrong}") from wrong


def _json(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise EventUnreadable(f"it is no JSON: {wrong}") from wrong
    if not isinstance(said, dict):
        raise EventUnreadable("it is no JSON object")
    return said


def _read(said: dict[str, Any], depth: int) -> Iterator[Written]:
    if said.get("Type") == "Notification":
        if depth >= _DEEPEST:
            raise EventUnreadable("envelopes in envelopes")
        yield from _read(_json(said["Message"]), depth + 1)
    elif "Records" in said:
        yield from _records(said["Records"])
    elif said.get("source") == "aws.s3":
        about = said["detail"]
        if said["detail-type"] == "Object Created":
            yield Written(str(about["bucket"]["name"]), str(about["object"]["key"]))
    elif said.get("Event") != "s3:TestEvent":
        raise EventUnreadable("it has neither Records nor detail, and is no s3:TestEvent")


def _records(records: list[dict[str, Any]]) -> Iterator[Written]:
    for record in records:
        if str(record["eventName"]).removeprefix("s3:").startswith("ObjectCreated:"):
            about = record["s3"]
            key = unquote_plus(about["object"]["key"])
            yield Written(str(about["bucket"]["name"]), key)
