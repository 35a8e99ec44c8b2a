"""Rule 21: audio is what the message says of it, whole, and no preview stands for the track.

Looking into files is the caller's work; it gives `MediaFacts` by (path, kind).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex.ern.rules.contents import played, resources_by_reference
from ddex.ern.rules.files import find_files
from ddex.ern.values import number
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ddex.ern.model import File, Message, Resource
    from ddex.ern.rules.context import Context

MediaKey = tuple[str, str]
"""Path in the delivery and kind of media: `audio` or `image`."""
KINDS = {"SoundRecording": "audio", "Image": "image"}
"""The resources whose files are looked into, with what they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What decoding a file to its end gave.

    Attributes:
        fault: why it can't be used: `corrupt`, `truncated` or `unsupported`; empty when it can.
        message: the fault in words.
        codec: `flac`, `pcm_s16le`, `mp3`, … of audio; `JPEG`, `PNG`, … of a picture.
        seconds, rate, channels: of audio; rate in Hz.
        bits: per sample of lossless audio, else 0.
        doubts: (kind, text) of what was measured of the sound; kinds as in `sound.RULES_BY_KIND`.
        width, height: of a picture, in pixels.
    """

    fault: str = ""
    message: str = ""
    codec: str = ""
    seconds: float = 0.0
    rate: int = 0
    bits: int = 0
    channels: int = 0
    doubts: tuple[tuple[str, str], ...] = ()
    width: int = 0
    height: int = 0


_CLAUSE = "DDEX ERN part 1, TechnicalDetails"


def _rule(
    code: str, severity: Severity, status: str, text: str, remedy: str, *example: str
) -> Rule:
    """`example` is a wrong and a right piece of XML."""
    wrong, right = example
    return Rule(
        code=code,
        number=21,
        severity=severity,
        ack_status=status,
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


_FILE = "<URI>resources/01.flac</URI>"
_OTHER = "ResourceNotMeetingSpecifications"
CORRUPT = _rule(
    "ERN-2101",
    Severity.REJECT,
    "ResourceCorrupt",
    "Audio decodes to its end. What does not can't be made into renditions, so it is refused.",
    "Send an intact and whole copy of the file.",
    "<URI>resources/cut.flac</URI>",
    _FILE,
)
UNSUPPORTED = _rule(
    "ERN-2102",
    Severity.REJECT,
    _OTHER,
    "Audio is in a format that this service takes.",
    "Send FLAC, WAV, AIFF, ALAC, MP3, AAC or Ogg audio, mono or stereo.",
    "<URI>resources/words.wav</URI>",
    _FILE,
)
OTHER_CODEC = _rule(
    "ERN-2103",
    Severity.HOLD,
    _OTHER,
    "A file has the codec that the message states.",
    "Send the file that the message describes, or correct its technical details.",
    "<AudioCodecType>MP3</AudioCodecType>",
    "<AudioCodecType>FLAC</AudioCodecType>",
)
OTHER_RATE = _rule(
    "ERN-2104",
    Severity.HOLD,
    _OTHER,
    "Audio has the sampling rate that the message states.",
    "Send the file that the message describes, or correct its technical details.",
    '<SamplingRate UnitOfMeasure="kHz">96</SamplingRate>',
    '<SamplingRate UnitOfMeasure="kHz">44.1</SamplingRate>',
)
OTHER_BITS = _rule(
    "ERN-2105",
    Severity.HOLD,
    _OTHER,
    "Audio has the bits per sample that the message states.",
    "Send the file that the message describes, or correct its technical details.",
    "<BitsPerSample>24</BitsPerSample>",
    "<BitsPerSample>16</BitsPerSample>",
)
OTHER_CHANNELS = _rule(
    "ERN-2106",
    Severity.HOLD,
    _OTHER,
    "Audio has the number of channels that the message states.",
    "Send the file that the message describes, or correct its technical details.",
    "<NumberOfChannels>1</NumberOfChannels>",
    "<NumberOfChannels>2</NumberOfChannels>",
)
ONLY_PREVIEW = _rule(
    "ERN-2107",
    Severity.HOLD,
    _OTHER,
    "A recording of the release is sent whole: a preview never stands for the full track.",
    "Send the full recording too, in technical details that are not marked as preview or clip.",
    "</DeliveryFile><IsClip>true</IsClip></TechnicalDetails>",
    "</DeliveryFile></TechnicalDetails>",
)
PREVIEW_AS_TRACK = _rule(
    "ERN-2108",
    Severity.HOLD,
    _OTHER,
    "A preview and the full track are different files.",
    "Name the file of the full recording where the full recording is described.",
    "</DeliveryFile></TechnicalDetails><TechnicalDetails><DeliveryFile><File>"
    "<URI>resources/01.flac</URI></File></DeliveryFile><IsClip>true</IsClip></TechnicalDetails>",
    "</DeliveryFile></TechnicalDetails>",
)
RULES: tuple[Rule, ...] = (
    CORRUPT,
    UNSUPPORTED,
    OTHER_CODEC,
    OTHER_RATE,
    OTHER_BITS,
    OTHER_CHANNELS,
    ONLY_PREVIEW,
    PREVIEW_AS_TRACK,
)


def media_files(message: Message, files: Mapping[str, int]) -> Iterator[tuple[Resource, File, str]]:
    """The named files of recordings and images that are here, with their path; each file once for
    each resource that names it. Empty ones are told by rule 19."""
    found = find_files(message, files)
    for resource in message.resources:
        if resource.kind in KINDS:
            for file in resource.files:
                path = found.get(file.uri)
                if path is not None and file.provided is not False and files[path] > 0:
                    yield resource, file, path


def needed_media(message: Message, files: Mapping[str, int]) -> frozenset[MediaKey]:
    """Which present files the caller should look into for `Context.media`."""
    return frozenset(
        (path, KINDS[resource.kind]) for resource, _, path in media_files(message, files)
    )


def known_media(
    message: Message, context: Context, kind: str
) -> Iterator[tuple[Resource, File, str, MediaFacts]]:
    """The files of one kind with what is known about them."""
    if context.files is None or context.media is None:
        return
    for resource, file, path in media_files(message, context.files):
        facts = context.media.get((path, kind)) if KINDS[resource.kind] == kind else None
        if facts is not None:
            yield resource, file, path, facts


def audio_facts(
    message: Message, context: Context
) -> Iterator[tuple[Resource, File, str, MediaFacts]]:
    """The audio files with what is known about them."""
    return known_media(message, context, "audio")


def check_previews(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 21, the part that needs no files: previews that would stand for full tracks."""
    main = message.main_release
    primary = {r.reference for r in played(main, resources_by_reference(message))} if main else {}
    for resource in message.resources:
        whole = {file.uri for file in resource.files if not file.is_clip}
        name = clip(resource.reference)
        for file in resource.files:
            if file.is_clip and file.uri in whole:
                text = f"{clip(file.uri)!r} is both the preview and the full track of {name!r}."
                yield PREVIEW_AS_TRACK.at(file.place, text, value=file.uri, resource=_of(resource))
        if resource.files and not whole and resource.reference in primary:
            file = resource.files[0]
            text = f"All files of {name!r} are previews: its full recording is not named."
            yield ONLY_PREVIEW.at(file.place, text, value=file.uri, resource=_of(resource))


