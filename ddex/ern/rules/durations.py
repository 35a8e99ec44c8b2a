"""Rule 17: durations are there, add up, and are those of the audio."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ddex.ern.rules.contents import played, resources_by_reference
from ddex.ern.rules.media import audio_facts
from ddex.ern.rules.places import Below
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ddex.ern.model import Message, Release, Resource
    from ddex.ern.rules.context import Context

_CLAUSE = "DDEX ERN part 1, Duration of releases and resources"
_STATUS = "ResourceNotMeetingSpecifications"
LEAST_SLACK = 2.0
"""Seconds by which audio and its stated duration may always differ."""
SLACK = 0.01
"""The share of a long recording by which they may differ."""


def _rule(code: str, severity: Severity, text: str, remedy: str, wrong: str, right: str) -> Rule:
    return Rule(
        code=code,
        number=17,
        severity=severity,
        ack_status=_STATUS,
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


NO_DURATION = _rule(
    "ERN-1701",
    Severity.HOLD,
    "A recording or release that states a duration is longer than nothing; a recording states one.",
    "State the true duration, as PT3M45S.",
    "<Duration>PT0S</Duration>",
    "<Duration>PT2S</Duration>",
)
WRONG_SUM = _rule(
    "ERN-1702",
    Severity.WARN,
    "The duration of a release is the sum of its recordings, give or take a second for each.",
    "Add up the durations of the recordings, or leave the release's out.",
    "<Duration>PT9M59S</Duration>",
    "<Duration>PT4S</Duration>",
)
OTHER_LENGTH = _rule(
    "ERN-1703",
    Severity.HOLD,
    "Audio is as long as its recording says, within 2 seconds or 1 per cent.",
    "Send the right audio, or correct the duration.",
    "<Duration>PT9M59S</Duration>",
    "<Duration>PT2S</Duration>",
)
RULES: tuple[Rule, ...] = (NO_DURATION, WRONG_SUM, OTHER_LENGTH)


def check_durations(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 17, the part that needs no files."""
    resources = resources_by_reference(message)
    for resource in message.resources:
        if resource.duration is not None and resource.duration <= timedelta():
            text = f"{_named(resource)} lasts {spelled(resource.duration)}."
            yield NO_DURATION.at(
                _stated(resource),
                text,
                value=spelled(resource.duration),
                expected="more than PT0S",
                resource=_of(resource),
            )
        elif resource.duration is None and resource.kind == "SoundRecording":
            text = f"{_named(resource)} states no duration that can be read."
            yield NO_DURATION.at(
                _stated(resource),
                text,
                expected="a duration such as PT3M45S",
                resource=_of(resource),
            )
    for release in message.releases:
        if release.duration is not None:
            yield from _check_release(release, release.duration, resources)


def _check_release(
    release: Release, stated: timedelta, resources: Mapping[str, Resource]
) -> Iterator[Finding]:
    name = repr(clip(release.reference))
    if stated <= timedelta():
        text = f"Release {name} lasts {spelled(stated)}."
        yield NO_DURATION.at(
            _stated(release), text, value=spelled(stated), expected="more than PT0S"
        )
        return
    if not resources.keys() >= set(release.primary_references):
        return  # what rule 6 misses would count too
    lengths = [each.duration for each in played(release, resources)]
    known = [length for length in lengths if length is not None and length > timedelta()]
    total = sum(known, timedelta())
    if known and known == lengths and abs(stated - total) > timedelta(seconds=max(1, len(known))):
        text = (
            f"Release {name} lasts {spelled(stated)}, its {len(known)} recordings together "
            f"{spelled(total)}."
        )
        yield WRONG_SUM.at(_stated(release), text, value=spelled(stated), expected=spelled(total))


def check_lengths(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 17, the part that needs `context.files` and `context.media`."""
    for resource, file, path, facts in audio_facts(message, context):
        stated = resource.duration
        if file.is_clip or facts.fault or stated is None or stated <= timedelta():
            continue
        seconds = stated.total_seconds()
        if abs(facts.seconds - seconds) > max(LEAST_SLACK, SLACK * seconds):
            found = spelled(timedelta(seconds=round(facts.seconds, 3)))
            text = f"{clip(path)!r} lasts {found}; {_named(resource)} states {spelled(stated)}."
            yield OTHER_LENGTH.at(
                _stated(resource),
                text,
                value=spelled(stated),
                expected=found,
                resource=_of(resource),
                file=clip(path),
            )


def spelled(length: timedelta) -> str:
    """An xs:duration in hours, minutes and seconds."""
    sign = "-" if length < timedelta() else ""
    total = abs(length)
    minutes, rest = divmod(total, timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest.total_seconds():.3f}".rstrip("0").rstrip(".")
    text = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return f"{sign}PT{text}{seconds}S" if seconds != "0" or not text else f"{sign}PT{text}"


def _stated(of: Release | Resource) -> Below:
    return Below(of.place, "Duration")


def _of(resource: Resource) -> str:
    return resource.identifier("ISRC") or resource.reference


def _named(resource: Resource) -> str:
    return f"{resource.kind} {clip(resource.reference)!r}"
