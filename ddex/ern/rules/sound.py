"""Rule 21, what was heard: doubts about the sound of a file that decodes well. Warnings only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules.media import audio_facts
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Message
    from ddex.ern.rules.context import Context

_FILE = "<URI>resources/{}.flac</URI>"


def _rule(code: str, text: str, remedy: str, wrong: str) -> Rule:
    return Rule(
        code=code,
        number=21,
        severity=Severity.WARN,
        ack_status="ResourceNotMeetingSpecifications",
        clause="DDEX ERN part 1, TechnicalDetails",
        text=text,
        remedy=remedy,
        wrong=_FILE.format(wrong),
        right=_FILE.format("01"),
    )


RULES_BY_KIND: dict[str, Rule] = {
    "lossy": _rule(
        "ERN-2120",
        "Audio in a lossless format was never coded by a lossy codec. Measured by its spectrum.",
        "Send the master that the lossy file was made of, or say that there is none.",
        "from-mp3",
    ),
    "upsampled": _rule(
        "ERN-2121",
        "Audio of a high sample rate holds more than a lower rate could. Measured by its spectrum.",
        "Send the recording at the rate at which it was made.",
        "upsampled",
    ),
    "padded": _rule(
        "ERN-2122",
        "Audio uses all of its bits.",
        "Send the recording at the depth at which it was made.",
        "padded",
    ),
    "dual_mono": _rule(
        "ERN-2123",
        "Stereo audio has two different channels.",
        "Send mono as one channel, or the stereo mix where there is one.",
        "dual-mono",
    ),
    "clipped": _rule(
        "ERN-2124",
        "Audio stays under full scale but for a moment.",
        "Send a master with headroom.",
        "clipped",
    ),
    "silent": _rule(
        "ERN-2125",
        "Audio can be heard, and neither starts nor ends with ten seconds of silence.",
        "Send the recording cut to its music.",
        "silent",
    ),
    "downmix": _rule(
        "ERN-2126",
        "Audio is mono or stereo. More channels are mixed down as the finding states.",
        "Send a stereo mix made by ear.",
        "surround",
    ),
}
RULES: tuple[Rule, ...] = tuple(RULES_BY_KIND.values())


def check_sound(message: Message, context: Context) -> Iterator[Finding]:
    """What was measured of each audio file, as warnings."""
    for resource, file, path, facts in audio_facts(message, context):
        for kind, text in facts.doubts:
            rule = RULES_BY_KIND.get(kind)
            if rule is not None:
                yield rule.at(
                    file.place,
                    f"{clip(path)}: {clip(text, 400)}.",
                    value=kind,
                    resource=resource.identifier("ISRC") or resource.reference,
                    file=clip(path),
                )
