"""The pages of docs/reference: file name → function that makes its text from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.choreographies import choreographies_page
from reference.codes import codes_page
from reference.commands import commands_page
from reference.http import http_page
from reference.left import left_page
from reference.rules import code_pages, rules_page
from reference.settings import settings_page
from reference.states import states_page
from reference.territories import territories_page

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES: dict[str, Callable[[], str]] = {
    "choreographies.md": choreographies_page,
    "codes.md": codes_page,
    "commands.md": commands_page,
    "ern-left.md": left_page,
    "ern-rules.md": rules_page,
    "http-api.md": http_page,
    "settings.md": settings_page,
    "states.md": states_page,
    "territories.md": territories_page,
    **code_pages(),
}
