"""Who gets reports: by right (which feeds and territories), in which form, where to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import select

from catalog.models import Feed, Release, ReportRecipient
from catalog.named import named
from core.errors import Misuse, NotFound
from ddex import identifiers
from ddex.dsr.records import FINANCIAL, find_profile, versions_of
from server.royalties.currencies import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ddex.dsr.records import Profile

WRITABLE = ("FinancialReportingToRecordCompaniesProfileSRB", "BasicAudioProfile",
            "BasicAudioProfileSRB")  # fmt: skip
_SCHEMES = ("sftp", "s3", "gs", "az")
FEED, DOWNLOAD = "feed", "download"


class Recipient(BaseModel):
    """Terms of reporting, as agreed with one recipient.

    Attributes:
        id: the key; by default the DPID.
        feeds: ids of the feeds whose plays are reported; empty: all feeds of this DPID, for a
            society the whole service.
        releases: ids of the releases whose plays are reported; empty: all.
        territories: empty: all.
        together: one report `multi` in place of one for each territory.
        currency: of accounting; empty: that of transaction.
        decimals: of amounts in rows and sums; None: as exact as the money is.
        per_day: rows dated by the day of usage in place of the period's last day.
        part_bytes: a part has at most so many bytes before compression.
        semaphore: first word of the `.ctrl` file's name; empty: none is sent.
        target: `feed` (its reports/), `download`, or a URL (sftp, s3, gs, az).
        due_days: reports are due so many days after the end of the period; None: not agreed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")
    dpid: str
    name: str = Field(min_length=1, max_length=200)
    kind: Literal["label", "society"] = "label"
    feeds: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    together: bool = False
    currency: str = ""
    decimals: int | None = Field(default=None, ge=0, le=10)
    period: Literal["month", "quarter", "week"] = "month"
    profile: str = FINANCIAL.name
    version: str = Field(default=FINANCIAL.version, validate_default=True)
    per_day: bool = False
    gzip: bool = False
    part_bytes: int = Field(default=4_000_000_000, ge=10_000, le=4_000_000_000)
    semaphore: Literal["", "DSR", "ACK"] = ""
    rights: str = ""
    target: str = FEED
    host_key: str = ""
    endpoint: str = ""
    region: str = ""
    contact: str = ""
    due_days: int | None = Field(default=None, ge=1, le=366)
    disabled: bool = False

    @field_validator("dpid")
    @classmethod
    def _dpid(cls, value: str) -> str:
        found = identifiers.dpid(value)
        if found is None:
            raise ValueError("is no DPID; it looks like PADPIDA2014120301L")
        return found

    @field_validator("currency")
    @classmethod
    def _currency(cls, value: str) -> str:
        if value and value not in DECIMALS:
            raise ValueError("is no ISO 4217 code such as EUR")
        return value

    @field_validator("target")
    @classmethod
    def _target(cls, value: str) -> str:
        if value in {FEED, DOWNLOAD} or urlsplit(value).scheme in _SCHEMES:
            return value
        raise ValueError("is neither feed, download nor a URL of sftp, s3, gs or az")

    @field_validator("version")
    @classmethod
    def _version(cls, value: str, info: object) -> str:
        name = getattr(info, "data", {}).get("profile", "")
        if name not in WRITABLE or find_profile(name, value) is None:
            known = [f"{one} {v}" for one in WRITABLE for v in versions_of(one)]
            raise ValueError(f"is not written for {name}; known are {', '.join(known)}")
        return value

    @property
    def form(self) -> Profile:
        """The profile version as a table."""
        found = find_profile(self.profile, self.version)
        if found is None:
            raise Misuse(f"{self.profile} {self.version} is not written here")
        return found


def made(terms: dict[str, object]) -> Recipient:
    """Terms that are right.

    Raises:
        Misuse: a value is not; names it.
    """
    try:
        return Recipient.model_validate(terms)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = ".".join(map(str, first["loc"])) or "terms"
        text = str(first["msg"]).removeprefix("Value error, ")
        raise Misuse(f"{field}: {text}", remedy="see `segue dsr recipients set --help`") from wrong


def every(session: Session) -> list[Recipient]:
    """All recipients: those agreed with, and for each other feed's DPID the defaults."""
    stored = session.scalars(select(ReportRecipient).order_by(ReportRecipient.id)).all()
    found = {row.id: made(row.terms) for row in stored}
    known = {one.dpid for one in found.values() if one.kind == "label"}
    for feed in session.scalars(select(Feed).order_by(Feed.created_at, Feed.id)):
        if feed.dpid not in known and identifiers.dpid(feed.dpid):
            found[feed.dpid] = Recipient(id=feed.dpid, dpid=feed.dpid, name=feed.name)
            known.add(feed.dpid)
    return [one for _, one in sorted(found.items()) if not one.disabled]


def find(session: Session, name: str) -> Recipient:
    """By id, or by DPID when one recipient has it.

    Raises:
        NotFound: there is none.
    """
    dpid = identifiers.dpid(name)
    known = every(session)
    found = [one for one in known if one.id == name] or [one for one in known if one.dpid == dpid]
    if not found:
        raise NotFound(f"there is no recipient {name!r}", remedy="see `segue dsr recipients list`")
    return found[0]


def keep(session: Session, recipient: Recipient, *, at: datetime, by: str) -> Recipient:
    """Agree on terms; they hold from the next plan on. Releases may be named by their ICPN or GRid
    too; what is kept are ids.

    Raises:
        NotFound: there is no such feed or release.
    """
    unknown = [one for one in recipient.feeds if session.get(Feed, one) is None]
    if unknown:
        raise NotFound(f"no feed {unknown[0]}", remedy="see `segue feeds list`")
    before = session.get(ReportRecipient, recipient.id)
    known = set(before.terms.get("releases", ())) if before else set()
    ids = {found for one in recipient.releases for found in _ids(session, one, known)}
    recipient = recipient.model_copy(update={"releases": tuple(sorted(ids))})
    row = session.get(ReportRecipient, recipient.id) or ReportRecipient(id=recipient.id)
    row.terms, row.changed_at, row.changed_by = recipient.model_dump(mode="json"), at, by
    session.add(row)
    return recipient


def _ids(session: Session, name: str, known: Container[str]) -> Sequence[str]:
    """Ids of the releases of this name; one that was agreed before may be purged since."""
    found = session.scalars(select(Release.id).where(named(name))).all()
    if not found and name not in known:
        raise NotFound(f"no release {name}", remedy="its id, ICPN or GRid; see `segue releases`")
    return found or [name]


def feeds_of(session: Session, recipient: Recipient) -> tuple[str, ...]:
    """Ids of the feeds whose plays go into the recipient's reports."""
    if recipient.feeds:
        return tuple(sorted(recipient.feeds))
    query = select(Feed.id).order_by(Feed.id)
    if recipient.kind == "label":
        query = query.where(Feed.dpid == recipient.dpid)
    return tuple(session.scalars(query))


def folder_feed(session: Session, feeds: Iterable[str]) -> str:
    """The feed in whose `reports/` files go: the first that is not disabled."""
    query = select(Feed.id).where(Feed.id.in_(list(feeds)))
    found = session.scalars(query.order_by(Feed.disabled, Feed.created_at, Feed.id)).first()
    if found is None:
        raise NotFound("the recipient has no feed", remedy="set its target to download or a URL")
    return found
