"""S3's notifications through SQS: objects are fetched at once instead of at the next poll.

A message is deleted when all that it names is durably in the inbox, or is no business of ours. One
that can't be read is told and left: the queue's redrive policy puts it aside. Messages may come
twice and in any order, since fetching is idempotent and completions wait for their batch. The poll
goes on, less often, as the net below.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from ingest.watchers.events import EventUnreadable, Written, read
from storage.source import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

    from ingest.watchers.watch import Watcher
    from ingest.watchers.watched import Watched

_log = structlog.get_logger("segue.watchers")
_WAIT = 20
_HIDDEN = 600
"""Seconds that a message stays hidden from others while what it names is fetched."""


@dataclass(slots=True, kw_only=True)
class Queues:
    """Listens. `connect` gives a client for a feed's queue, and raises SegueError; `wait` is how
    long a receive may wait, in seconds."""

    connect: Callable[[Watched], SQSClient]
    wait: int = _WAIT
    _clients: dict[str, tuple[Watched, SQSClient]] = field(default_factory=dict, init=False)
    _told: set[str] = field(default_factory=set, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)

    def round(self, watcher: Watcher, feeds: Sequence[Watched]) -> int:
        """Take up to ten messages of the queue that these feeds share; how many were done with.

        Raises:
            SegueError: the queue can't be used.
        """
        client = self._client(feeds[0])
        queue = feeds[0].queue
        try:
            said = client.receive_message(
                QueueUrl=queue,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=self.wait,
                VisibilityTimeout=_HIDDEN,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
            done = 0
            for message in said.get("Messages", ()):
                if self._stopping.is_set():
                    break
                if self._handle(watcher, feeds, message):
                    client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                    done += 1
                else:
                    client.change_message_visibility(
                        QueueUrl=queue,
                        ReceiptHandle=message["ReceiptHandle"],
                        VisibilityTimeout=_again(message),
                    )
        except (BotoCoreError, ClientError, OSError) as error:
            raise StoreFault(f"the queue can't be used: {error}"[:500]) from error
        return done

    def stop(self) -> None:
        """Take no more messages."""
        self._stopping.set()

    def _client(self, feed: Watched) -> SQSClient:
        kept = self._clients.get(feed.queue)
        if kept is None or kept[0] != feed:
            kept = self._clients[feed.queue] = (feed, self.connect(feed))
        return kept[1]

    def _handle(self, watcher: Watcher, feeds: Sequence[Watched], message: MessageTypeDef) -> bool:
        """Whether the message is done with."""
        try:
            written = read(message.get("Body", ""))
        except EventUnreadable as wrong:
            self._tell(message, wrong)
            return False
        good = True
        for feed in feeds:
            keys = [one.key for one in written if lies_in(feed, one)]
            if keys:
                done = watcher.fetch(feed.feed_id, keys)
                good = good and (not done.fault)
        return good

    def _tell(self, message: MessageTypeDef, wrong: EventUnreadable) -> None:
        """Once for each message."""
        name = message.get("MessageId", "")
        if name not in self._told:
            self._told = {name, *list(self._told)[:999]}
            _log.warning(
                "queue_message_unreadable",
                message=name,
                why=str(wrong),
                note="it stays in the queue for its redrive policy",
            )


def _again(message: MessageTypeDef) -> int:
    """Seconds until a message that was not done with is seen again: more each time."""
    count = int(message.get("Attributes", {}).get("ApproximateReceiveCount", "1"))
    return min(5 << min(count, 10), 900)


def lies_in(feed: Watched, written: Written) -> bool:
    """Whether an object is one of this feed's."""
    place = feed.place
    return written.bucket == place.bucket and written.key.startswith(place.prefix)


def by_queue(places: Iterable[Watched]) -> dict[str, tuple[Watched, ...]]:
    """Feeds that watch S3 by the address of their queue."""
    found: dict[str, tuple[Watched, ...]] = {}
    for place in places:
        if place.queue and place.place.scheme == "s3":
            found[place.queue] = (*found.get(place.queue, ()), place)
    return found
