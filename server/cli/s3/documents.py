"""Configuration of a bucket: lifecycle, CORS, notifications. Pure: facts in, JSON out, in the
shapes that `aws s3api put-bucket-…-configuration` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import Misuse
from server.cli.s3.policies import queue_for_events

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.cli.s3.places import Place

Document = dict[str, Any]
CREATED = "s3:ObjectCreated:*"
_CHECKSUMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def lifecycle(place: Place, *, abort_days: int = 7, expire_days: int = 30) -> Document:
    """Parts of uploads that never ended go, and objects that were moved away after they were
    read. No rule ever expires the inbox itself: what was not read is not deleted."""
    if min(abort_days, expire_days) < 1:
        raise Misuse("days are counted from 1", remedy="give 1 or more days")
    rules: list[Document] = [
        {
            "ID": f"segue-abort-incomplete-{_id(place.prefix)}",
            "Status": "Enabled",
            "Filter": {"Prefix": place.prefix},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": abort_days},
        }
    ]
    rules += [
        {
            "ID": f"segue-expire-{_id(moved)}",
            "Status": "Enabled",
            "Filter": {"Prefix": moved},
            "Expiration": {"Days": expire_days},
            "NoncurrentVersionExpiration": {"NoncurrentDays": expire_days},
        }
        for moved in dict.fromkeys(place.moved)
    ]
    return {"Rules": rules}


def _id(prefix: str) -> str:
    return prefix.strip("/").replace("/", "-")[-200:] or "bucket"


def cors(origins: Iterable[str], *, seconds: int = 3000) -> Document:
    """Browsers on these origins may PUT what they hold presigned addresses for."""
    allowed = [_origin(each) for each in origins]
    if not allowed:
        raise Misuse(
            "CORS needs an origin", remedy="name the page's, such as https://label.example"
        )
    headers = ["content-type", "content-md5", "x-amz-sdk-checksum-algorithm"]
    return {
        "CORSRules": [
            {
                "ID": "segue-presigned-uploads",
                "AllowedOrigins": allowed,
                "AllowedMethods": ["PUT"],
                "AllowedHeaders": [*headers, *(f"x-amz-checksum-{each}" for each in _CHECKSUMS)],
                "ExposeHeaders": ["ETag", "x-amz-version-id"],
                "MaxAgeSeconds": seconds,
            }
        ]
    }


def _origin(text: str) -> str:
    parts = urlsplit(text)
    host = parts.hostname or ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not host or not safe or "*" in text or text != f"{parts.scheme}://{parts.netloc}":
        raise Misuse(
            f"{text!r} is no origin that may upload",
            remedy="scheme, host and port without a path, such as https://label.example; no *",
        )
    return text


def notifications(place: Place, queue_arn: str) -> Document:
    """S3 tells the queue of each new object below the feed's prefix.

    Raises:
        Misuse: it is no queue that S3 can tell.
    """
    configuration: Document = {
        "Id": f"segue-{_id(place.prefix)}",
        "QueueArn": queue_for_events(queue_arn),
        "Events": [CREATED],
    }
    if place.prefix:
        rules = [{"Name": "prefix", "Value": place.prefix}]
        configuration["Filter"] = {"Key": {"FilterRules": rules}}
    return {"QueueConfigurations": [configuration]}
