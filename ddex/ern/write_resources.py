"""Writing resources of ERN 4.3: sound recordings and images with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.write_values import (
    flag,
    put_artists,
    put_contributors,
    put_dates,
    put_duration,
    put_lines,
    put_localized,
    put_titles,
)
from ddex.tree import add, put, put_if

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from ddex.ern.model import File, Identifier, Resource

_RECORDING_IDS = ("ISRC", "CatalogNumber", "ProprietaryId")
_WORK_IDS = ("ISWC", "OpusNumber", "ComposerCatalogNumber", "ProprietaryId")


def put_resource(parent: Element, resource: Resource) -> None:
    """A SoundRecording or an Image.

    Raises:
        ValueError: another kind of resource.
    """
    if resource.kind == "SoundRecording":
        _put_recording(parent, resource)
    elif resource.kind == "Image":
        _put_image(parent, resource)
    else:
        raise ValueError(f"can't write resource {resource.reference} of kind {resource.kind}")


def put_file(parent: Element, file: File) -> None:
    """File with URI, hash and size."""
    element = add(parent, "File")
    put(element, "URI", file.uri)
    for each in file.hashes[:1]:  # the schema has room for one
        hash_sum = add(element, "HashSum")
        put(hash_sum, "Algorithm", each.algorithm)
        put_if(hash_sum, "DataType", each.data_type)
        put(hash_sum, "HashSumValue", each.value)
    if file.size_kb is not None:
        put(element, "FileSize", f"{file.size_kb:.3f}".rstrip("0").rstrip("."))


def _put_recording(parent: Element, recording: Resource) -> None:
    if recording.duration is None:
        raise ValueError(f"recording {recording.reference} needs a duration")
    element = add(parent, "SoundRecording", {"IsSupplemental": flag(recording.is_supplemental)})
    put(element, "ResourceReference", recording.reference)
    put(element, "Type", recording.type or "MusicalWorkSoundRecording")
    edition = add(element, "SoundRecordingEdition")
    _put_ids(edition, "ResourceId", recording.identifiers, _RECORDING_IDS)
    put_lines(edition, "PLine", recording.p_lines, recording.p_line)
    for file in recording.files:
        _put_audio(edition, file)
    _put_ids(element, "WorkId", recording.works, _WORK_IDS)
    put_titles(element, recording.titles)
    put_localized(element, "AdditionalTitle", recording.additional_titles)
    for version in recording.version_types:
        put(element, "VersionType", version)
    put_artists(element, recording.display_artist_names, recording.display_artists)
    put_contributors(element, recording.contributors)
    put_duration(element, recording.duration)
    put_if(element, "CreationDate", recording.created)
    put_dates(
        element, "FirstPublicationDate", recording.publication_dates, recording.first_publication
    )
    put_localized(element, "ParentalWarningType", recording.advisories)
    put_if(element, "LanguageOfPerformance", recording.language)


def _put_audio(edition: Element, file: File) -> None:
    details = add(edition, "TechnicalDetails")
    put(details, "TechnicalResourceDetailsReference", file.technical_reference)
    delivery = add(details, "DeliveryFile")
    put(delivery, "Type", "AudioFile")
    put_if(delivery, "ContainerFormat", file.container)
    put_if(delivery, "AudioCodecType", file.codec)
    put_if(delivery, "BitRate", file.bit_rate, {"UnitOfMeasure": "kbps"})
    put_if(delivery, "NumberOfChannels", file.channels)
    put_if(delivery, "SamplingRate", file.sampling_rate, {"UnitOfMeasure": "Hz"})
    put_if(delivery, "BitDepth", file.bit_depth)
    put_file(delivery, file)
    _put_provided(delivery, file)
    if file.is_clip:
        put(details, "IsClip", "true")


def _put_image(parent: Element, image: Resource) -> None:
    element = add(parent, "Image", {"IsSupplemental": flag(image.is_supplemental)})
    put(element, "ResourceReference", image.reference)
    put(element, "Type", image.type or "FrontCoverImage")
    _put_ids(element, "ResourceId", image.identifiers, ("ProprietaryId",))
    put_titles(element, image.titles)
    put_localized(element, "AdditionalTitle", image.additional_titles)
    put_artists(element, image.display_artist_names, image.display_artists)
    put_lines(element, "CLine", image.c_lines, image.c_line)
    put_localized(element, "ParentalWarningType", image.advisories)
    for file in image.files:
        details = add(element, "TechnicalDetails")
        put(details, "TechnicalResourceDetailsReference", file.technical_reference)
        put_if(details, "ImageCodecType", file.codec)
        if file.is_clip:
            put(details, "IsClip", "true")
        put_file(details, file)
        _put_provided(details, file)


def _put_provided(parent: Element, file: File) -> None:
    if file.provided is not None:
        put(parent, "IsProvidedInDelivery", "true" if file.provided else "false")


def _put_ids(
    parent: Element, name: str, identifiers: tuple[Identifier, ...], order: tuple[str, ...]
) -> None:
    known = [each for each in identifiers if each.kind in order]
    if not known:
        return
    element = add(parent, name)
    for each in sorted(known, key=lambda found: order.index(found.kind)):
        put(element, each.kind, each.value, {"Namespace": each.namespace})
