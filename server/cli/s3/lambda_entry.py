"""AWS Lambda: tell Segue of new objects. One file of the standard library, packed by
`segue s3 lambda-package` as `segue_lambda.py`; the handler is `segue_lambda.lambda_handler`.

It takes what S3 tells a function directly, through SQS, through SNS (in SQS too) and through
EventBridge. It reads no object: it posts keys to `/api/v1/feeds/ID/notices`, and Segue fetches.

Environment:
    NOTICES_URL   Segue's address, such as https://segue.example
    NOTICES_KEY   the feed's API key, or NOTICES_KEYS: a JSON object, prefix of keys -> API key,
                for a bucket of several feeds (the longest prefix counts; others are passed over)
    NOTICES_AUTH  `key` (default), or `token`: exchange the key for a token first (OAuth 2.0 client
                credentials)
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

Shape = dict[str, Any]
TRIES = 4
MOST = 500
LARGEST = 48_000
"""Notices, and bytes of their JSON, in one request."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_SECONDS = 10.0


class NotTaken(Exception):
    """Segue did not take the notices; Lambda tries again, then they go to its dead-letter queue."""


def lambda_handler(event: Shape, context: Any = None) -> Shape:  # noqa: ANN401 - AWS's own object
    """Hand over what the event tells. A batch of SQS is answered message by message."""
    settings = os.environ  # noqa: TID251 - Lambda configures by environment, and nothing else is here
    records = event.get("Records") or []
    if records and all(each.get("eventSource") == "aws:sqs" for each in records):
        return {"batchItemFailures": _batch(records, settings, context)}
    told = notices(event)
    deliver(told, settings, context)
    return {"told": len(told)}


def _batch(records: list[Shape], settings: Any, context: Any) -> list[Shape]:  # noqa: ANN401
    """The messages that have to come again."""
    failed = []
    for record in records:
        try:
            deliver(notices(json.loads(record["body"])), settings, context)
        except (NotTaken, ValueError, KeyError, TypeError, AttributeError) as fault:
            print(json.dumps({"message": record.get("messageId"), "fault": str(fault)}))
            failed.append({"itemIdentifier": record["messageId"]})
    return failed


def notices(event: Shape) -> list[Shape]:
    """The new objects that an event tells of: bucket, key, and what else is known of each."""
    if event.get("Type") == "Notification":  # an envelope of SNS
        return notices(json.loads(event["Message"]))
    if event.get("source") == "aws.s3":
        return _bridged(event)
    found = []
    for record in event.get("Records") or []:
        if "Sns" in record:
            found += notices(json.loads(record["Sns"]["Message"]))
        elif str(record.get("eventName", "")).removeprefix("s3:").startswith("ObjectCreated"):
            found.append(_direct(record))
    return found


def _direct(record: Shape) -> Shape:
    """Of S3 itself, which writes keys as forms do."""
    known = record["s3"]["object"]
    told = {
        "bucket": record["s3"]["bucket"]["name"],
        "key": unquote_plus(known["key"]),
        "size": known.get("size"),
        "etag": known.get("eTag"),
        "version": known.get("versionId"),
        "sequencer": known.get("sequencer"),
    }
    return {name: value for name, value in told.items() if value is not None}


def _bridged(event: Shape) -> list[Shape]:
    """Of EventBridge, which writes keys as they are."""
    if event.get("detail-type") != "Object Created":
        return []
    known = event["detail"]["object"]
    told = {
        "bucket": event["detail"]["bucket"]["name"],
        "key": known["key"],
        "size": known.get("size"),
        "etag": known.get("etag"),
        "version": known.get("version-id"),
        "sequencer": known.get("sequencer"),
    }
    return [{name: value for name, value in told.items() if value is not None}]


def deliver(told: list[Shape], settings: Any, context: Any = None) -> None:  # noqa: ANN401 - a mapping of the environment
    """Post notices, each with the key of its feed.

    Raises:
        NotTaken: Segue can't be reached, or refused.
    """
    for key, group in _by_key(told, settings).items():
        for some in _bounded(group):
            _post(settings, key, some, context)


def _bounded(group: list[Shape]) -> Iterator[list[Shape]]:
    """As many at once as a request may hold."""
    some: list[Shape] = []
    size = 0
    for notice in group:
        added = len(json.dumps(notice)) + 2
        if some and (len(some) == MOST or size + added > LARGEST):
            yield some
            some, size = [], 0
        some.append(notice)
        size += added
    if some:
        yield some


def _by_key(told: list[Shape], settings: Any) -> dict[str, list[Shape]]:  # noqa: ANN401
    several = json.loads(settings.get("NOTICES_KEYS") or "{}")
    if not several:
        return {settings["NOTICES_KEY"]: told} if told else {}
    groups: dict[str, list[Shape]] = {}
    for notice in told:
        fitting = [prefix for prefix in several if notice["key"].startswith(prefix)]
        if fitting:
            groups.setdefault(several[max(fitting, key=len)], []).append(notice)
    return groups


def _post(settings: Any, key: str, group: list[Shape], context: Any) -> None:  # noqa: ANN401
    feed = "feed_" + key.split("_")[1]  # a key says whose it is: segue_<feed>_<secret>
    base = settings["NOTICES_URL"].rstrip("/")
    body = json.dumps({"notices": group}).encode()
    bearer = key
    if settings.get("NOTICES_AUTH") == "token":
        bearer = _token(base, feed, key, context)
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
    _ask(f"{base}/api/v1/feeds/{feed}/notices", body, headers, context)


def _token(base: str, feed: str, key: str, context: Any) -> str:  # noqa: ANN401
    form = {"grant_type": "client_credentials", "client_id": feed, "client_secret": key}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    said = _ask(f"{base}/api/v1/oauth/token", urlencode(form).encode(), headers, context)
    return str(json.loads(said)["access_token"])


def _ask(url: str, body: bytes, headers: dict[str, str], context: Any) -> bytes:  # noqa: ANN401
    """One request, tried again where that may help, as long as the function has time."""
    said = ""
    for attempt in range(TRIES):
        if attempt and not _pause(0.5 * 2**attempt, context):
            break
        try:
            status, answer = _once(url, body, headers)
        except (OSError, http.client.HTTPException) as fault:
            said = f"{type(fault).__name__}: {fault}"
            continue
        if 200 <= status < 300:
            return answer
        said = f"HTTP {status}: {answer[:300].decode('utf-8', 'replace')}"
        if status not in _AGAIN:
            break
    raise NotTaken(f"{urlsplit(url).netloc}: {said}")


def _pause(seconds: float, context: Any) -> bool:  # noqa: ANN401
    """Wait; False when the function would be cut before another try could end."""
    left = getattr(context, "get_remaining_time_in_millis", None)
    if left is not None and left() < (seconds + _SECONDS) * 1000:
        return False
    time.sleep(seconds)
    return True


def _once(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(url)
    if parts.scheme == "https":
        secure = ssl.create_default_context()
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.netloc, timeout=_SECONDS, context=secure
        )
    else:
        line = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
    try:
        line.request("POST", parts.path, body, headers)
        answer = line.getresponse()
        return answer.status, answer.read(65536)
    finally:
        line.close()