def check_audio(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 21, the part that needs `context.files` and `context.media`."""
    for resource, file, path, facts in audio_facts(message, context):
        if facts.fault:
            rule = UNSUPPORTED if facts.fault == "unsupported" else CORRUPT
            yield rule.at(
                file.place,
                f"{clip(path)} can't be used: {clip(facts.message, 400)}",
                value=facts.fault,
                expected="a file that decodes to its end",
                resource=_of(resource),
                file=clip(path),
            )
        else:
            for rule, stated, found in _differences(file, facts):
                yield rule.at(
                    file.place,
                    f"{clip(path)!r} has {found}, the message states {clip(stated)!r}.",
                    value=stated,
                    expected=found,
                    resource=_of(resource),
                    file=clip(path),
                )


def _differences(file: File, facts: MediaFacts) -> Iterator[tuple[Rule, str, str]]:
    """What is stated otherwise than found; what is not stated, or in no known words, is passed."""
    codecs = _CODECS.get(re.sub(r"[^A-Z0-9]", "", file.codec.upper()))
    if codecs and not facts.codec.startswith(codecs):
        yield OTHER_CODEC, file.codec, facts.codec
    rate = _hertz(file.sampling_rate)
    if rate and abs(rate - facts.rate) > 0.005 * rate:
        yield OTHER_RATE, file.sampling_rate, f"{facts.rate} Hz"
    bits = number(file.bit_depth)
    if bits and facts.bits and bits != facts.bits:
        yield OTHER_BITS, file.bit_depth, f"{facts.bits} bits"
    channels = channels_of(file.channels)
    if channels and channels != facts.channels:
        yield OTHER_CHANNELS, file.channels, f"{facts.channels} channels"


_CODECS: dict[str, tuple[str, ...]] = {
    "PCM": ("pcm_",),
    "LPCM": ("pcm_",),
    "WAV": ("pcm_",),
    "WAVE": ("pcm_",),
    "AIFF": ("pcm_",),
    "FLAC": ("flac",),
    "ALAC": ("alac",),
    "MQA": ("flac", "alac", "pcm_"),
    "AAC": ("aac",),
    "MP3": ("mp3",),
    "MP2": ("mp2",),
    "MP": ("mp1", "mp2", "mp3"),
    "VORBIS": ("vorbis",),
    "OPUS": ("opus",),
    "WMA": ("wma",),
    "ALAW": ("pcm_alaw",),
    "MULAW": ("pcm_mulaw",),
    "ADPCM": ("adpcm",),
}
"""Codecs of the allowed values (and of usage) by how decoders call them."""


def _hertz(text: str) -> float:
    """A sampling rate in Hz: numbers below 1,000 are kHz, whatever unit was stated beside."""
    found = number(text) or 0.0
    return found * 1000 if found < 1000 else found


def channels_of(text: str) -> int:
    """A number of channels: `2`, `2.0`, `5.1`, `stereo`; 0 when it can't be told."""
    named = {"mono": 1, "stereo": 2}.get(text.strip().lower())
    found = re.fullmatch(r"\s*(\d{1,3})(?:\.(\d{1,2}))?\s*", text)
    return named or (int(found[1]) + int(found[2] or 0) if found else 0)


def _of(resource: Resource) -> str:
    return resource.identifier("ISRC") or resource.reference
