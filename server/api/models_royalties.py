"""What the API takes and gives of royalties. Amounts are texts, so that no digit is lost."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.api.closed import Closed

_LONGEST = 300


class RowsAsked(BaseModel):
    """Conditions of rows; `issue` 0 is the month as it stands now, none the newest issue."""

    model_config = ConfigDict(extra="forbid")

    issue: int | None = Field(default=None, ge=0, le=10_000)
    recipient: str = Field(default="", max_length=_LONGEST)
    agreement: str = Field(default="", max_length=_LONGEST)
    territory: str = Field(default="", max_length=_LONGEST)
    tier: str = Field(default="", max_length=_LONGEST)
    model: str = Field(default="", max_length=_LONGEST)
    use: str = Field(default="", max_length=_LONGEST)
    label: str = Field(default="", max_length=_LONGEST)
    artist: str = Field(default="", max_length=_LONGEST)
    release_id: str = Field(default="", max_length=_LONGEST)
    recording_id: str = Field(default="", max_length=_LONGEST)
    limit: int = Field(default=100, ge=1, le=1_000)
    offset: int = Field(default=0, ge=0)


class StatementAsked(BaseModel):
    """Whose statement."""

    model_config = ConfigDict(extra="forbid")

    issue: int | None = Field(default=None, ge=0, le=10_000)
    recipient: str = Field(default="", max_length=_LONGEST)
    label: str = Field(default="", max_length=_LONGEST)
    artist: str = Field(default="", max_length=_LONGEST)


class SimulationAsked(BaseModel):
    """What is tried: a method, or other rates as `RECIPIENT=0.55`, comma between them."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["pro-rata", "user-centric"] = "user-centric"
    without_plays: Literal["pro-rata", "equal", "operator"] = "pro-rata"
    by: Literal["recipient", "label", "artist"] = "recipient"
    rates: str = Field(default="", max_length=2_000)


class Months(BaseModel):
    """Months and their issues, the newest first."""

    months: list[dict[str, Any]]


class RoyaltyMonth(BaseModel):
    """A month: `issue` 0 and `closed` none when it was computed just now."""

    period: str
    issue: int
    closed: dict[str, Any] | None
    statements: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    sums: list[dict[str, Any]]
    withheld: list[dict[str, Any]]


class RoyaltyStatement(BaseModel):
    """A statement with its sums by label and artist."""

    period: str
    issue: int
    closed: dict[str, Any] | None
    where: dict[str, str]
    statements: list[dict[str, Any]]
    labels: list[dict[str, Any]]
    artists: list[dict[str, Any]]
    sums: dict[str, Any]
    reasons: list[dict[str, Any]]
    withheld: list[dict[str, Any]]


class RoyaltyRows(BaseModel):
    """Rows, and the sums of all that meet the conditions."""

    period: str
    issue: int
    closed: dict[str, Any] | None
    rows: list[dict[str, Any]]
    sums: dict[str, Any]
    offset: int
    limit: int


class Simulation(BaseModel):
    """Who gains and who loses, the greatest gain first."""

    period: str
    method: str
    without_plays: str
    rates: dict[str, str]
    by: str
    totals: dict[str, dict[str, str]]
    rows: list[dict[str, Any]]


class RevenueGiven(Closed):
    """A figure of the month: by tier, by commercial model, or both; amounts as text.

    `other_currency` says that money in a second currency is meant; `withdraw` takes a figure back.
    """

    territory: str = Field(min_length=2, max_length=10)
    tier: str = Field(default="", max_length=_LONGEST)
    model: str = Field(default="", max_length=_LONGEST)
    amount: str = Field(min_length=1, max_length=40)
    currency: str = Field(min_length=3, max_length=3)
    gross: str = Field(default="", max_length=40)
    other_currency: bool = False
    withdraw: bool = False


class Figures(Closed):
    """Figures of revenue, as entered."""

    revenue: list[dict[str, Any]]


class Entered(Closed):
    """What a month is computed from; what has no `approved_by` waits for a second operator."""

    revenue: list[dict[str, Any]]
    subscribers: list[dict[str, Any]]
    agreements: list[dict[str, Any]]
    four_eyes: bool


class AgreementsGiven(Closed):
    """Agreements in the form of their files; all are entered, or none."""

    agreements: list[dict[str, Any]] = Field(min_length=1, max_length=1_000)


class Agreements(Closed):
    """Versions of agreements."""

    agreements: list[dict[str, Any]]


class CloseAsked(Closed):
    """`reason`: why a month that is closed is issued again."""

    reason: str = Field(default="", max_length=_LONGEST)


class ClosedIssue(Closed):
    """A closed issue of a month, with what it changes against the one before."""

    period: str
    issue: int
    digest: str
    totals: dict[str, Any]
    difference: list[dict[str, Any]]
    statements: list[dict[str, Any]]
    problems: list[dict[str, Any]]
