"""What a variant states against what was measured of its media."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transcode import widths
from transcode.findings import HlsFinding, finding

if TYPE_CHECKING:
    from transcode.check_media import Measured
    from transcode.playlist_reader import Variant

TOO_WIDE = 1.1
_GROUPS = {"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A media playlist that was gone through; None when there was nothing to measure."""

    measured: Measured | None


def stated(variant: Variant, place: str) -> list[HlsFinding]:
    """What a variant must state, whatever its media turn out to be."""
    found = []
    if not _number(variant, "BANDWIDTH"):
        found.append(finding("HLS-201", place, variant.address))
    if not _number(variant, "AVERAGE-BANDWIDTH"):
        found.append(finding("HLS-206", place, variant.address))
    if not variant.attributes.get("CODECS"):
        found.append(finding("HLS-202", place, variant.address))
    return found


def true_variant(
    variant: Variant, place: str, measured: Measured, group: list[Measured]
) -> list[HlsFinding]:
    """`group` are the renditions that play beside it: their bits are in its bandwidths."""
    found = []
    codecs = variant.attributes.get("CODECS", "")
    if codecs and not names(codecs, measured.codecs):
        found.append(finding("HLS-205", place, f"{codecs} is stated, {measured.codecs} is there"))
    elif codecs and (more := _too_many(variant, measured)):
        found.append(finding("HLS-205", place, f"{more} is stated, {measured.codecs} is there"))
    widths_ = [widths.bandwidth(one.segments, one.rate) for one in (measured, *group)]
    peak = widths_[0].peak + max((one.peak for one in widths_[1:]), default=0)
    average = widths_[0].average + max((one.average for one in widths_[1:]), default=0)
    said = _number(variant, "BANDWIDTH")
    if said and said < peak:
        code = "HLS-203" if TOO_WIDE * said < peak else "HLS-212"
        found.append(finding(code, place, f"{said} is stated, {peak} measured"))
    elif said > TOO_WIDE * peak:
        found.append(finding("HLS-208", place, f"{said} is stated, {peak} measured"))
    said = _number(variant, "AVERAGE-BANDWIDTH")
    if said and abs(said - average) > average / 100:
        found.append(finding("HLS-204", place, f"{said} is stated, {average} measured"))
    return found


def names(stated_codecs: str, measured: str) -> bool:
    """Whether a list of RFC 6381 names holds the measured one; only the kind of what is no audio.

    >>> names("avc1.64001f, mp4a.40.02", "mp4a.40.2"), names("flac", "fLaC"), names("opus", "fLaC")
    (True, True, False)
    """
    told = [_plain(each) for each in stated_codecs.split(",")]
    there = _plain(measured)
    if "." not in there:
        return any(each.partition(".")[0] == there for each in told)
    return there in told


def _too_many(variant: Variant, measured: Measured) -> str:
    """A codec that is stated and not there; "" where other renditions may have it."""
    if measured.tracks != 1 or _GROUPS & variant.attributes.keys():
        return ""
    told = map(str.strip, variant.attributes["CODECS"].split(","))
    return next((each for each in told if not names(each, measured.codecs)), "")


def _plain(name: str) -> str:
    return name.strip().lower().replace(".40.0", ".40.")


def _number(variant: Variant, name: str) -> int:
    """0 when it is missing or no number."""
    value = variant.attributes.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0
