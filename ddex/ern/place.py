"""Where in the XML a thing stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the XML a thing stands: 1-based line and element path."""

    line: int = 0
    xpath: str = ""
