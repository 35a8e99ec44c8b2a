"""Territories as DDEX writes them, each with the one zone in which its deals start and end.

The table holds ISO 3166-1 alpha-2, the codes ISO has withdrawn but DDEX still allows (AN, CS), the
user-assigned XK, the three Spanish places that have codes of their own, and Worldwide (UTC).

A deal's dates are local to the consumer's territory, and where a country has several zones DDEX
prefers the easternmost main one. "Main" is read here as: home to about a quarter of the people or
more. So the United States are New York, Canada is Toronto (not St John's), Australia Sydney, Brazil
São Paulo, Russia Moscow, Indonesia Jakarta, Mexico Mexico City, Congo (CD) Lubumbashi.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

WORLDWIDE = "Worldwide"

_WITH_ARTICLE = frozenset(
    [
        "AE",
        "AX",
        "BQ",
        "BS",
        "CC",
        "CD",
        "CF",
        "CG",
        "CK",
        "DO",
        "ES-CN",
        "FK",
        "FO",
        "GB",
        "GM",
        "GS",
        "HM",
        "IM",
        "IO",
        "KM",
        "KY",
        "MH",
        "MP",
        "MV",
        "NL",
        "PH",
        "PN",
        "SB",
        "SC",
        "TC",
        "TF",
        "UM",
        "US",
        "VG",
        "VI",
        "AN",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """One territory: its code, its English name and the name of its zone in tzdata."""

    code: str
    name: str
    zone: str

    @property
    def tzinfo(self) -> ZoneInfo:
        """The zone, for local midnights."""
        return _zone(self.zone)

    @property
    def phrase(self) -> str:
        """The name as it stands inside a sentence: `the United States`, `Germany`."""
        return f"the {self.name}" if self.code in _WITH_ARTICLE else self.name

    @property
    def country(self) -> str:
        """The code of the country it is a part of: `ES` for `ES-CN`, else its own code."""
        return self.code.partition("-")[0]


@cache
def territories() -> Mapping[str, Territory]:
    """All territories by code, in the order of the table."""
    text = files("ddex.data").joinpath("territories.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return MappingProxyType(
        {code: Territory(code=code, name=name, zone=zone) for code, name, zone in rows}
    )


def find(code: str) -> Territory | None:
    """The territory with this code, None when the table has none; letter case is forgiven."""
    table = territories()
    return table.get(code) or table.get(code.upper()) or table.get(code.capitalize())


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
