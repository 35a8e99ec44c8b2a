"""Rules 8, 9 and 10: the main release, its track releases and its identity."""

from __future__ import annotations

import re

import pytest

from ddex.findings import Severity, outcome
from tests.fixtures.ern_messages import GRID, ICPN, PLANTED, SENDER, compact, planted, pretty
from tests.unit.ddex.ern.rules.planting import codes, found, judge

FOURS = ("411", "43")
IDS = f"<ReleaseId><GRid>{GRID}</GRid><ICPN>{ICPN}</ICPN></ReleaseId>"
MAIN = '<Release IsMainRelease="true">'


def track(version: str, number: int) -> str:
    """A whole track release of the base message."""
    element = "Release" if version == "382" else "TrackRelease"
    text = compact(version).decode()
    parts = [m[0] for m in re.finditer(rf"<{element}[ >].*?</{element}>", text)]
    return parts[number if version == "382" else number - 1]


# 8


def test_no_main_release_marked_and_one_candidate() -> None:
    one = found("382", MAIN, "<Release>", "ERN-0803")
    assert (one.severity, one.value) == (Severity.WARN, "R0")
    assert outcome(judge(planted("382", MAIN, "<Release>"))) == "accept"


def test_no_main_release_marked_and_two_candidates() -> None:
    text = compact("382").decode().replace(MAIN, "<Release>")
    text = text.replace(
        "<ReleaseType>TrackRelease</ReleaseType>", "<ReleaseType>Album</ReleaseType>"
    )
    assert "ERN-0801" in codes(pretty(text.encode()))


@pytest.mark.parametrize("version", PLANTED)
def test_no_release_at_all(version: str) -> None:
    text = re.sub(r"<ReleaseList>.*</ReleaseList>", "<ReleaseList/>", compact(version).decode())
    mine = [each for each in judge(pretty(text.encode())) if each.code == "ERN-0801"]
    assert [each.severity for each in mine] == [Severity.REJECT]


def test_two_releases_marked_as_main() -> None:
    second = track("382", 1)
    one = found("382", second, second.replace("<Release>", MAIN), "ERN-0802")
    assert (one.severity, one.value) == (Severity.REJECT, "R1")


@pytest.mark.parametrize("version", FOURS)
def test_a_track_release_marked_as_main(version: str) -> None:
    second = track(version, 1)
    marked = second.replace("<TrackRelease>", '<TrackRelease IsMainRelease="true">')
    assert found(version, second, marked, "ERN-0802").value == "R1"


@pytest.mark.parametrize("version", FOURS)
def test_two_whole_releases(version: str) -> None:
    text = compact(version).decode()
    release = text[text.index("<Release>") : text.index("</Release>") + len("</Release>")]
    other = release.replace(">R0<", ">R7<")
    assert found(version, "</Release>", f"</Release>{other}", "ERN-0802").value == "R7"


@pytest.mark.parametrize("version", PLANTED)
def test_a_release_without_recordings(version: str) -> None:
    text = compact(version).decode()
    text = re.sub(r"<SoundRecording>.*</SoundRecording>", "", text)
    assert "ERN-0804" in codes(pretty(text.encode()))


def test_omitted_resources_are_held() -> None:
    text = re.sub(r"<ResourceList>.*</ResourceList>", "<ResourceList/>", compact("382").decode())
    mine = [each for each in judge(pretty(text.encode())) if each.rule == 8]
    assert [(each.code, each.severity) for each in mine] == [("ERN-0805", Severity.HOLD)]


# 9


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("number", [1, 2])
def test_a_recording_without_track_release(version: str, number: int) -> None:
    one = found(version, track(version, number), "", "ERN-0901")
    assert (one.severity, one.value) == (Severity.HOLD, f"A{number}")


@pytest.mark.parametrize("version", PLANTED)
def test_an_album_without_any_track_release(version: str) -> None:
    text = compact(version).decode()
    data = text.replace(track(version, 1), "").replace(track(version, 2), "").encode()
    assert codes(pretty(data)).count("ERN-0901") == 2


@pytest.mark.parametrize("profile", ["SimpleAudioSingle", "Ringtone", "DjMix"])
@pytest.mark.parametrize("version", FOURS)
def test_profiles_without_track_releases(version: str, profile: str) -> None:
    text = compact(version).decode()
    data = text.replace(track(version, 1), "").replace(track(version, 2), "")
    data = data.replace('ReleaseProfileVersionId="Audio"', f'ReleaseProfileVersionId="{profile}"')
    assert "ERN-0901" not in codes(pretty(data.encode()))


