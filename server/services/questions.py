"""A question about rights as people put it: territory, time, model and use as text. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from catalog.deal_dates import DateUnreadable, start_instant
from catalog.rights_release import Audience
from core.errors import Misuse
from ddex.data.territories import find, territories
from ddex.data.words import COMMERCIAL_MODELS, USE_TYPES, nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ddex.data.territories import Territory

_COMMON = {"uk": "GB", "england": "GB", "usa": "US", "el": "GR", "world": "Worldwide"}


@dataclass(frozen=True, slots=True)
class Question:
    """For whom and when."""

    audience: Audience
    at: datetime


def question(  # noqa: D417 - the texts are as their names say
    *,
    territory: str,
    at: str,
    model: str,
    use: str,
    usual: Callable[[], tuple[tuple[str, str], ...]],
    now: Callable[[], datetime],
) -> Question:
    """The question that these texts put.

    Args:
        at: a date or date-time, local in the territory without an offset; empty means now.
        model, use: DDEX words; where one is empty, those of `usual` pairs.

    Raises:
        Misuse: a word that is none, with the word that was probably meant.
    """
    place = _place(territory)
    model = _word(model, "commercial model", COMMERCIAL_MODELS)
    use = _word(use, "use type", USE_TYPES)
    wanted: tuple[tuple[str, str], ...] = ((model, use),)
    if not (model and use):
        wanted = tuple(dict.fromkeys((model or pair[0], use or pair[1]) for pair in usual()))
    audience = Audience(territory=place.code, tier="", wanted=wanted)
    return Question(audience, _instant(at, place) if at else now())


def _place(code: str) -> Territory:
    place = find(code)
    if place is not None:
        return place
    names = {t.name.casefold(): t.code for t in territories().values()} | _COMMON
    meant = get_close_matches(code.casefold(), [*names, *(c.casefold() for c in territories())], 1)
    near = names.get(meant[0], meant[0].upper()) if meant else ""
    raise Misuse(
        f"{code!r} is no territory",
        remedy=f"did you mean {near}?" if near else "give an ISO 3166-1 code such as FR",
    )


def _word(word: str, what: str, known: tuple[str, ...]) -> str:
    if not word or word in known:
        return word
    near = nearest(word, known)
    raise Misuse(
        f"{word!r} is no {what}",
        remedy=f"did you mean {near}?" if near else f"such as {known[0]}",
    )


def _instant(text: str, place: Territory) -> datetime:
    try:  # in a URL or a shell a plus may have become a blank
        return start_instant(re.sub(r" (?=\d\d:\d\d$)", "+", text.strip()), place.tzinfo)
    except DateUnreadable as wrong:
        raise Misuse(
            f"{text!r} is no date", remedy="such as 2026-07-01 or 2026-07-01T00:00:00+02:00"
        ) from wrong
