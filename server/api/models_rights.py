"""Input and answer of the operator's question about rights."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from server.api.closed import Closed


class RightsQuestion(Closed):
    """Whose rights, when: empty parts are those of visitors, and now."""

    territory: str = Field(default="", max_length=80, description="ISO 3166-1 code.")
    at: str = Field(default="", max_length=40, description="Date or date-time, local there.")
    model: str = Field(default="", max_length=80, description="CommercialModelType.")
    use: str = Field(default="", max_length=80, description="UseType.")


class Speaker(Closed):
    """The message that speaks for a release."""

    message_id: str
    digest: str
    feed_id: str
    delivery_id: str | None
    batch: str
    arrived_at: str


class RightsRow(Closed):
    """The verdict on one release of the message; instants in ISO 8601."""

    release_reference: str
    identifier: str
    title: str
    allowed: bool
    reason: str
    code: str
    clause: str
    deal: str | None
    terms: dict[str, Any] | None
    since: str | None
    until: str | None
    next_change: str | None


class RightsAnswer(Closed):
    """The chain from message to deal to clause, the main release first."""

    message: Speaker | None
    verdicts: list[RightsRow]
