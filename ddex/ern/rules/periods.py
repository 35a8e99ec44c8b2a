"""Rule 24: dates of deals and releases that fit each other. Overlaps are judged in `overlaps`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules.places import Below, nth
from ddex.ern.values import instant
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ddex.ern.model import Deal, Localized, Message, Release, Visibility
    from ddex.ern.rules.context import Context
    from ddex.findings import Placed

_START = "<StartDate>2026-03-06</StartDate>"


def _rule(
    code: str,
    text: str,
    remedy: str,
    wrong: str,
    right: str,
    ack_status: str = "ConflictingAvailabilityPeriods",
) -> Rule:
    return Rule(
        code=code,
        number=24,
        severity=Severity.HOLD,
        ack_status=ack_status,
        clause="DDEX ERN part 1, ValidityPeriod; release profiles, clause 6.4.8",
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


BACKWARDS = _rule(
    "ERN-2401",
    "A validity period starts before it ends.",
    "Correct the start or the end; for a take-down send the deal with an end in the past.",
    f"{_START}<EndDate>2026-03-05</EndDate>",
    f"{_START}",
)
SHOWN_LATE = _rule(
    "ERN-2403",
    "A release is not shown or previewed later than its deal starts.",
    "Set the display or preview date to the start of the deal or before, or leave it out.",
    "<ReleaseDisplayStartDateTime>2026-03-09T00:00:00</ReleaseDisplayStartDateTime>",
    "<ReleaseDisplayStartDateTime>2026-02-27T00:00:00</ReleaseDisplayStartDateTime>",
)
ORIGINAL_LATE = _rule(
    "ERN-2404",
    "The original release date is not after the release date.",
    "Correct one of the two dates.",
    "<OriginalReleaseDate>2026-03-07</OriginalReleaseDate>",
    "<OriginalReleaseDate>2026-03-06</OriginalReleaseDate>",
    "OriginalReleaseDateLaterThanReleaseDate",
)
RULES: tuple[Rule, ...] = (BACKWARDS, SHOWN_LATE, ORIGINAL_LATE)
_SHOWN = {
    "release_display_start": "ReleaseDisplayStart",
    "track_listing_preview_start": "TrackListingPreviewStart",
    "cover_art_preview_start": "CoverArtPreviewStart",
    "clip_preview_start": "ClipPreviewStart",
}
_SHOWN_IN_VISIBILITY = _SHOWN | {"track_listing_preview_start": "FullTrackListingPreviewStart"}


def is_after(first: str, second: str) -> bool:
    """Whether a date (or date-time) is after another; what one leaves out does not count."""
    one, other = first.strip(), second.strip()
    if "T" in one and "T" in other and _has_offset(one) and _has_offset(other):
        left, right = instant(one), instant(other)
        if left is not None and right is not None:
            return left > right
    one, other = _local(one), _local(other)
    if "T" not in one or "T" not in other:
        one, other = one[:10], other[:10]
    length = min(len(one), len(other))
    return one[:length] > other[:length]


def _has_offset(text: str) -> bool:
    clock = text.partition("T")[2]
    return clock.endswith("Z") or "+" in clock or "-" in clock


def _local(text: str) -> str:
    """The same without offset."""
    day, mark, clock = text.partition("T")
    if not mark:
        return day[:10]
    return day + mark + clock.rstrip("Z").partition("+")[0].partition("-")[0]


def check_periods(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 24: no period ends before it starts."""
    for deal in message.deals:
        for index, period in enumerate(deal.periods):
            if period.start and period.end and is_after(period.start, period.end):
                text = f"The period ends {clip(period.end)}, before it starts {clip(period.start)}."
                expected = f"{period.start} or later"
                spot = nth(deal.place, "DealTerms/ValidityPeriod", index, len(deal.periods))
                yield BACKWARDS.at(spot, text, value=period.end, expected=expected)


def check_release_dates(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 24: no original release date is after the release date, territory by territory."""
    for release in message.releases:
        for original in release.original_release_dates:
            first = _date_for(release, original)
            if first is not None and _is_later(original, first):
                text = f"The original release, {clip(original.text)}, is after {clip(first.text)}."
                expected = f"{first.text} or before"
                yield ORIGINAL_LATE.at(original.place, text, value=original.text, expected=expected)


def _date_for(release: Release, original: Localized) -> Localized | None:
    """The first release date of the same scope, or where one of the two is for all."""
    dates = [each for each in release.release_dates if each.text]
    same = [each for each in dates if each.territories == original.territories]
    if not same:
        same = dates if _is_for_all(original) else [each for each in dates if _is_for_all(each)]
    return min(same, key=lambda each: each.text, default=None)


def _is_for_all(date: Localized) -> bool:
    return not date.territories or "Worldwide" in date.territories


def _is_later(original: Localized, date: Localized) -> bool:
    """An approximate date says the year only."""
    facts = (fact for each in (original, date) for fact in each.more)
    if any(fact.name == "@IsApproximate" and fact.text in {"true", "1"} for fact in facts):
        return is_after(original.text[:4], date.text[:4])
    return is_after(original.text, date.text)


def check_shown(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 24: nothing is shown later than its deal starts."""
    for deal in message.deals:
        start = _start(deal) if _is_shown(deal) else ""
        if start:
            yield from _late(deal, Below(deal.place, "DealTerms"), start, _SHOWN)
    if any(_is_shown(each) for each in message.visibilities):
        yield from _check_visibilities(message)


def _is_shown(shown: Deal | Visibility) -> bool:
    return bool(
        shown.release_display_start
        or shown.track_listing_preview_start
        or shown.cover_art_preview_start
        or shown.clip_preview_start
    )


def _start(deal: Deal) -> str:
    """The first start of a deal, empty when a period has none."""
    starts = [period.start for period in deal.periods]
    return min(starts, default="") if all(starts) and not deal.is_takedown else ""


def _late(
    shown: Deal | Visibility, spot: Placed, start: str, names: Mapping[str, str]
) -> Iterator[Finding]:
    for field, name in names.items():
        date = getattr(shown, field)
        if date and is_after(date[:10], start[:10]):
            text = f"{name} is {clip(date)}, after the deal starts on {clip(start)}."
            element = Below(spot, f"{name}DateTime" if "T" in date else f"{name}Date")
            yield SHOWN_LATE.at(element, text, value=date, expected=f"{start[:10]} or before")


def _check_visibilities(message: Message) -> Iterator[Finding]:
    """Each visibility against the first deal that starts in its territories."""
    starts: dict[str, dict[str, str]] = {}
    for deal in message.deals:
        start = _start(deal)
        for release in deal.release_references if start else ():
            known = starts.setdefault(release, {})
            for territory in deal.territories or ("",):
                known[territory] = min(known.get(territory, start), start)
    for shown in message.visibilities:
        first = min(_starts_for(shown, message, starts), default="")
        if first:
            names = _SHOWN if shown.kind == "TrackRelease" else _SHOWN_IN_VISIBILITY
            yield from _late(shown, shown.place, first, names)


def _starts_for(
    shown: Visibility, message: Message, starts: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """Starts of the deals that this visibility is about; a narrower one goes before it."""
    for release in shown.release_references:
        narrower = {
            territory
            for other in message.visibilities
            if other is not shown and release in other.release_references
            for territory in other.territories
        }
        mine = set(shown.territories) - {"Worldwide"}
        for territory, start in starts.get(release, {}).items():
            if mine and territory not in mine | {"Worldwide", ""}:
                continue
            if territory not in shown.excluded and (mine or territory not in narrower):
                yield start
