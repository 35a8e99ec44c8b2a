"""Resources and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.model import File, HashSum, Resource
from ddex.ern.parts import (
    additional_titles,
    contributors,
    copyright_line,
    display_artists,
    identifiers,
    plain,
    titles,
)
from ddex.ern.values import duration, number, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.node import Node
    from ddex.ern.paths import Paths


def read_resource(node: Node, paths: Paths) -> Resource:
    """A sound recording, video, image, text, …; `kind` is the element's name."""
    return Resource(
        reference=node.text_at("ResourceReference"),
        kind=node.name,
        type=node.text_at(*paths.resource_type),
        identifiers=identifiers(node.all(*paths.resource_ids)),
        titles=titles(node, paths),
        additional_titles=additional_titles(node, paths),
        display_artist_names=plain(node, paths.artist_names),
        display_artists=display_artists(node, paths),
        contributors=contributors(node, (*paths.contributors, *paths.edition_contributors)),
        p_line=copyright_line(node.first(*paths.resource_p_lines), "P"),
        c_line=copyright_line(node.first(*paths.resource_c_lines), "C"),
        duration=duration(node.text_at("Duration")),
        advisories=plain(node, paths.advisories),
        language=node.text_at(*paths.performance_language),
        version_types=node.texts("VersionType"),
        works=identifiers(node.all(*paths.works)),
        files=tuple(_files(node, paths)),
        first_publication=node.text_at(*paths.first_publication),
        is_supplemental=truth(node.attribute("IsSupplemental")) is True,
        place=node.place,
    )


def _files(resource: Node, paths: Paths) -> Iterator[File]:
    for details in resource.all(*paths.technical_details):
        clip = truth(details.text_at(*paths.clip_flag)) is True
        reference = details.text_at("TechnicalResourceDetailsReference")
        for holder in (details, *details.all(*paths.delivery_files)):
            for file in holder.all("File"):
                yield read_file(
                    file, paths, holder=holder, is_clip=clip, technical_reference=reference
                )


def read_file(
    node: Node,
    paths: Paths,
    *,
    holder: Node | None = None,
    is_clip: bool = False,
    technical_reference: str = "",
) -> File:
    """A File composite; `holder` is the element that states codec, rate and delivery."""
    about = holder or node
    return File(
        uri=node.text_at(*paths.file_uri),
        hashes=tuple(_hash(found, paths) for found in node.all(*paths.hashes)),
        size_kb=number(node.text_at("FileSize")),
        provided=truth(about.text_at("IsProvidedInDelivery")),
        is_clip=is_clip,
        technical_reference=technical_reference,
        container=about.text_at("ContainerFormat"),
        codec=about.text_at("AudioCodecType", "ImageCodecType", "TextCodecType", "VideoCodecType"),
        bit_rate=about.text_at("BitRate"),
        channels=about.text_at("NumberOfChannels"),
        sampling_rate=about.text_at("SamplingRate"),
        bit_depth=about.text_at("BitDepth", "BitsPerSample"),
        place=(node.first(*paths.file_uri) or node).place,
    )


def _hash(node: Node, paths: Paths) -> HashSum:
    algorithm = node.first("Algorithm", "HashSumAlgorithmType")
    name = algorithm.text if algorithm else ""
    if algorithm and name == "UserDefined":
        name = algorithm.attribute("UserDefinedValue") or name
    return HashSum(
        algorithm=name,
        value=node.text_at(*paths.hash_value),
        data_type=node.text_at("DataType"),
        place=node.place,
    )
