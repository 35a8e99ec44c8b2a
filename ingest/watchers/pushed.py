"""What clouds post of new objects: Google through Pub/Sub, Azure through Event Grid. Pure.

Shapes as their documentation has them ("Pub/Sub notifications for Cloud Storage" and "Push
subscriptions" of Google; "Azure Blob Storage as an Event Grid source", in the Event Grid and the
CloudEvents schema, and "Endpoint validation" of Microsoft); neither cloud was at hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ingest.watchers.events import EventUnreadable
from ingest.watchers.notices import Notice

_WRITTEN = "OBJECT_FINALIZE"
_CREATED = "Microsoft.Storage.BlobCreated"
_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
_BEGUN = frozenset({"CreateFile", "SftpCreate"})
"""Calls that make a blob which has no content yet; another event tells when it is whole."""
_SUBJECT = re.compile(r"/blobServices/default/containers/([^/]+)/blobs/(.+)", re.DOTALL)
_ACCOUNT = re.compile(r"/storageAccounts/([^/]+)", re.IGNORECASE)
MOST = 5000
"""Events in one request; Event Grid sends no more."""


@dataclass(frozen=True, slots=True)
class Grid:
    """What Event Grid posted: new blobs, or (`code` is not empty) the question whether this is the
    right place for them."""

    notices: tuple[Notice, ...] = ()
    code: str = ""


def of_pubsub(body: Any) -> list[Notice]:  # noqa: ANN401 - JSON
    """The object that a push of Pub/Sub tells of; none when nothing was written.

    Raises:
        EventUnreadable: it is no notification of Cloud Storage.
    """
    try:
        said = body["message"]["attributes"]
        if said["eventType"] != _WRITTEN:
            return []
        version = str(said.get("objectGeneration", ""))
        return [
            Notice(bucket=_text(said["bucketId"]), key=_text(said["objectId"]), version=version)
        ]
    except (KeyError, TypeError, AttributeError) as wrong:
        raise EventUnreadable(
            f"it is no notification of Cloud Storage, wrapped by Pub/Sub: {wrong} is missing or of "
            "another kind"
        ) from wrong


def of_event_grid(body: Any) -> Grid:  # noqa: ANN401 - JSON
    """The blobs that a post of Event Grid tells of, in its order.

    Raises:
        EventUnreadable: it is no event of Event Grid, or there are too many.
    """
    events = body if isinstance(body, list) else [body]
    if len(events) > MOST:
        raise EventUnreadable(f"{len(events)} events are more than Event Grid sends at once")
    try:
        for event in events:
            if _kind(event) == _VALIDATION:
                return Grid(code=_text(event["data"]["validationCode"]))
        created = [event for event in events if _kind(event) == _CREATED]
        return Grid(tuple(_blob(event) for event in created if _whole(event)))
    except (KeyError, TypeError, AttributeError) as wrong:
        raise EventUnreadable(f"a part of it is missing or of another kind: {wrong}") from wrong


def _kind(event: dict[str, Any]) -> str:
    """`eventType` in the schema of Event Grid, `type` in that of CloudEvents."""
    return _text(event["eventType"] if "eventType" in event else event["type"])


def _whole(event: dict[str, Any]) -> bool:
    return event["data"].get("api") not in _BEGUN


def _blob(event: dict[str, Any]) -> Notice:
    subject = _SUBJECT.fullmatch(_text(event["subject"]))
    if subject is None:
        raise EventUnreadable(f"{event['subject'][:200]!r} is the subject of no blob")
    account = _ACCOUNT.search(str(event.get("topic") or event.get("source") or ""))
    data = event["data"]
    return Notice(
        bucket=subject[1],
        key=subject[2],
        etag=str(data.get("eTag", ""))[:1024],
        sequencer=str(data.get("sequencer", ""))[:1024],
        account=account[1].lower() if account else "",
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{str(value)[:100]!r}")
    return value
