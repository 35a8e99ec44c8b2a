"""What operations on reports take and give."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from server.api.closed import Closed


class Planned(Closed):
    """Which recipients."""

    recipients: list[str] = Field(default=[], max_length=1000, description="Ids; empty: all.")
    again: bool = Field(default=False, description="Also when it was approved: takes that back.")


class Approved(Closed):
    """Which plan was looked at."""

    fingerprint: str = Field(default="", max_length=64, description="Of the plan; empty: any.")


class Acknowledged(Closed):
    """Who has its files."""

    recipient: str = Field(default="", max_length=60, description="Id; empty: all.")


class Reissued(Closed):
    """Why, and for whom."""

    reason: str = Field(min_length=1, max_length=500, description="What was wrong.")
    recipients: list[str] = Field(default=[], max_length=1000, description="Ids; empty: all.")


class Terms(Closed):
    """What is agreed with a recipient, and the secret of its target."""

    terms: dict[str, Any] = Field(description="As `GET /dsr/recipients` gives them.")
    secret: str = Field(default="", max_length=20_000, description="Empty leaves the one it has.")


class Closing(Closed):
    """A period's closing. `preview` holds `service` and `recipients`, `files` what was written."""

    period: str
    issue: int
    state: str = Field(description="planned, approved, built, checked, delivered or acknowledged.")
    reason: str
    planned_by: str
    planned_at: str
    approved_by: str
    approved_at: str | None
    fingerprint: str = Field(description="Digest of the figures that are approved.")
    preview: dict[str, Any]
    files: list[dict[str, Any]]


class Closings(Closed):
    """All of them."""

    closings: list[Closing]


class Recipients(Closed):
    """Everybody who gets reports, with the terms."""

    recipients: list[dict[str, Any]]


class OneRecipient(Closed):
    """One of them."""

    recipient: dict[str, Any]
