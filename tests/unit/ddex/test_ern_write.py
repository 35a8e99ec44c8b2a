from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ddex import xml, xsd
from ddex.ern import reader
from ddex.ern.examine import examine
from ddex.ern.model import (
    Deal,
    Identifier,
    Localized,
    Message,
    Period,
    Resource,
    ResourceGroup,
)
from ddex.ern.write import write
from ddex.ern.write_values import iso_duration
from distro.message import Placed, build
from distro.release import ReleaseInput, Track, dpid, gtin13, isrc, streaming_offers
from tests.fixtures.environment import lacking
from tests.fixtures.packages import SIDES

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

UNWRITTEN = {
    "place",
    "more",
    "cue_points",
    "contained",
    "clips",
    "prices",
    "instant_gratification",
    "visibility_references",
}
"""Fields of a model that the writer doesn't say: a distributor of albums has no use for them."""

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture
def message(tmp_path: Path) -> Message:
    """An album of two discs with everything that the writer can say."""
    files = []
    for name in ("1.bin", "2.bin", "3.bin", "cover.jpg"):
        path = tmp_path / name
        path.write_bytes(name.encode())
        files.append(Placed(uri=f"resources/{name}", path=path))
    tracks = tuple(
        Track(
            title=f"Tëst & <track> {number}",
            isrc=isrc("x", 2026, number),
            audio=files[number - 1].path,
            duration=timedelta(seconds=61.5),
            writers=("Ada Fictional", "Bo Invented"),
            advisory="Explicit" if number == 2 else "NotExplicit",
            disc=1 if number < 3 else 2,
        )
        for number in (1, 2, 3)
    )
    release = ReleaseInput(
        icpn=gtin13("x"),
        title="Álbum 日本",
        artist="The Test Oscillators",
        label="Lantern Hill",
        genre="Electronic",
        sub_genre="Ambient",
        release_date=date(2026, 11, 1),
        tracks=tracks,
        cover=files[-1].path,
        offers=streaming_offers(date(2026, 11, 1), date(2027, 11, 1), ("DE", "FR")),
    )
    return build(release, SIDES, files, "M-1", NOW)


def test_what_is_written_is_valid_and_without_findings(
    schema_folder: SchemaFolder, message: Message
) -> None:
    found = examine(write(message), resource=schema_folder)
    assert found.schema == "used"
    assert found.findings == ()


def test_what_is_written_reads_back_the_same(message: Message) -> None:
    data = write(message)
    found = reader.read(xml.parse(data))
    assert write(found) == data
    assert found.main_release is not None
    assert found.main_release.identifier("ICPN") == gtin13("x")
    assert [each.duration for each in found.resources[:3]] == [timedelta(seconds=61.5)] * 3
    assert bare(found.deals) == bare(message.deals)
    assert bare(found.parties) == bare(message.parties)
    assert [len(disc.items) for disc in group(found).groups] == [2, 1]
    hashes = [file.hashes[0].value for each in found.resources for file in each.files]
    assert hashes == [file.hashes[0].value for each in message.resources for file in each.files]


@pytest.mark.parametrize("sample", ["1 Audio.xml", "4 SimpleAudioSingle.xml", "8 DjMix.xml"])
def test_official_samples_survive_reading_and_writing(
    schema_folder: SchemaFolder, sample: str
) -> None:
    root = schema_folder.root
    assert root is not None
    path = root.parent / "samples" / "ern43" / sample
    if not path.is_file():
        lacking("the official samples are not beside the schemas", "put `samples` beside `xsd`")
    first = reader.read(xml.parse(path.read_bytes()))
    data = write(first)
    schema = xsd.schema(schema_folder, "ern/43/release-notification.xsd")
    assert schema.violations(xml.parse(data)) == ()
    second = reader.read(xml.parse(data))
    for name in ("header", "parties", "resources", "releases", "deals"):
        assert bare(getattr(second, name)) == bare(getattr(first, name)), name


