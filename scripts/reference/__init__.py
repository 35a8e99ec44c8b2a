"""The pages of docs/reference: file name → function that makes its text from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.settings import settings_page
from reference.states import states_page

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "states.md": states_page,
}
