"""One fault is told by its own rule: what merely follows from it is no second finding."""

from __future__ import annotations

import re

import pytest

from tests.fixtures.ern_messages import PLANTED, compact, pretty
from tests.unit.ddex.ern.rules.planting import codes

REFERENCE = "<ReleaseResourceReference[^>]*>"
OLD = ("382", "383")
NEW = ("411", "42", "43")


def spoilt(version: str, pattern: str, new: str) -> bytes:
    text, count = re.subn(pattern, new, compact(version).decode(), count=1)
    assert count == 1, (version, pattern)
    return pretty(text.encode())


@pytest.mark.parametrize("version", NEW)
@pytest.mark.parametrize(
    ("pattern", "new", "wanted"),
    [
        (rf"(<ResourceGroup>.*{REFERENCE})A2(.*</ResourceGroup>)", r"\1A9\2", ["ERN-0602"]),
        (rf"(<TrackRelease>.*{REFERENCE})A2", r"\1A9", ["ERN-0602"]),
        ("(<LinkedReleaseResourceReference>)A3", r"\1A9", ["ERN-0602", "ERN-0701"]),
    ],
    ids=["group", "track", "cover"],
)
def test_what_points_to_nothing(version: str, pattern: str, new: str, wanted: list[str]) -> None:
    assert codes(spoilt(version, pattern, new)) == wanted


@pytest.mark.parametrize("version", PLANTED)
def test_a_second_main_release(version: str) -> None:
    first = "<TrackRelease>" if version in NEW else "<Release>"
    marked = first.replace(">", ' IsMainRelease="true">')
    assert codes(spoilt(version, first, marked)) == ["ERN-0802"]


@pytest.mark.parametrize("version", PLANTED)
def test_a_recording_defined_twice_leaves_the_sum_unjudged(version: str) -> None:
    found = codes(spoilt(version, "<ResourceReference>A2", "<ResourceReference>A1"))
    assert {"ERN-0601", "ERN-0602"} <= set(found)
    assert "ERN-1702" not in found


@pytest.mark.parametrize("version", PLANTED)
def test_a_number_that_is_none_leaves_one_free(version: str) -> None:
    one = "(<SequenceNumber>)1(</SequenceNumber><(?:ResourceType|ReleaseRes))"
    found = codes(spoilt(version, one, r"\1one\2"))
    assert found == ["ERN-1602"]


@pytest.mark.parametrize("version", NEW)
def test_without_a_main_release_nobody_knows_what_is_used(version: str) -> None:
    found = codes(spoilt(version, "<Release>.*?</Release>", ""))
    assert "ERN-0801" in found
    assert not [code for code in found if code.startswith("ERN-07")]


@pytest.mark.parametrize("version", OLD)
@pytest.mark.parametrize(("said", "wanted"), [("ern/37", ["ERN-0115"]), ("/ern/{}", [])])
def test_the_version_is_said_twice(version: str, said: str, wanted: list[str]) -> None:
    attribute = f'MessageSchemaVersionId="ern/{version}"'
    new = f'MessageSchemaVersionId="{said.format(version)}"'
    assert codes(spoilt(version, attribute, new)) == wanted
