"""Draw docs/images/rights.svg: the time line of a release, as its timetables say it.

Run it when the picture should change; a test holds the picture equal to what this draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from catalog.deal_terms import DealTerms, ShowTerms
from catalog.rights_release import Audience, ReleaseRights
from catalog.rights_terms import ReleaseTerms, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "rights.svg"
SVG = "http://www.w3.org/2000/svg"
BEGIN, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
LEFT, TOP, WIDTH, ROW, BAR = 250, 56, 720, 34, 18
COLOURS = {"allowed": "#2e7d4f", "not_yet": "#c9a227", "ended": "#8a8f98", "shown": "#5b7fb5"}
WORDS = {
    "allowed": "may be played",
    "not_yet": "not yet",
    "ended": "ended",
    "shown": "may be shown",
    "nothing": "no deal",
}
_FIRST = DealTerms(
    territories=("Worldwide",),
    excluded_territories=("JP",),
    commercial_models=("SubscriptionModel",),
    use_types=("Stream",),
    periods=(("2026-07-01", ""),),
    shows=ShowTerms(release="2026-05-15", tracks="2026-06-15"),
)
TERMS = ReleaseTerms(
    (
        Subject(reference="R0", deals=(0, 1, 2)),
        Subject(reference="R1", kind="TrackRelease", recording="single", deals=(3,)),
    ),
    (
        _FIRST,
        replace(_FIRST, territories=("JP",), excluded_territories=(),
                periods=(("2026-07-01", "2026-10-31"),)),
        replace(_FIRST, commercial_models=("AdvertisementSupportedModel",),
                periods=(("2026-09-01", ""),)),
        replace(_FIRST, periods=(("2026-06-01", ""),)),
    ),
)  # fmt: skip
PREMIUM = (("SubscriptionModel", "OnDemandStream"),)
FREE = (("AdvertisementSupportedModel", "OnDemandStream"),)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture."""

    name: str
    territory: str
    wanted: tuple[tuple[str, str], ...] = ()  # none: what may be shown
    recording: str = ""


ROWS = (
    Row("The release is shown (FR)", "FR"),
    Row("The single, subscription (FR)", "FR", PREMIUM, "single"),
    Row("The album, subscription (FR)", "FR", PREMIUM),
    Row("The album, subscription (US)", "US", PREMIUM),
    Row("The album, advertising (FR)", "FR", FREE),
    Row("The album, subscription (JP)", "JP", PREMIUM),
    Row("The album, advertising (JP)", "JP", FREE),
)


def draw() -> str:
    """The whole SVG."""
    height = TOP + ROW * len(ROWS) + 44
    parts = [
        f'<svg xmlns="{SVG}" viewBox="0 0 {LEFT + WIDTH + 20} {height}" role="img"',
        ' font-family="sans-serif" font-size="13">',
        "<title>The time line of a release</title>",
        f'<rect width="100%" height="{height}" fill="#ffffff"/>',
        *_months(height - 36),
    ]
    rights = ReleaseRights(TERMS)
    for number, row in enumerate(ROWS):
        y = TOP + ROW * number
        parts.append(f'<text x="12" y="{y + BAR - 4}" fill="#1d2430">{escape(row.name)}</text>')
        parts += [_bar(*span, y) for span in _spans(rights, row)]
    return "\n".join([*parts, *_legend(height - 14), "</svg>\n"])


def _spans(rights: ReleaseRights, row: Row) -> Iterator[tuple[datetime, datetime, str]]:
    """(from, to, kind) from the timetable of a row, within the picture."""
    at = BEGIN
    while at < END:
        if row.wanted:
            audience = Audience(territory=row.territory, tier="", wanted=row.wanted)
            verdict = rights.verdict(row.recording, audience, at)
            kind, change = verdict.reason.code.value, verdict.next_change
        else:
            shown = rights.shown(row.recording, row.territory, at)
            kind, change = "shown" if shown.release else "nothing", shown.next_change
        until = min(change or END, END)
        yield at, until, kind
        at = until


def _x(at: datetime) -> float:
    return round(LEFT + WIDTH * ((at - BEGIN) / (END - BEGIN)), 1)


def _bar(start: datetime, end: datetime, kind: str, y: int) -> str:
    colour = COLOURS.get(kind)
    style = f'fill="{colour}"' if colour else 'fill="none" stroke="#c4c9d1"'
    width = round(_x(end) - _x(start), 1)
    return f'<rect x="{_x(start)}" y="{y}" width="{width}" height="{BAR}" {style}/>'


def _months(bottom: int) -> Iterator[str]:
    at = BEGIN
    while at < END:
        yield f'<line x1="{_x(at)}" x2="{_x(at)}" y1="36" y2="{bottom}" stroke="#e4e7ec"/>'
        yield f'<text x="{_x(at) + 4}" y="30" fill="#5c6573">{at:%b %Y}</text>'
        at = (at + timedelta(days=32)).replace(day=1)


def _legend(y: int) -> Iterator[str]:
    for number, (kind, words) in enumerate(WORDS.items()):
        x = 12 + 190 * number
        colour = COLOURS.get(kind)
        style = f'fill="{colour}"' if colour else 'fill="none" stroke="#c4c9d1"'
        yield f'<rect x="{x}" y="{y - 11}" width="14" height="14" {style}/>'
        yield f'<text x="{x + 20}" y="{y}" fill="#1d2430">{words}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
