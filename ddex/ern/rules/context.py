"""What rules may ask beyond the message. Every part is optional: its rules are skipped then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ddex.ern.rules.policy import NORMAL, Policy
from ddex.ern.rules.usage import STREAMING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from ddex.ern.model import Message, Release
    from ddex.ern.rules.media import MediaFacts, MediaKey

HashKey = tuple[str, str]
"""Path in the delivery and algorithm (`md5`, `sha1`, `sha256`, `sha512`, `crc32`, …)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The account a delivery came in by. An empty `our_dpid` leaves the recipient unjudged.

    `tis_agreed` says whether its sender may name territories by CISAC TIS numbers,
    `fetches` whether files are fetched from web addresses in its messages (ERN part 4).
    """

    dpids: frozenset[str]
    our_dpid: str = ""
    is_test: bool = False
    tis_agreed: bool = False
    fetches: bool = False


class History(Protocol):
    """What came in before, by the same feed unless told else."""

    def message_digest(self, message_id: str) -> str | None:
        """Digest of an earlier message with this id, None when the id is new."""
        ...

    def is_live(self, release: Release) -> bool:
        """Whether this release is already known from this feed and was not purged."""
        ...

    def applied_stamp(self, release: Release) -> str | None:
        """Order stamp of the newest message applied for this release, None when there is none."""
        ...

    def other_sender(self, message: Message) -> str | None:
        """DPID of another sender whose release or recordings the message would replace."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything beside the message.

    Attributes:
        order_stamp: timestamp of the folder that the message came in, `YYYYMMDDhhmmssnnn`.
        arrived: when it came in, aware; None leaves unjudged whether the folder is ahead of it.
        digest: of the message's bytes, comparable with those of `history`.
        today: the date by which a deal counts as ended; None leaves ends unjudged.
        files: size in bytes by path relative to the folder of the XML, without the XML.
        hashes: raw digests of files (see `needed_hashes`).
        media: what decoding gave of audio and images (see `needed_media`).
        policy: how much each rule matters to the feed.
        offers: what this service can do, as pairs of commercial model and use.
        is_update: binaries of this release are here already, so that files may be absent.
    """

    feed: Feed | None = None
    history: History | None = None
    order_stamp: str | None = None
    arrived: datetime | None = None
    digest: str = ""
    today: date | None = None
    files: Mapping[str, int] | None = None
    hashes: Mapping[HashKey, bytes] | None = None
    media: Mapping[MediaKey, MediaFacts] | None = None
    policy: Policy = NORMAL
    offers: frozenset[tuple[str, str]] = STREAMING
    is_update: bool = False