def test_hostile_texts_stay_valid(schema_folder: SchemaFolder, message: Message) -> None:
    main, *tracks = message.releases
    hostile = replace(main, titles=(Localized(text="a\x00\ud800<b>&c;]]>" + "x" * 10_000),))
    data = write(replace(message, releases=(hostile, *tracks)))
    schema = xsd.schema(schema_folder, "ern/43/release-notification.xsd")
    assert schema.violations(xml.parse(data)) == ()


def test_periods_may_be_dates_or_instants(schema_folder: SchemaFolder, message: Message) -> None:
    deals = (
        Deal(
            release_references=("R0",),
            commercial_models=("SubscriptionModel",),
            use_types=("Stream",),
            excluded_territories=("US",),
            periods=(Period(start="2026-01-01T00:00:00+01:00", end="2026-12-31T23:59:59Z"),),
        ),
        Deal(release_references=("R0",), is_out_of_band=True),
    )
    data = write(replace(message, deals=deals))
    schema = xsd.schema(schema_folder, "ern/43/release-notification.xsd")
    assert schema.violations(xml.parse(data)) == ()
    assert bare(reader.read(xml.parse(data)).deals) == bare(deals)


def test_a_message_without_deals_is_a_take_down(
    schema_folder: SchemaFolder, message: Message
) -> None:
    data = write(replace(message, deals=()))
    assert b"DealList" not in data
    schema = xsd.schema(schema_folder, "ern/43/release-notification.xsd")
    assert schema.violations(xml.parse(data)) == ()


def test_what_can_not_be_written_is_named(message: Message) -> None:
    with pytest.raises(ValueError, match="382"):
        write(message, "382")
    with pytest.raises(ValueError, match="PurgeReleaseMessage"):
        write(replace(message, type="PurgeReleaseMessage"))
    with pytest.raises(ValueError, match="recipient"):
        write(replace(message, header=replace(message.header, recipients=())))
    main, *tracks = message.releases
    with pytest.raises(ValueError, match="R0"):
        write(replace(message, releases=(replace(main, resource_group=None), *tracks)))
    with pytest.raises(ValueError, match="R1"):
        write(replace(message, releases=(main, replace(tracks[0], resource_references=()))))
    recording, *others = message.resources
    with pytest.raises(ValueError, match="A1"):
        write(replace(message, resources=(replace(recording, duration=None), *others)))
    with pytest.raises(ValueError, match="Video"):
        write(replace(message, resources=(Resource(reference="A9", kind="Video"),)))


def test_identifiers_take_the_order_of_the_schema(
    schema_folder: SchemaFolder, message: Message
) -> None:
    main, *tracks = message.releases
    kinds = (
        Identifier(kind="ProprietaryId", value="1", namespace=dpid("2026000002")),
        Identifier(kind="CatalogNumber", value="2", namespace=dpid("2026000002")),
        Identifier(kind="ISRC", value="not for releases"),
        Identifier(kind="GRid", value="A10302B0003989564F"),
    )
    data = write(replace(message, releases=(replace(main, identifiers=kinds), *tracks)))
    schema = xsd.schema(schema_folder, "ern/43/release-notification.xsd")
    assert schema.violations(xml.parse(data)) == ()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "PT0S"),
        (0.25, "PT0.25S"),
        (59.9999, "PT1M"),
        (61.5, "PT1M1.5S"),
        (7200, "PT2H"),
        (3661, "PT1H1M1S"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert iso_duration(timedelta(seconds=seconds)) == text


def test_negative_durations_mean_nothing() -> None:
    with pytest.raises(ValueError, match="negative"):
        iso_duration(timedelta(seconds=-1))


def group(message: Message) -> ResourceGroup:
    assert message.main_release is not None
    assert message.main_release.resource_group is not None
    return message.main_release.resource_group


def bare(value: Any) -> Any:  # noqa: ANN401 - any part of a model
    """The value without places, which differ between two texts of the same message."""
    if is_dataclass(value):
        named = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {name: bare(part) for name, part in named if name not in UNWRITTEN}
    return tuple(bare(each) for each in value) if isinstance(value, tuple) else value
