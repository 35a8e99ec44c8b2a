"""What people type: one function for each kind of value, each with what would be right."""

from __future__ import annotations

import difflib
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from core.errors import Misuse
from ddex import identifiers
from ddex.data.territories import find
from ddex.dsr.cells import COMMERCIAL_MODELS
from server.royalties.currencies import DECIMALS
from server.royalties.money import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = Decimal(10) ** 11
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_WORD = re.compile(r"[\w.-]{1,40}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_SHOWN = 60


def shown(value: object) -> str:
    """A value in a message: cut, and no character that steers a terminal."""
    text = str(value)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"'{''.join(c if c.isprintable() else '�' for c in text)}'"


def decimal(value: object, what: str, *, places: int, most: Decimal = _MOST) -> Decimal:
    """Zero or more, below `most`, with at most `places` decimals; plain digits, no exponent."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value).strip()
    if isinstance(value, bool | float) or not _NUMBER.fullmatch(text):
        raise Misuse(
            f"{shown(value)} is no {what}",
            remedy="write digits with a decimal point and no other sign, such as 1234.56",
        )
    try:
        found = Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern allows no such text
        raise Misuse(f"{shown(value)} is no {what}", remedy="write it as 1234.56") from None
    if found < 0:
        raise Misuse(
            f"{shown(value)} is negative: no {what} is",
            remedy="enter what is left after refunds; take a figure back with `--withdraw`",
        )
    if found >= most:
        raise Misuse(f"{shown(value)} is too much for a {what}", remedy=f"below {most:f}")
    if -_exponent(found) > places:
        raise Misuse(
            f"{shown(value)} has more than {places} decimals",
            remedy=f"round it to {places} decimals",
        )
    return found


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def amount(value: object) -> Decimal:
    """An amount of money."""
    return decimal(value, "amount of revenue", places=PLACES)


def count(value: object) -> int:
    """A number of subscribers."""
    return int(decimal(value, "number of subscribers", places=0))


def currency(value: object) -> str:
    """A currency of ISO 4217, in capitals."""
    code = str(value).strip().upper()
    if code not in DECIMALS:
        raise Misuse(
            f"{shown(value)} is no currency" + _near(code, DECIMALS),
            remedy="an ISO 4217 code such as EUR",
        )
    return code


def territory(value: object) -> str:
    """An ISO 3166-1 code (or TIS code) as `ddex` knows it."""
    found = find(str(value).strip())
    if found is None:
        raise Misuse(f"{shown(value)} is no territory", remedy="an ISO 3166-1 code such as DE")
    return found.code


def model(value: object) -> str:
    """A CommercialModelType."""
    text = str(value).strip()
    if text not in COMMERCIAL_MODELS:
        known = ", ".join(sorted(COMMERCIAL_MODELS))
        raise Misuse(
            f"{shown(value)} is no commercial model" + _near(text, COMMERCIAL_MODELS),
            remedy=f"one of {known}",
        )
    return text


def word(value: object, what: str) -> str:
    """The name of a tier or of a type of subscriber: letters, digits, `-`, `_`, `.`."""
    text = str(value).strip()
    if not _WORD.fullmatch(text):
        raise Misuse(
            f"{shown(value)} is no {what}", remedy="letters, digits, dots and hyphens, at most 40"
        )
    return text


def name(value: object) -> str:
    """The name of an agreement."""
    text = str(value).strip()
    if not _NAME.fullmatch(text):
        raise Misuse(
            f"{shown(value)} is no name of an agreement",
            remedy="ASCII letters, digits, dots, underscores and hyphens, at most 100",
        )
    return text


def day(value: object) -> date:
    """A day, `YYYY-MM-DD`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        found = date.fromisoformat(str(value).strip())
    except ValueError:
        raise Misuse(f"{shown(value)} is no day", remedy="write it as 2026-11-30") from None
    if not 2000 <= found.year <= 9998:
        raise Misuse(f"{shown(value)} is no day of ours", remedy="a day from the year 2000 on")
    return found


def recipient(value: object) -> str:
    """A DPID."""
    found = identifiers.dpid(str(value))
    if found is None:
        raise Misuse(f"{shown(value)} is no DPID", remedy="it looks like PADPIDA2014120301L")
    return found


def _near(text: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(text, list(known), 1, 0.75)
    return f": is it {close[0]}?" if close else ""
