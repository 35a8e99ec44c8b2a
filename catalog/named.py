"""Releases by whatever people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_

from catalog.models import Release
from core.ids import gtin14
from ddex.identifiers import compact

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def named(name: str) -> ColumnElement[bool]:
    """Releases with this id, ICPN (with or without leading zeros), GRid or `namespace::value`."""
    plain = compact(name)
    identities = {name, plain, *spellings(name)[:1]}
    return or_(Release.id == name, Release.identity.in_(identities), Release.grid == plain)


def spellings(name: str) -> tuple[str, ...]:
    """An ICPN with 14, 13, 12 digits and without leading zeros; nothing when it is none."""
    plain = compact(name)
    if not (plain.isascii() and plain.isdigit() and 8 <= len(plain) <= 14):
        return ()
    digits = gtin14(plain)
    return (digits, digits[1:], digits[2:], digits.lstrip("0"))
