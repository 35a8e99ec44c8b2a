"""Who gains and who loses, as a drawing: bars to both sides of a line. Pure SVG, no scripts."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST = 24
_ROW, _LEFT, _WIDTH, _HALF = 28, 220, 920, 250
_GAIN, _LOSS = "#1a7f5a", "#b3422f"


def chart(told: Mapping[str, Any]) -> str:
    """A drawing of what `server.royalties.simulate.simulate` gives: the greatest changes.

    Bars of one currency have one scale.
    """
    changed = [row for row in told["rows"] if Decimal(row["difference"])]
    half = MOST // 2
    rows = changed if len(changed) <= MOST else [*changed[:half], *changed[-half:]]
    rows = sorted(rows, key=lambda row: row["currency"])  # stable: most gained first in each
    most: dict[str, Decimal] = {}
    for row in rows:
        most[row["currency"]] = max(
            most.get(row["currency"], Decimal(0)), abs(Decimal(row["difference"]))
        )
    height = 84 + _ROW * max(len(rows), 1)
    tried = told["method"] if told["method"] != "pro-rata" else "other rates"
    title = f"{told['period']}: {tried} against pro rata and the agreed rates"
    body = "".join(
        _bar(row, 64 + place * _ROW, most[row["currency"]]) for place, row in enumerate(rows)
    )
    empty = "" if rows else f'<text x="{_LEFT}" y="84" class="dim">Nobody gains or loses.</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="13">'
        "<style>text{fill:#1d1d1b}.dim{fill:#6b6b66}@media(prefers-color-scheme:dark)"
        "{text{fill:#f2f2ee}.dim{fill:#a8a8a2}}</style>"
        f'<text x="16" y="28" font-size="16" font-weight="600">{escape(title)}</text>'
        f'<text x="16" y="48" class="dim">{_sums(told)}</text>{empty}{body}'
        f'<line x1="{_LEFT + _HALF}" x2="{_LEFT + _HALF}" y1="56" y2="{height - 12}"'
        ' stroke="#8a8a84"/></svg>\n'
    )


def _bar(row: Mapping[str, Any], top: int, most: Decimal) -> str:
    difference = Decimal(row["difference"])
    width = max(float(abs(difference) / most) * (_HALF - 8), 1.0)
    x = _LEFT + _HALF if difference > 0 else _LEFT + _HALF - width
    sign = "+" if difference > 0 else "\N{MINUS SIGN}"
    told = f"{sign}{abs(difference):,.2f} {row['currency']}"
    name = _shortened(row["key"] or "(no name)")
    return (
        f'<text x="{_LEFT - 12}" y="{top + 17}" text-anchor="end" unicode-bidi="isolate"'
        f">{escape(name)}</text>"
        f'<rect x="{x:.1f}" y="{top + 4}" width="{width:.1f}" height="18" rx="2"'
        f' fill="{_GAIN if difference > 0 else _LOSS}"/>'
        f'<text x="{_LEFT + 2 * _HALF + 12}" y="{top + 17}">{escape(told)}</text>'
    )


def _shortened(text: str) -> str:
    clean = "".join(c for c in text if c.isprintable())
    return clean if len(clean) <= 28 else f"{clean[:27]}…"


def _sums(told: Mapping[str, Any]) -> str:
    rows: Sequence[str] = [
        f"{Decimal(sums['now']):,.2f} → {Decimal(sums['then']):,.2f} {currency}"
        for currency, sums in told["totals"].items()
    ]
    return escape("Shares times rates: " + ", ".join(rows))
