"""What is agreed with a feed: how much it may send, when, from where, and what becomes of it.

One typed value for all who ask: doors and watchers for limits, the inbox for how long a batch may
stay incomplete, the pipeline for whether somebody must release deliveries, answers for whom to
tell. Every term has a default that limits nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Field,
    ValidationError,
)

from core.errors import Misuse
from ingest.feed_schedule import Part, Schedule, read_schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.models import Feed

NOTICES = (
    "accepted", "held", "refused", "failed", "staged", "live", "changed", "taken_down", "purged",
    "attention", "overdue",
)  # fmt: skip
"""What a feed's people may be told of."""
_MAIL = re.compile(r"[^\s@,<>]+@[^\s@,<>]+\.[^\s@,<>]+")
_STORE = re.compile(r"(s3|gs|az|https?)://[^\s]+")
_WEB = re.compile(r"https?://[^\s]+")
_TYPE = re.compile(r"[a-z0-9]{1,10}")


def _listed(given: object) -> object:
    """A text of values between commas, as in commands and forms."""
    if isinstance(given, str):
        return [part.strip() for part in given.split(",") if part.strip()]
    return given


def _network(given: str) -> str:
    try:
        return str(ip_network(given.strip(), strict=False))
    except ValueError:
        raise ValueError(
            f"{given!r} is no network, such as 192.0.2.0/24 or 2001:db8::/32"
        ) from None


def _extension(given: str) -> str:
    bare = given.strip().lower().removeprefix(".")
    if not _TYPE.fullmatch(bare):
        raise ValueError(f"{given!r} is no file extension, such as flac")
    return bare


def _shaped(pattern: re.Pattern[str], what: str) -> AfterValidator:
    def judge(given: str) -> str:
        if given and not pattern.fullmatch(given):
            raise ValueError(f"{given!r} is no {what}")
        return given

    return AfterValidator(judge)


class Notify(Part):
    """Whom a feed's news are told to; no events named means all of them."""

    mail: Annotated[
        tuple[Annotated[str, _shaped(_MAIL, "mail address")], ...], BeforeValidator(_listed)
    ] = Field(default=(), max_length=20, description="Mail addresses.")
    webhook: Annotated[str, _shaped(re.compile(r"https?://[^\s]+"), "http(s) address")] = Field(
        default="", max_length=2000, description="Address of a Standard Webhooks receiver."
    )
    events: Annotated[
        tuple[Annotated[str, _shaped(re.compile("|".join(NOTICES)), "event")], ...],
        BeforeValidator(_listed),
    ] = Field(default=(), description=f"Which of: {', '.join(NOTICES)}; none named means all.")

    def tells(self, event: str) -> bool:
        """Whether this event is to be told at all."""
        return bool(self.mail or self.webhook) and (not self.events or event in self.events)


class Watch(Part):
    """An object store of the sender's that we look into."""

    url: Annotated[str, _shaped(_STORE, "store, such as s3://bucket/prefix")] = Field(
        default="",
        max_length=1200,
        description="s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://ACCOUNT/CONTAINER/PREFIX, or the "
        "https address of an Atom feed.",
    )
    endpoint: Annotated[str, _shaped(_WEB, "http(s) address")] = Field(
        default="", max_length=1000, description="Address of a store that is not the cloud's own."
    )
    region: str = Field(default="", max_length=60, description="Region of the bucket.")
    queue: Annotated[str, _shaped(_WEB, "http(s) address")] = Field(
        default="", max_length=1000, description="SQS queue that tells of new objects."
    )
    processed: str = Field(
        default="", max_length=1000, description="Folder that read objects are moved to."
    )
    errors: str = Field(
        default="", max_length=1000, description="Folder that refused objects are moved to."
    )
    interval_s: float = Field(
        default=0.0, ge=0, le=86_400, description="Seconds between looks; 0 as the settings say."
    )
    role_arn: str = Field(default="", max_length=200, description="Role that we assume.")
    external_id: str = Field(
        default="", max_length=1224, description="External id under which we assume it."
    )
    status_url: Annotated[str, _shaped(_WEB, "http(s) address")] = Field(
        default="",
        max_length=1000,
        description="Where a sender with an Atom feed takes acknowledgements (POST Release "
        "Status); empty posts none.",
    )
    delete_taken: bool = Field(
        default=False,
        description="Whether accepted messages are taken off an Atom feed (DELETE ERN Message).",
    )
    plain_http: bool = Field(
        default=False,
        description="Whether the credential of an Atom feed may go over plain http.",
    )
    push_account: Annotated[str, _shaped(_MAIL, "mail address of a service account")] = Field(
        default="",
        max_length=320,
        description="Google service account as which Pub/Sub tells of new objects.",
    )
    push_audience: str = Field(
        default="",
        max_length=1000,
        description="Audience of its tokens; empty means the address that Pub/Sub pushes to.",
    )


