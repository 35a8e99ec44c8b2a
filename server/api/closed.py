"""The base of all shapes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Closed(BaseModel):
    """No other fields than those named."""

    model_config = ConfigDict(extra="forbid")
