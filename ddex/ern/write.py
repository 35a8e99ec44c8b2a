"""Writing ERN: the domain model as a schema-valid message, the inverse of the reader.

The model's texts are made legal XML; allowed values (roles, types, models) stand as they are
given, so a value outside DDEX's lists makes a message that its schema refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.write_resources import put_resource
from ddex.ern.write_values import (
    NAMESPACES,
    STRUCTURED,
    TEXT,
    flag,
    put_artists,
    put_dates,
    put_duration,
    put_lines,
    put_localized,
    put_release_id,
    put_titles,
    scope,
)
from ddex.tree import add, put, put_if, root, serialise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

    from ddex.ern.model import (
        ContentItem,
        Deal,
        Header,
        Identifier,
        Message,
        Party,
        Period,
        RelatedRelease,
        Release,
        ResourceGroup,
    )

_RESOURCE_ORDER = ("SoundRecording", "Video", "Image", "Text", "SheetMusic", "Software")
_RELEASE_ORDER = ("Release", "TrackRelease", "ClipRelease")
_PARTY_IDS = ("ISNI", "DPID", "IpiNameNumber", "IPN", "CisacSocietyId", "ProprietaryId")


def write(message: Message, version: str = "43") -> bytes:
    """A NewReleaseMessage of ERN 4.3 in UTF-8.

    Raises:
        ValueError: another message type or version, or something the schema demands is missing
            from the model (named in the error).
    """
    if version not in NAMESPACES or message.type != "NewReleaseMessage":
        raise ValueError(f"can't write {message.type} of ERN {version!r}; only 4.3 releases")
    attributes = {
        "ReleaseProfileVersionId": message.profile,
        "LanguageAndScriptCode": message.language or "en",
        "AvsVersionId": message.avs_version or "3",
    }
    tree = root(NAMESPACES[version], message.type, "ern", attributes)
    _put_header(tree, message.header)
    parties = add(tree, "PartyList")
    for party in message.parties:
        _put_party(parties, party)
    resources = add(tree, "ResourceList")
    for resource in sorted(message.resources, key=lambda each: _RESOURCE_ORDER.index(each.kind)):
        put_resource(resources, resource)
    releases = add(tree, "ReleaseList")
    for release in sorted(message.releases, key=lambda each: _RELEASE_ORDER.index(each.kind)):
        _put_release(releases, release)
    if message.deals:
        _put_deals(add(tree, "DealList"), message.deals)
    return serialise(tree)


def _put_header(tree: Element, header: Header) -> None:
    if not header.recipients or not (header.created or header.created_text):
        raise ValueError("the header needs a recipient and a creation time")
    element = add(tree, "MessageHeader")
    put_if(element, "MessageThreadId", header.thread_id)
    put(element, "MessageId", header.message_id)
    put_if(element, "MessageFileName", header.file_name)
    _put_messenger(element, "MessageSender", header.sender_dpid, header.sender_name)
    if header.on_behalf_of_dpid:
        _put_messenger(
            element, "SentOnBehalfOf", header.on_behalf_of_dpid, header.on_behalf_of_name
        )
    names = header.recipient_names
    named = names if len(names) == len(header.recipients) else [""] * len(header.recipients)
    for recipient, name in zip(header.recipients, named, strict=True):
        _put_messenger(element, "MessageRecipient", recipient, name)
    created = header.created.isoformat(timespec="seconds") if header.created else ""
    put(element, "MessageCreatedDateTime", header.created_text or created)
    put_if(element, "MessageControlType", header.control_type)


def _put_messenger(parent: Element, role: str, dpid: str, name: str) -> None:
    element = add(parent, role)
    put(element, "PartyId", dpid)
    if name:
        put(add(element, "PartyName"), "FullName", name)


def _put_party(parent: Element, party: Party) -> None:
    element = add(parent, "Party")
    put(element, "PartyReference", party.reference)
    for name in party.names:
        attributes = {
            "LanguageAndScriptCode": name.language,
            "ApplicableTerritoryCode": name.territory,
            "IsDefault": flag(name.is_default),
        }
        put(add(element, "PartyName", attributes), "FullName", name.text)
    if party.identifiers:
        _put_party_ids(add(element, "PartyId"), party.identifiers)


def _put_party_ids(parent: Element, identifiers: tuple[Identifier, ...]) -> None:
    for each in sorted(identifiers, key=lambda found: _PARTY_IDS.index(found.kind)):
        put(parent, each.kind, each.value, {"Namespace": each.namespace})


def _put_release(parent: Element, release: Release) -> None:
    element = add(parent, release.kind)
    put(element, "ReleaseReference", release.reference)
    main = release.kind == "Release"
    for each in release.types if main else ():
        put(element, "ReleaseType", each)
    put_release_id(element, release.identifiers)
    put_titles(element, release.titles)
    put_localized(element, "AdditionalTitle", release.additional_titles)
    for version in release.version_types if main else ():
        put(element, "VersionType", version)
    if main:
        _put_main(element, release)
    else:
        _put_track(element, release)


def _put_main(element: Element, release: Release) -> None:
    put_artists(element, release.display_artist_names, release.display_artists)
    _put_labels_and_lines(element, release)
    put_duration(element, release.duration)
    _put_genres(element, release)
    put_dates(element, "ReleaseDate", release.release_dates, release.release_date)
    put_dates(
        element,
        "OriginalReleaseDate",
        release.original_release_dates,
        release.original_release_date,
    )
    put_localized(element, "ParentalWarningType", release.advisories)
    for related in release.related:
        _put_related(element, related)
    if release.resource_group is None:
        raise ValueError(f"release {release.reference} needs a resource group")
    _put_group(element, release.resource_group, top=True)
    for word in release.keywords:
        put(element, "Keywords", word.text, scope(word))


def _put_related(parent: Element, related: RelatedRelease) -> None:
    element = add(parent, "RelatedRelease")
    put(element, "ReleaseRelationshipType", related.kind)
    put_release_id(element, related.identifiers)
    if related.titles:
        put_titles(element, related.titles)


def _put_track(element: Element, release: Release) -> None:
    if len(release.resource_references) != 1:
        raise ValueError(f"{release.kind} {release.reference} needs exactly one resource")
    put(element, "ReleaseResourceReference", release.resource_references[0])
    _put_labels(element, release)
    _put_genres(element, release)


def _put_labels_and_lines(element: Element, release: Release) -> None:
    _put_labels(element, release)
    put_lines(element, "PLine", release.p_lines, release.p_line)
    put_lines(element, "CLine", release.c_lines, release.c_line)


def _put_labels(element: Element, release: Release) -> None:
    for label in release.labels:
        attributes = {
            "ApplicableTerritoryCode": label.territory,
            "LanguageAndScriptCode": label.language,
            "IsDefault": flag(label.is_default),
        }
        put(element, "ReleaseLabelReference", label.kind, attributes)


def _put_genres(element: Element, release: Release) -> None:
    for genre in release.genres:
        attributes = {
            "LanguageAndScriptCode": genre.language,
            "ApplicableTerritoryCode": genre.territory,
            "IsDefault": flag(genre.is_default),
        }
        entry = add(element, "Genre", attributes)
        put(entry, "GenreText", genre.text)
        put_if(entry, "SubGenre", genre.subtitle)


def _put_group(parent: Element, group: ResourceGroup, *, top: bool = False) -> None:
    kind = {} if top else {"ResourceGroupType": group.type or "Component"}
    element = add(parent, "ResourceGroup", kind)
    display = tuple(each for each in group.titles if each.kind in {TEXT, STRUCTURED})
    others = tuple(each for each in group.titles if each.kind not in {TEXT, STRUCTURED})
    put_titles(element, display)
    put_localized(element, "AdditionalTitle", others)
    _put_number(element, group.sequence)
    for each in group.groups:
        _put_group(element, each)
    for item in group.items:
        _put_item(element, item)
    for reference in group.linked_references:
        put(element, "LinkedReleaseResourceReference", reference)


def _put_item(parent: Element, item: ContentItem) -> None:
    element = add(parent, "ResourceGroupContentItem")
    _put_number(element, item.sequence)
    if item.is_hidden:
        put(element, "NoDisplaySequence", "true")
    else:
        put_if(element, "DisplaySequence", item.display_sequence)
    put(element, "ReleaseResourceReference", item.resource_reference)
    for reference in item.linked_references:
        put(element, "LinkedReleaseResourceReference", reference)
    put_if(element, "IsBonusResource", flag(item.is_bonus))
    put_if(element, "IsInstantGratificationResource", flag(item.is_instant_gratification))


def _put_number(element: Element, sequence: int | None) -> None:
    if sequence is not None:
        put(element, "SequenceNumber", str(sequence))


def _put_deals(parent: Element, deals: tuple[Deal, ...]) -> None:
    for references, group in _by_release(deals):
        element = add(parent, "ReleaseDeal")
        for reference in references:
            put(element, "DealReleaseReference", reference)
        for deal in group:
            _put_deal(add(element, "Deal"), deal)


def _by_release(deals: tuple[Deal, ...]) -> Iterator[tuple[tuple[str, ...], list[Deal]]]:
    """Neighbouring deals for the same releases share one ReleaseDeal."""
    group: list[Deal] = []
    for deal in deals:
        if group and group[0].release_references != deal.release_references:
            yield group[0].release_references, group
            group = []
        group.append(deal)
    if group:
        yield group[0].release_references, group


def _put_deal(element: Element, deal: Deal) -> None:
    if deal.is_out_of_band:
        put(element, "IsCommunicatedOutOfBand", "true")
    if not deal.periods:
        return
    terms = add(element, "DealTerms")
    for territory in deal.territories:
        put(terms, "TerritoryCode", territory)
    for territory in deal.excluded_territories:
        put(terms, "ExcludedTerritoryCode", territory)
    for period in deal.periods:
        _put_period(terms, period)
    for model in deal.commercial_models:
        put(terms, "CommercialModelType", model)
    for use in deal.use_types:
        put(terms, "UseType", use)
    put_if(terms, "IsPreOrderDeal", flag(deal.is_pre_order))


def _put_period(terms: Element, period: Period) -> None:
    element = add(terms, "ValidityPeriod")
    suffix = "DateTime" if "T" in (period.start + period.end) else "Date"
    put_if(element, f"Start{suffix}", period.start)
    put_if(element, f"End{suffix}", period.end)
