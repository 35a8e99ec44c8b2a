"""What a feed's terms and credential say of its bucket, for `--feed`."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Misuse, NotFound
from core.outbound import Outbound
from core.sealed import Sealer
from ingest import feed_editing
from ingest.watchers.connect import Stores
from ingest.watchers.s3_client import S3Access
from ingest.watchers.watched import watched
from server.cli.s3.places import Place, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

    from server.local import Local

_QUEUE = re.compile(r"https?://[^/]+/(?P<account>\d{12})/(?P<name>[\w.-]+)/?")
_REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBucket:
    """A feed's place, the clients that Segue itself uses for it, and the ARN of its queue, empty
    without one."""

    place: Place
    endpoint: str
    region: str
    queue: str
    s3: S3Client
    sqs: SQSClient | None


@contextmanager
def feed_bucket(local: Local, feed_id: str) -> Iterator[FeedBucket]:
    """The bucket of a feed, while the block runs.

    Raises:
        NotFound: there is no such feed, or it watches nothing.
        Misuse: what it watches is no bucket of S3.
    """
    with local.database.read() as session:
        found = watched(session, feed_editing.find(session, feed_id).id)
    if found is None:
        raise NotFound(f"{feed_id} watches no store", remedy="segue feeds list")
    if found.place.scheme != "s3":
        raise Misuse(f"{found.place.url} is no bucket of S3", remedy="name a feed of S3")
    chosen = local.settings.watchers
    access = S3Access(
        outbound=Outbound(allow_private=local.settings.outbound.allow_private),
        own_identity=chosen.own_identity,
        trusted=chosen.endpoints,
        sts_endpoint=chosen.sts_endpoint,
    )
    stores = Stores(
        database=local.database, sealer=Sealer(local.data.keys), clock=local.clock, access=access
    )
    processed, errors = (
        found.place.below(each) if each.strip("/") else ""
        for each in (found.processed, found.errors)
    )
    try:
        yield FeedBucket(
            place=place(found.place.bucket, found.place.prefix, processed, errors),
            endpoint=found.endpoint,
            region=found.region,
            queue=_arn(found.queue, found.region or _REGION),
            s3=stores.s3(found),
            sqs=stores.sqs(found) if found.queue else None,
        )
    finally:
        stores.close()


def _arn(url: str, region: str) -> str:
    """Of a queue by its address."""
    read = _QUEUE.fullmatch(url)
    return f"arn:aws:sqs:{region}:{read['account']}:{read['name']}" if read else ""
