"""Pieces that releases and resources share: titles, credits, identifiers, lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.model import CopyrightLine, Credit, Identifier, Localized
from ddex.ern.values import truth, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ddex.ern.node import Node
    from ddex.ern.paths import Paths, Steps


def localized(node: Node, text: str, *, subtitle: str = "", kind: str = "") -> Localized:
    """A text with the territory, language and default flag of its element."""
    territory = node.attribute("ApplicableTerritoryCode")
    return Localized(
        text=text,
        territories=(territory,) if territory else (),
        language=node.attribute("LanguageAndScriptCode"),
        is_default=truth(node.attribute("IsDefault")) is True,
        subtitle=subtitle,
        kind=kind,
    )


def plain(node: Node, steps: Steps) -> tuple[Localized, ...]:
    """Elements whose own text is the value."""
    return tuple(localized(found, found.text) for found in node.all(*steps) if found.text)


def titles(node: Node, paths: Paths) -> tuple[Localized, ...]:
    """Structured display titles first, then the one-string forms; `kind` says which."""
    structured = (_title(found, "DisplayTitle") for found in node.all(*paths.display_titles))
    strings = (
        localized(found, found.text, kind="DisplayTitleText")
        for found in node.all(*paths.display_title_text)
    )
    return tuple(title for title in (*structured, *strings) if title.text)


def additional_titles(node: Node, paths: Paths) -> tuple[Localized, ...]:
    """Formal, grouping and other titles; `kind` is the TitleType as sent."""
    found = (
        _title(each, each.attribute("TitleType")) for each in node.all(*paths.additional_titles)
    )
    return tuple(title for title in found if title.text)


def _title(node: Node, kind: str) -> Localized:
    subtitle = " ".join(node.texts("SubTitle"))
    return localized(node, node.text_at("TitleText"), subtitle=subtitle, kind=kind)


def display_artists(node: Node, paths: Paths) -> tuple[Credit, ...]:
    """Display artists in the order sent; `sequence` is their SequenceNumber."""
    return tuple(
        Credit(
            party_reference=found.text_at("ArtistPartyReference"),
            roles=found.texts("DisplayArtistRole", "ArtisticRole"),
            sequence=whole(found.attribute("SequenceNumber")),
            place=found.place,
        )
        for found in node.all(*paths.artists)
    )


def contributors(node: Node, steps: Steps) -> tuple[Credit, ...]:
    """Contributors with all their roles and instruments."""
    return tuple(
        Credit(
            party_reference=found.text_at("ContributorPartyReference"),
            roles=tuple(_roles(found)),
            sequence=whole(found.attribute("SequenceNumber")),
            instruments=found.texts("InstrumentType"),
            place=found.place,
        )
        for found in node.all(*steps)
    )


def _roles(node: Node) -> Iterator[str]:
    for role in node.all("Role"):
        own = role.attribute("UserDefinedValue")
        yield own if role.text == "UserDefined" and own else role.text


def identifiers(nodes: Iterable[Node]) -> tuple[Identifier, ...]:
    """Every identifier in these composites, empty ones too: rules judge them."""
    return tuple(
        Identifier(
            kind=found.name,
            value=found.text,
            namespace=found.attribute("Namespace"),
            place=found.place,
        )
        for node in nodes
        for found in node.all("*")
    )


def copyright_line(node: Node | None, kind: str) -> CopyrightLine | None:
    """A P line (`kind` is `P`) or C line (`C`)."""
    if node is None:
        return None
    return CopyrightLine(
        text=node.text_at(f"{kind}LineText"),
        year=node.text_at("Year"),
        company=node.text_at(f"{kind}LineCompany"),
    )
