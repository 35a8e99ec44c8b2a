"""Values that resources and releases share: titles, artists, lines, durations, identifiers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ddex.tree import add, put, put_if

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from ddex.ern.model import CopyrightLine, Credit, Identifier, Localized

NAMESPACES = {"43": "http://ddex.net/xml/ern/43"}
"""The versions that can be written."""

TEXT, STRUCTURED = "DisplayTitleText", "DisplayTitle"
"""Kinds of the display titles of a model."""

_RELEASE_IDS = ("GRid", "ICPN", "CatalogNumber", "ProprietaryId")


def flag(value: bool) -> str:  # noqa: FBT001 - it is the value to write
    """`true`, or nothing: absent means false."""
    return "true" if value else ""


def put_titles(parent: Element, titles: tuple[Localized, ...]) -> None:
    """DisplayTitleText, then DisplayTitle; each stands for the other when there is only one kind.

    Titles without a kind are both.
    """
    strings = [each for each in titles if each.kind == TEXT] or titles
    structured = [each for each in titles if each.kind != TEXT] or titles
    for title in strings:
        whole = f"{title.text} ({title.subtitle})" if title.subtitle else title.text
        put(parent, "DisplayTitleText", whole, scope(title))
    for title in structured:
        element = add(parent, "DisplayTitle", scope(title))
        put(element, "TitleText", title.text)
        put_if(element, "SubTitle", title.subtitle)


def put_localized(parent: Element, name: str, values: tuple[Localized, ...]) -> None:
    """A value for each territory: plain text, or TitleText for AdditionalTitle."""
    for value in values:
        attributes = scope(value)
        if name == "AdditionalTitle":
            element = add(parent, name, {**attributes, "TitleType": value.kind})
            put(element, "TitleText", value.text)
            put_if(element, "SubTitle", value.subtitle)
        else:
            attributes.pop("LanguageAndScriptCode")
            put(parent, name, value.text, attributes)


def put_artists(parent: Element, names: tuple[Localized, ...], artists: tuple[Credit, ...]) -> None:
    """DisplayArtistName and DisplayArtist; the first role is the displayed one."""
    for name in names:
        put(parent, "DisplayArtistName", name.text, scope(name))
    for artist in artists:
        element = add(parent, "DisplayArtist", _sequence(artist))
        put(element, "ArtistPartyReference", artist.party_reference)
        put(element, "DisplayArtistRole", artist.roles[0] if artist.roles else "Artist")
        for role in artist.roles[1:]:
            put(element, "ArtisticRole", role)


def put_contributors(parent: Element, credits_: tuple[Credit, ...]) -> None:
    """Contributor with all roles and instruments."""
    for credit in credits_:
        element = add(parent, "Contributor", _sequence(credit))
        put(element, "ContributorPartyReference", credit.party_reference)
        for role in credit.roles:
            put(element, "Role", role)
        for instrument in credit.instruments:
            put(element, "InstrumentType", instrument)


def put_lines(
    parent: Element, name: str, lines: tuple[CopyrightLine, ...], default: CopyrightLine | None
) -> None:
    """PLine or CLine for each territory; the default one when there are no others."""
    for line in lines or filter(None, (default,)):
        element = add(parent, name, scope(line))
        put_if(element, "Year", line.year)
        put_if(element, f"{name}Company", line.company)
        put(element, f"{name}Text", line.text)


def put_dates(parent: Element, name: str, dates: tuple[Localized, ...], default: str) -> None:
    """A date for each territory; the default one when there are no others."""
    for date in dates:
        attributes = scope(date)
        attributes.pop("LanguageAndScriptCode")
        put(parent, name, date.text, attributes)
    if not dates:
        put_if(parent, name, default)


def put_duration(parent: Element, duration: timedelta | None) -> None:
    """An xs:duration, to the millisecond."""
    if duration is not None:
        put(parent, "Duration", iso_duration(duration))


def iso_duration(duration: timedelta) -> str:
    """`PT1H2M3.456S`; zero is `PT0S`. Negative durations have no meaning here.

    Raises:
        ValueError: the duration is negative.
    """
    if duration < timedelta():
        raise ValueError(f"a duration can't be negative: {duration}")
    milliseconds = round(duration / timedelta(milliseconds=1))
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / 1000:.3f}".rstrip("0").rstrip(".")
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    if rest or not (hours or minutes):
        parts.append(f"{seconds}S")
    return "PT" + "".join(parts)


def put_release_id(parent: Element, identifiers: tuple[Identifier, ...]) -> None:
    """ReleaseId with the kinds that ERN 4 knows, in the order of the schema."""
    element = add(parent, "ReleaseId")
    known = [each for each in identifiers if each.kind in _RELEASE_IDS]
    for each in sorted(known, key=lambda found: _RELEASE_IDS.index(found.kind)):
        put(element, each.kind, each.value, {"Namespace": each.namespace})


def scope(value: Localized | CopyrightLine) -> dict[str, str]:
    """Attributes that say where a value holds, in which language."""
    return {
        "LanguageAndScriptCode": value.language,
        "ApplicableTerritoryCode": value.territories[0] if value.territories else "",
        "IsDefault": flag(value.is_default),
    }


def _sequence(credit: Credit) -> dict[str, str]:
    return {"SequenceNumber": "" if credit.sequence is None else str(credit.sequence)}
