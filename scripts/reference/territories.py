"""docs/reference/territories.md: zones of territories, and codes that stand for several."""

from __future__ import annotations

from ddex.data.regions import HISTORIC, TIS, Expansion, regions
from ddex.data.territories import territories
from reference.markdown import code, page, table

INTRODUCTION = """
Each territory has one zone, in which the dates of its deals begin and end. Where a country has
several, DDEX prefers the easternmost main one; *main* is read here as home to about a quarter of
the people or more. So the United States are New York, Canada is Toronto, Australia Sydney, Brazil
São Paulo, Russia Moscow, Indonesia Jakarta, Kiribati Tarawa, DR Congo Lubumbashi. Territories are
those of ISO 3166-1, with the codes that DDEX still allows (`AN`, `CS`), `XK`, the three parts of
Spain with codes of their own, and `Worldwide`.
"""

GROUPS = """
CISAC TIS numbers count only for a feed whose policy says so (`{"rights": {"tis": true}}`);
without that, a deal for one grants nothing, and a deal that excludes one grants nothing either. A
TIS number names countries: places with an ISO code of their own that TIS does not list (`GP`,
`RE`, `AX` …) are in none of them but `2136`. Numbers of single countries, such as `250` for `FR`,
are left out here.
"""

PAST = """
ISO has withdrawn these. A deal for one reaches the territories that took its place; where it was
only a part of a territory of today, a deal for it reaches nobody there, and a deal that excludes
it excludes the whole.
"""


def _members(region: Expansion) -> str:
    if region.members == frozenset(territories()):
        return "all"
    parts = [f"a part of {each}" for each in sorted(region.touched)]
    return ", ".join([*sorted(region.members), *parts])


def _regions(kind: str) -> str:
    rows = [
        (code(name), region.name, _members(region))
        for name, region in regions().items()
        if region.kind == kind and not (kind == TIS and int(name) < 2000)
    ]
    return table(("code", "name", "territories"), rows)


def territories_page() -> str:
    """All territories with their zones, then the codes that stand for several."""
    rows = [(code(each.code), each.name, code(each.zone)) for each in territories().values()]
    return page(
        "Territories",
        INTRODUCTION,
        table(("code", "name", "zone"), rows),
        "## CISAC TIS numbers",
        GROUPS,
        _regions(TIS),
        "## Codes of the past",
        PAST,
        _regions(HISTORIC),
    )
