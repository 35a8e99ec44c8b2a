"""Codes that stand for several territories: CISAC TIS numbers, and codes that ISO has withdrawn.

Sources of `regions.tsv`: TIS numbers and their members from the CISAC Territory Information System
(the relations that hold today, as the MIT-licensed package music-metadata-territories 24.12 lists
them); withdrawn codes and their successors from ISO 3166-3. A TIS number names countries only:
places with an ISO code of their own that TIS does not list (GP, RE, AX …) are in none of them. A
member with `<` before it contains the old place but is larger than it.

A TIS number counts only between a sender and a recipient who agreed on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from ddex.data.territories import WORLDWIDE, find, territories

if TYPE_CHECKING:
    from collections.abc import Mapping

ISO = "iso"
WORLD = "world"
HISTORIC = "historic"
TIS = "tis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """The territories that a code stands for.

    Attributes:
        kind: `iso`, `world`, `historic` or `tis`.
        name: in English.
        members: codes of our table that lie in it wholly; a country brings its parts.
        touched: codes of our table that lie in it partly: a deal for it does not reach them, a
            deal that excludes it excludes them.
    """

    kind: str
    name: str
    members: frozenset[str]
    touched: frozenset[str] = frozenset()


@cache
def regions() -> Mapping[str, Expansion]:
    """All codes of the table that stand for others, in its order."""
    text = files("ddex.data").joinpath("regions.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return MappingProxyType({row[0]: _region(*row) for row in rows})


def _region(_code: str, kind: str, name: str, members: str) -> Expansion:
    named = members.split()
    if named == [WORLDWIDE]:
        return Expansion(kind=kind, name=name, members=_world())
    whole = [member for member in named if not member.startswith("<")]
    touched = [member[1:] for member in named if member.startswith("<")]
    return Expansion(kind=kind, name=name, members=_with_parts(whole), touched=_with_parts(touched))


@lru_cache(maxsize=4096)  # a hostile deal may name any number of codes
def expand(code: str) -> Expansion | None:
    """What this code of a message stands for, None when nobody knows it. Case is forgiven."""
    region = regions().get(code) or regions().get(code.upper())
    if region is not None:
        return region
    place = find(code)
    if place is None:
        return None
    if place.code == WORLDWIDE:
        return Expansion(kind=WORLD, name=place.name, members=_world())
    return Expansion(kind=ISO, name=place.name, members=_with_parts([place.code]))


def _world() -> frozenset[str]:
    return frozenset(territories())


def _with_parts(codes: list[str]) -> frozenset[str]:
    wanted = frozenset(codes)
    return frozenset(t.code for t in territories().values() if {t.code, t.country} & wanted)
