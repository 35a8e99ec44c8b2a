"""Findings stand at the very element that is wrong, not at the release or recording around it."""

from __future__ import annotations

import pytest

from ddex.findings import Severity
from tests.fixtures.ern_messages import PLANTED, SENDER, compact
from tests.unit.ddex.ern.rules.planting import found


def first(version: str, text: str, until: str) -> str:
    """From `text` on to `until`, long enough to be there once."""
    data = compact(version).decode()
    start = data.index(text)
    return data[start : data.index(until, start) + len(until)]


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("length", ["PT0S", "-PT5S", "PT"])
def test_the_duration_of_a_recording(version: str, length: str) -> None:
    whole = first(version, "<ResourceReference>A1<" if version != "382" else "A1</", "</Duration>")
    spoiled = whole.replace("PT2S", length)
    one = found(version, whole, spoiled, "ERN-1701")
    assert one.xpath.endswith("/SoundRecording[1]/Duration")


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize(("length", "code"), [("PT9M", "ERN-1702"), ("PT0S", "ERN-1701")])
def test_the_duration_of_a_release(version: str, length: str, code: str) -> None:
    one = found(version, "<Duration>PT4S</Duration>", f"<Duration>{length}</Duration>", code)
    assert one.xpath.rpartition("/")[2] == "Duration"
    assert "/ReleaseList/Release" in one.xpath


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("thing", ["<SoundRecording>", "<ReleaseList>"])
def test_the_artist_who_is_no_main_artist(version: str, thing: str) -> None:
    whole = first(version, thing, "Role>MainArtist<")
    one = found(version, whole, whole.replace("MainArtist", "FeaturedArtist"), "ERN-1503")
    assert one.xpath.endswith("/DisplayArtist")


@pytest.mark.parametrize("version", PLANTED)
def test_what_a_track_release_refers_to(version: str) -> None:
    end = "A1</ReleaseResourceReference>"
    whole = first(version, "<ReleaseReference>R1<", end)
    one = found(version, whole, whole.replace("A1<", "A3<"), "ERN-0903")
    assert "ReleaseResourceReference" in one.xpath.rpartition("/")[2]
    assert one.severity is Severity.HOLD


@pytest.mark.parametrize("version", ["411", "43"])
def test_the_identifier_that_is_none_of_a_release(version: str) -> None:
    whole = first(version, "<GRid>", "</ICPN>")
    other = f'<CatalogNumber Namespace="{SENDER}">C1</CatalogNumber>'
    one = found(version, whole, other, "ERN-1001")
    assert one.xpath.endswith("/ReleaseId/CatalogNumber")
