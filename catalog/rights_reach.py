"""The territories that a deal speaks of, computed once for equal lists of codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ddex.data.regions import TIS, expand
from ddex.data.territories import WORLDWIDE, territories


@dataclass(frozen=True, slots=True)
class Reach:
    """`members` are codes of our table. `strange` is the first code that meant nothing to us."""

    members: frozenset[str]
    strange: str = ""


@lru_cache(maxsize=8192)
def reach(included: tuple[str, ...], excluded: tuple[str, ...], *, tis: bool) -> Reach:
    """What these codes and exclusions leave; `tis` says whether TIS numbers count.

    A code that means nothing adds nothing; an exclusion that means nothing leaves nothing, because
    what it excludes can't be told. Exclusions alone start from the whole world.
    """
    if not included and not excluded:
        return Reach(frozenset())
    inside, strange = _union(included, tis=tis)
    if not included:
        inside = frozenset(territories())
    if not excluded:
        return Reach(inside, strange)
    outside, unknown = _union(excluded, tis=tis, touched=True)
    if unknown:
        return Reach(frozenset(), unknown)
    return Reach(inside - outside - {WORLDWIDE}, strange)


def _union(
    codes: tuple[str, ...], *, tis: bool, touched: bool = False
) -> tuple[frozenset[str], str]:
    """All members of these codes, and the first code that is none."""
    found: set[str] = set()
    strange = ""
    for code in codes:
        expansion = expand(code)
        if expansion is None or (expansion.kind == TIS and not tis):
            strange = strange or code
        else:
            found |= expansion.members
            found |= expansion.touched if touched else frozenset()
    return frozenset(found), strange