@pytest.mark.parametrize("version", PLANTED)
def test_two_track_releases_of_a_recording(version: str) -> None:
    second = track(version, 2)
    again = second.replace(">R2<", ">R8<")
    one = found(version, second, second + again, "ERN-0902")
    assert (one.severity, one.value) == (Severity.HOLD, "R8")


@pytest.mark.parametrize("version", PLANTED)
def test_a_track_release_of_the_cover(version: str) -> None:
    second = track(version, 2)
    one = found(version, second, second.replace(">A2<", ">A3<"), "ERN-0903")
    assert (one.value, one.expected) == ("A3", "A1, A2")


@pytest.mark.parametrize("version", FOURS)
def test_a_track_release_of_a_supplemental_recording(version: str) -> None:
    text = compact(version).decode()
    second = "<SoundRecording><ResourceReference>A2"
    data = text.replace(
        second, second.replace("<S", "<S", 1).replace("ding>", 'ding IsSupplemental="true">')
    )
    assert "ERN-0903" in codes(pretty(data.encode()))


@pytest.mark.parametrize("version", FOURS)
def test_a_track_release_of_nothing(version: str) -> None:
    second = track(version, 2)
    bare = second.replace("<ReleaseResourceReference>A2</ReleaseResourceReference>", "")
    assert found(version, second, bare, "ERN-0904").value == "nothing"


def test_a_track_release_of_two_recordings() -> None:
    kind = 'ReleaseResourceType="PrimaryResource"'
    part = f"<ReleaseResourceReference {kind}>A{{}}</ReleaseResourceReference>"
    second = track("382", 2)
    head, tail = second.split("</ReleaseResourceReferenceList>")
    both = f"{head}{part.format(1)}</ReleaseResourceReferenceList>{tail}"
    assert found("382", second, both, "ERN-0904").value == "A2, A1"


def test_a_track_release_of_a_recording_and_the_cover() -> None:
    part = '<ReleaseResourceReference ReleaseResourceType="SecondaryResource">A3'
    second = track("382", 2)
    head, tail = second.split("</ReleaseResourceReferenceList>")
    both = f"{head}{part}</ReleaseResourceReference></ReleaseResourceReferenceList>{tail}"
    assert found("382", second, both, "ERN-0903").value == "A3"


@pytest.mark.parametrize("version", FOURS)
def test_a_cover_may_be_linked_to_a_track_release(version: str) -> None:
    part = "<ReleaseResourceReference>A2</ReleaseResourceReference><ReleaseLabel"
    link = "<LinkedReleaseResourceReference>A3</LinkedReleaseResourceReference><ReleaseLabel"
    assert codes(planted(version, part, part.replace("<ReleaseLabel", link))) == []


# 10


@pytest.mark.parametrize("version", FOURS)
@pytest.mark.parametrize(
    "other",
    [
        "<ReleaseId/>",
        f'<ReleaseId><CatalogNumber Namespace="{SENDER}">C</CatalogNumber></ReleaseId>',
        "",
    ],
)
def test_no_identity_in_ern_4(version: str, other: str) -> None:
    one = found(version, IDS, other, "ERN-1001")
    assert one.severity is Severity.REJECT


@pytest.mark.parametrize(
    "other",
    [
        "<ReleaseId/>",
        f'<ReleaseId><CatalogNumber Namespace="{SENDER}">C</CatalogNumber></ReleaseId>',
        "",
    ],
)
def test_no_identity_in_ern_3(other: str) -> None:
    assert found("382", IDS, other, "ERN-1004").severity is Severity.HOLD


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(
    "value", ["", "XXXX", "xxx", "000000000000", "TBD", "…", "tba", "N/A", "  "]
)
@pytest.mark.parametrize("kind", ["GRid", "ICPN"])
def test_placeholders_are_held_never_refused(version: str, kind: str, value: str) -> None:
    other = f"<ReleaseId><{kind}>{value}</{kind}></ReleaseId>"
    one = found(version, IDS, other, "ERN-1002")
    assert one.severity is Severity.HOLD
    assert outcome(judge(planted(version, IDS, other))) == "hold"


@pytest.mark.parametrize("version", PLANTED)
def test_a_proprietary_id_needs_a_namespace(version: str) -> None:
    own = "<ReleaseId><ProprietaryId{}>AL-1</ProprietaryId></ReleaseId>"
    assert found(version, IDS, own.format(""), "ERN-1003").value == "AL-1"
    assert codes(planted(version, IDS, own.format(f' Namespace="{SENDER}"'))) == []


@pytest.mark.parametrize("version", PLANTED)
def test_one_true_identifier_is_enough(version: str) -> None:
    assert codes(planted(version, f"<ICPN>{ICPN}</ICPN>", "<ICPN>0000</ICPN>")) == ["ERN-1203"]
    assert codes(planted(version, f"<GRid>{GRID}</GRid>", "")) == []