class FeedTerms(Part):
    """All terms of a feed. Sizes in bytes, rates in bytes per second, times as they are named."""

    quota_bytes: ByteSize | None = Field(
        default=None, gt=0, description="Bytes that may lie in its inbox."
    )
    quota_files: int | None = Field(
        default=None, gt=0, description="Files that may lie in its inbox."
    )
    max_file_bytes: ByteSize | None = Field(default=None, gt=0, description="Greatest file.")
    types: Annotated[
        tuple[Annotated[str, AfterValidator(_extension)], ...], BeforeValidator(_listed)
    ] = Field(default=(), description="Extensions of files that are taken, beside xml.")
    rate_bytes_s: ByteSize | None = Field(
        default=None, gt=0, description="Bytes per second over all its sessions."
    )
    connections: int | None = Field(default=None, gt=0, description="Sessions at the same time.")
    networks: Annotated[
        tuple[Annotated[str, AfterValidator(_network)], ...], BeforeValidator(_listed)
    ] = Field(default=(), description="Addresses (CIDR) that it may come from.")
    schedule: Annotated[Schedule | None, BeforeValidator(read_schedule)] = Field(
        default=None, description="When it may deliver: mon-fri 08:00-18:00 Europe/Berlin."
    )
    process: Literal["auto", "hold"] = Field(
        default="auto", description="Whether each delivery waits for an operator's release."
    )
    legacy_algorithms: bool = Field(
        default=False, description="Whether old SSH algorithms are taken."
    )
    completion: Literal["either", "manifest", "empty"] = Field(
        default="either",
        description="What completes a batch: a manifest, an empty file, or either.",
    )
    waits_hours: float | None = Field(
        default=None, gt=0, description="Hours after which an incomplete batch needs attention."
    )
    sla_minutes: int | None = Field(
        default=None, gt=0, description="Minutes from completion to the acknowledgement."
    )
    notify: Notify = Field(default=Notify(), description="Whom to tell.")
    watch: Watch = Field(default=Watch(), description="A store of the sender's that is polled.")

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> FeedTerms:
        """Terms from JSON.

        Raises:
            Misuse: an unknown term, or a value that can't be one; names the place and the rule.
        """
        try:
            return cls.model_validate(dict(data))
        except ValidationError as wrong:
            raise Misuse(_said(wrong), remedy="see docs/how-to/manage-feeds.md") from wrong

    @classmethod
    def of(cls, feed: Feed) -> FeedTerms:
        """The terms of a stored feed. What was stored and is no term any more is passed over."""
        stored = dict(feed.terms or {})
        try:
            return cls.model_validate(stored)
        except ValidationError as wrong:
            for error in wrong.errors():
                stored.pop(str(error["loc"][0]), None)
        return cls.model_validate(stored)

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def changed(self, sets: Iterable[str] = (), unsets: Iterable[str] = ()) -> FeedTerms:
        """With these texts applied: `quota_bytes=10GB`, `notify.mail=a@b.example,c@d.example`.

        Raises:
            Misuse: an unknown term, or a value that can't be one.
        """
        data = self.to_json()
        for text in sets:
            key, equals, value = (part.strip() for part in text.partition("="))
            if not equals:
                raise Misuse(f"{text!r} sets nothing", remedy="write TERM=VALUE")
            _place(data, key, value)
        for key in unsets:
            _forget(data, key.strip())
        return FeedTerms.read(data)

    def takes(self, name: str) -> bool:
        """Whether a file of this name may come; messages (.xml) always may."""
        extension = PurePosixPath(name).suffix.lower().removeprefix(".")
        return not self.types or extension == "xml" or extension in self.types

    def admits(self, peer: str) -> bool:
        """Whether the feed may come from this address; IPv6 forms of IPv4 count as IPv4."""
        if not self.networks:
            return True
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in ip_network(network) for network in self.networks)

    def open_at(self, instant: datetime) -> bool:
        """Whether the feed may deliver at this instant."""
        return self.schedule is None or self.schedule.open_at(instant.astimezone(UTC))


def names() -> tuple[str, ...]:
    """Every term by its dotted name."""
    found: list[str] = []
    for name, field in FeedTerms.model_fields.items():
        kind = field.annotation
        inner = kind.model_fields if isinstance(kind, type) and issubclass(kind, Part) else {}
        found += [f"{name}.{each}" for each in inner] or [name]
    return tuple(found)


def _place(data: dict[str, Any], key: str, value: str) -> None:
    *groups, last = key.split(".")
    for group in groups:
        inner = data.setdefault(group, {})
        if not isinstance(inner, dict):
            raise Misuse(f"no term {key!r}", remedy=f"one of: {', '.join(names())}")
        data = inner
    data[last] = value


def _forget(data: dict[str, Any], key: str) -> None:
    *groups, last = key.split(".")
    for group in groups:
        data = data.get(group) or {}
    data.pop(last, None)


def _said(wrong: ValidationError) -> str:
    told = []
    for error in wrong.errors():
        place = ".".join(str(part) for part in error["loc"])
        if error["type"] == "extra_forbidden":
            told.append(f"no term {place!r}; one of: {', '.join(names())}")
        else:
            told.append(f"{place}: {error['msg'].removeprefix('Value error, ')}")
    return "; ".join(told)
