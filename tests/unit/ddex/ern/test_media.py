"""Rules 17, 18 and 21: durations, covers, and audio that is what the message says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ddex.ern.rules import Context, MediaFacts, Policy, needed_media, skipped
from ddex.ern.rules.durations import spelled
from ddex.ern.rules.media import channels_of
from ddex.findings import Severity
from tests.fixtures.ern_messages import PLANTED, VERSIONS
from tests.unit.ddex.ern.planting import (
    AUDIO,
    COVER,
    FIRST,
    FRONT,
    HERE,
    Plant,
    codes,
    judged,
    message,
)

SUM = r"(?<=<Duration>)PT4S(?=</Duration>)"
EACH = r"(?<=<Duration>)PT2S(?=</Duration>)"
FRONT_3 = r"<ImageType>FrontCoverImage</ImageType>"
FRONT_4 = r"<Type>FrontCoverImage</Type>"
FILE_3 = r"(<TechnicalSoundRecordingDetails>.*?)(<File>)"

MESSAGE_FAULTS: dict[str, tuple[dict[str, Plant], str, Severity, str]] = {
    "recording of no length": (
        {"3": (EACH, "PT0S"), "4": (EACH, "PT0M0.0S")}, "ERN-1701", Severity.HOLD, "PT0S",
    ),
    "recording of less than nothing": (
        {"3": (EACH, "-PT2S"), "4": (EACH, "-PT2S")}, "ERN-1701", Severity.HOLD, "-PT2S",
    ),
    "release of no length": (
        {"3": (SUM, "PT0S"), "4": (SUM, "P0D")}, "ERN-1701", Severity.HOLD, "PT0S",
    ),
    "unreadable length": (
        {"3": (EACH, "2:28"), "4": (EACH, "two")}, "ERN-1701", Severity.HOLD, "",
    ),
    "release longer than its recordings": (
        {"3": (SUM, "PT7S"), "4": (SUM, "PT7S")}, "ERN-1702", Severity.WARN, "PT7S",
    ),
    "release shorter than its recordings": (
        {"3": (EACH, "PT1H2M"), "4": (EACH, "PT1H2M")}, "ERN-1702", Severity.WARN, "PT4S",
    ),
    "no front cover": (
        {"3": (FRONT_3, "<ImageType>BackCoverImage</ImageType>"),
         "4": (FRONT_4, "<Type>BackCoverImage</Type>")},
        "ERN-1802", Severity.HOLD, "",
    ),
    "no image at all": (
        {"3": ("<Image>.*</Image>", ""), "4": ("<Image>.*</Image>", "")},
        "ERN-1802", Severity.HOLD, "",
    ),
    "a cover that no release names": (
        {"3": ('(="SecondaryResource">)A3<', r"\1A1<"),
         "4": ("<LinkedReleaseResourceReference>A3</LinkedReleaseResourceReference>", "")},
        "ERN-1803", Severity.HOLD, "A3",
    ),
    "only previews": (
        {"3": (FILE_3, r"\1<IsPreview>true</IsPreview>\2"),
         "4": (r"(>T[12]</TechnicalResourceDetailsReference>.*?)(</TechnicalDetails>)",
               r"\1<IsClip>true</IsClip><IsPreview>true</IsPreview>\2")},
        "ERN-2107", Severity.HOLD, "resources/01.flac",
    ),
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_the_faultless_album_passes(version: str) -> None:
    found = judged(version)
    assert [code for rule in (17, 18, 19, 20, 21) for code in codes(found, rule)] == []


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("name", MESSAGE_FAULTS)
def test_faults_that_the_message_alone_shows(name: str, version: str) -> None:
    plants, code, severity, value = MESSAGE_FAULTS[name]
    found = [f for f in judged(version, plants[version[0]]) if f.code == code]
    assert found, name
    assert {f.severity for f in found} == {severity}
    assert {f.rule for f in found} == {int(code[4:6])}
    assert value in {f.value for f in found}
    assert all(f.line > 1 and f.xpath for f in found)


MEDIA_FAULTS: dict[str, tuple[str, MediaFacts, str, Severity, str]] = {
    "longer audio": (FIRST, replace(AUDIO, seconds=4.1), "ERN-1703", Severity.HOLD, "PT2S"),
    "cut audio": (
        FIRST, MediaFacts(fault="truncated", message="ends early"),
        "ERN-2101", Severity.REJECT, "truncated",
    ),
    "broken audio": (
        FIRST, MediaFacts(fault="corrupt", message="no frames"),
        "ERN-2101", Severity.REJECT, "corrupt",
    ),
    "text as audio": (
        FIRST, MediaFacts(fault="unsupported", message="text"),
        "ERN-2102", Severity.REJECT, "unsupported",
    ),
    "another codec": (
        FIRST, replace(AUDIO, codec="mp3", bits=0), "ERN-2103", Severity.HOLD, "FLAC",
    ),
    "another rate": (FIRST, replace(AUDIO, rate=48_000), "ERN-2104", Severity.HOLD, "44.1"),
    "other bits": (FIRST, replace(AUDIO, bits=24), "ERN-2105", Severity.HOLD, "16"),
    "mono": (FIRST, replace(AUDIO, channels=1), "ERN-2106", Severity.HOLD, "2"),
    "broken cover": (
        FRONT, MediaFacts(fault="corrupt", message="no JPEG"),
        "ERN-1801", Severity.REJECT, "corrupt",
    ),
    "thumbnail": (
        FRONT, replace(COVER, width=300, height=300), "ERN-1805", Severity.HOLD, "300 x 300",
    ),
    "low cover": (
        FRONT, replace(COVER, width=1399, height=1400), "ERN-1806", Severity.WARN, "1399 x 1400",
    ),
    "wide cover": (
        FRONT, replace(COVER, width=2000), "ERN-1807", Severity.WARN, "2000 x 1600",
    ),
    "another picture": (FRONT, replace(COVER, codec="PNG"), "ERN-2103", Severity.HOLD, "JPEG"),
}  # fmt: skip


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("name", MEDIA_FAULTS)
def test_faults_that_the_files_show(name: str, version: str) -> None:
    path, facts, code, severity, value = MEDIA_FAULTS[name]
    kind = "image" if path == FRONT else "audio"
    [found] = [f for f in judged(version, media={(path, kind): facts}) if f.rule in {17, 18, 21}]
    assert (found.code, found.severity, found.value) == (code, severity, value)
    assert found.file == path
    assert found.line > 1


@pytest.mark.parametrize("version", PLANTED)
def test_a_preview_that_is_the_full_track_is_told(version: str) -> None:
    if version[0] == "3":
        details = r"(<TechnicalSoundRecordingDetails>.*?</TechnicalSoundRecordingDetails>)"
        flag = ("(<File><FileName>01)", r"\1")
        again = r"\1<TechnicalSoundRecordingDetails><IsPreview>true</IsPreview>" + _file(version)
        plant = (details, again + "</TechnicalSoundRecordingDetails>")
        found = judged(version, flag, plant)
    else:
        details = (
            r"(<TechnicalDetails><TechnicalResourceDetailsReference>T1<.*?</TechnicalDetails>)"
        )
        again = r"\1<TechnicalDetails>" + _file(version)
        flags = "<IsClip>true</IsClip><IsPreview>true</IsPreview></TechnicalDetails>"
        found = judged(version, (details, again + flags))
    assert "ERN-2108" in codes(found, 21)


def _file(version: str) -> str:
    if version[0] == "3":
        return "<File><FileName>01.flac</FileName><FilePath>resources/</FilePath></File>"
    file = "<File><URI>resources/01.flac</URI></File>"
    return f"<DeliveryFile>{file}</DeliveryFile>" if version == "43" else file


def test_several_front_covers_of_the_release_are_told_and_those_of_discs_are_not() -> None:
    image = r"(<Image><ResourceReference>)A3(<.*?</Image>)"
    both = (image, r"\1A3\2\1A4\2")
    link = "(<LinkedReleaseResourceReference>)A3(</LinkedReleaseResourceReference>)"
    two = judged("43", both, (link, r"\1A3\2\1A4\2"))
    assert "ERN-1804" in codes(two, 18)
    inner = r"\1A3\2<ResourceGroup>\1A4\2</ResourceGroup>"
    assert codes(judged("43", both, (link, inner)), 18) == []
    assert codes(judged("43", (link, r"\1A3\2\1A3\2")), 18) == []  # one, named twice


def test_the_policy_says_how_large_a_cover_is() -> None:
    strict = Context(policy=Policy(numbers={"cover_warn_px": 3000, "cover_hold_px": 1600}))
    assert codes(judged("43", about=strict), 18) == ["ERN-1806"]
    small = Context(policy=Policy(numbers={"cover_hold_px": 100, "cover_warn_px": 100}))
    facts = replace(COVER, width=300, height=300)
    assert codes(judged("43", about=small, media={(FRONT, "image"): facts}), 18) == []


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("AudioCodecType>PCM", replace(AUDIO, codec="pcm_s24le")),
        ("AudioCodecType>Unknown", AUDIO),
        ("AudioCodecType>UserDefined", AUDIO),
        ("AudioCodecType>MP3", replace(AUDIO, codec="mp3", bits=0)),
    ],
)
def test_what_is_stated_in_other_words_agrees(stated: str, found: MediaFacts) -> None:
    media = {(path, "audio"): found for path, kind in needed_media(message("43"), HERE)}
    plant = ("AudioCodecType>FLAC", stated)
    assert codes(judged("43", plant, media=media), 21) == []


@pytest.mark.parametrize("rate", ["44100", "44.1", "44100.0"])
def test_rates_are_stated_in_hertz_or_kilohertz(rate: str) -> None:
    assert codes(judged("43", (">44.1<", f">{rate}<")), 21) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [("2", 2), ("2.0", 2), ("5.1", 6), ("Stereo", 2), ("mono", 1), ("", 0), ("many", 0)],
)
def test_channels_are_numbers_or_words(text: str, count: int) -> None:
    assert channels_of(text) == count


@pytest.mark.parametrize(("stated", "seconds"), [("PT10M", 594.1), ("PT2S", 0.1), ("PT2S", 3.9)])
def test_audio_may_differ_a_little(stated: str, seconds: float) -> None:
    media = {(path, kind): replace(AUDIO, seconds=seconds) for path, kind in _audio()}
    assert "ERN-1703" not in codes(judged("43", (EACH, stated), media=media))


def _audio() -> list[tuple[str, str]]:
    return [key for key in needed_media(message("43"), HERE) if key[1] == "audio"]


def test_without_files_the_media_parts_are_named_as_skipped() -> None:
    assert {17, 18, 20, 21} <= set(skipped(Context()))
    here = Context(files={}, hashes={}, media={})
    assert not {17, 18, 19, 20, 21} & set(skipped(here))


def test_a_file_that_was_not_looked_into_is_not_judged() -> None:
    missing = {(FIRST, "audio"): MediaFacts(fault="corrupt", message="x")}
    assert "ERN-2101" in codes(judged("43", media=missing))
    no_file = ("resources/01.flac", "resources/03.flac")
    assert "ERN-2101" not in codes(judged("43", no_file, media=missing))


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "PT0S"),
        (timedelta(seconds=2.5), "PT2.5S"),
        (timedelta(minutes=3), "PT3M"),
        (timedelta(hours=26, seconds=1), "PT26H1S"),
        (-timedelta(seconds=2), "-PT2S"),
    ],
)
def test_durations_are_spelled(length: timedelta, text: str) -> None:
    assert spelled(length) == text
