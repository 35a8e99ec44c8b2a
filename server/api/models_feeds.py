"""Shapes of feeds: what operators give and get."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ingest.feed_terms import FeedTerms
from server.api.closed import Closed

Protocol = Literal["sftp", "ftps", "ftp", "http", "s3", "gcs", "azure", "atom"]
Kinds = Literal[
    "password",
    "api_key",
    "client_secret",
    "public_key",
    "certificate_authority",
    "webhook_secret",
    "store",
]
_DPID = "DDEX party ids that its messages may come from, the main one first."


def _terms(given: object) -> object:
    """Read as everywhere: sizes and schedules may be texts."""
    return FeedTerms.read(given) if isinstance(given, dict) else given


# ---- requests


class Days(Closed):
    """Of how many days the figures are."""

    days: int = Field(default=30, ge=1, le=366)


class Discard(Closed):
    """What else goes with a feed."""

    discard_files: bool = Field(default=False, description="Also files never processed.")


class NewFeedBody(Closed):
    """A feed to make."""

    name: str = Field(min_length=1, max_length=200)
    dpids: list[str] = Field(min_length=1, max_length=50, description=_DPID)
    protocols: list[Protocol] = Field(default=["sftp"], min_length=1, max_length=8)
    choreography: str = Field(default="", max_length=20, description="Such as batch-1.8.")
    acknowledgement: Literal["18", "16", "none"] = "18"
    policy: Literal["strict", "normal", "lenient"] = "normal"
    takes_tests: bool = False
    public_keys: list[str] = Field(
        default_factory=list, max_length=20, description="OpenSSH lines, instead of a password."
    )
    certificate_authorities: list[str] = Field(
        default_factory=list, max_length=5, description="OpenSSH lines of who signs certificates."
    )
    terms: Annotated[FeedTerms, BeforeValidator(_terms)] = Field(
        default=FeedTerms(), description="Limits and agreements."
    )


class FeedChange(Closed):
    """What is to change; what is not named stays."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    dpids: list[str] | None = Field(default=None, min_length=1, max_length=50, description=_DPID)
    protocols: list[Protocol] | None = Field(default=None, min_length=1, max_length=8)
    choreography: str | None = Field(default=None, max_length=20)
    acknowledgement: Literal["18", "16", "none"] | None = None
    terms: dict[str, Any] = Field(
        default_factory=dict,
        max_length=30,
        description="Those of FeedTerms that change; null puts one back to its default.",
    )


class Why(Closed):
    """A reason, for the audit log."""

    reason: str = Field(default="", max_length=500)


class CredentialBody(Closed):
    """A credential to add. A secret that Segue makes is in the answer, this once."""

    kind: Kinds
    label: str = Field(default="", max_length=200)
    public: str = Field(
        default="", max_length=4000, description="OpenSSH line, or the name of a store's secret."
    )
    secret: str | None = Field(
        default=None, max_length=20_000, description="For a store; passwords are made."
    )
    days: float | None = Field(default=None, gt=0, le=3660, description="Days until it expires.")


class RotateBody(Closed):
    """Which secret gets a successor."""

    kind: Kinds | None = Field(default=None, description="None: the only one that Segue made.")
    overlap_hours: float = Field(
        default=168, ge=0, le=8784, description="How long the old one stays valid."
    )
    public: str = Field(default="", max_length=4000)
    secret: str | None = Field(default=None, max_length=20_000)


# ---- answers


class Sla(Closed):
    """The clock from completion to the first answer; all but `running` are None without one."""

    minutes: int | None
    met: int | None
    breached: int | None
    running: int
    overdue: int | None


class Statistics(Closed):
    """Of the last days, without tests; times in seconds."""

    deliveries: int
    failures: int = Field(description="Refused, or failed by our own fault.")
    held: int
    in_work: int
    states: dict[str, int]
    mean_s: float | None
    p95_s: float | None
    last_activity: str | None
    sla: Sla


class Feed(Closed):
    """A feed as in the list, without its secrets."""

    id: str
    name: str
    dpid: str
    dpids: list[str]
    protocol: str
    protocols: list[str]
    username: str
    choreography: str
    acknowledgement: str
    policy: dict[str, Any] = Field(description="How severe rules are, and what else was agreed.")
    policy_name: str = Field(description="strict, normal or lenient.")
    process: Literal["auto", "hold"]
    disabled: bool
    created_at: str
    statistics: Statistics


class Feeds(Closed):
    """All feeds, by name."""

    feeds: list[Feed]


class Credential(Closed):
    """How a feed proves who it is, without the secret."""

    id: str
    kind: Kinds
    label: str
    public: str
    fingerprint: str | None
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    valid: bool


class Usage(Closed):
    """What lies in the inbox, and what may still come; None is without limit."""

    bytes: int
    files: int
    bytes_left: int | None
    files_left: int | None


class AllTerms(FeedTerms):
    """All terms, also those at their default."""

    schedule_text: str = ""


class FeedDetail(Feed):
    """One feed with all that is agreed with it."""

    terms: AllTerms
    agreements: dict[str, bool]
    rules: dict[str, Any] = Field(description="How severe rules are: name, overrides, numbers.")
    credentials: list[Credential]
    usage: Usage
    daily: list[dict[str, Any]] = Field(
        description="`{day, deliveries, failures, mean_s}` of each of the last days, in UTC."
    )
    watch: dict[str, Any] | None = Field(
        description="How the watching of its store goes; null when none was looked into."
    )
    notes: list[str] = Field(description="What an operator should know, in sentences.")
    revision: int


class FeedMade(FeedDetail):
    """A new feed with its secrets."""

    secrets: dict[str, str] = Field(description="Kind -> secret; shown this once.")


class FeedChanged(FeedDetail):
    """A feed, and what was changed."""

    changed: list[str] = Field(description="One line for each change.")


class SecretMade(Closed):
    """A new credential with its secret, shown this once."""

    feed: str
    credential: Credential
    secret: str | None


class Rotated(SecretMade):
    """A successor; the old ones end at `old_until`."""

    old_until: str


class Ended(Closed):
    """A credential that counts no more."""

    credential: Credential


class Deleted(Closed):
    """A feed that is gone; what it sent stays in the log."""

    id: str
    name: str
    deleted_at: str
