"""Rule 2: what a schema says, in whose words, and where."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ddex.ern.examine import examine
from ddex.findings import Outcome, Severity
from tests.fixtures.ern_messages import base
from tests.unit.ddex.ern.messages import ALBUM, many_tracks, planted

if TYPE_CHECKING:
    from core.schemas import SchemaFolder
    from ddex.findings import Finding

MINIFIED = ALBUM.replace("\n", "").replace("?>", "?>\n")


def of_schema(data: bytes, schemas: SchemaFolder) -> list[Finding]:
    return [each for each in examine(data, resource=schemas).findings if each.rule == 2]


@pytest.mark.parametrize(
    "fault",
    [
        ("<UseType>OnDemandStream<", "<UseType>OnDemandStreem<", "ERN-0205", "UseType", "OnDemand"),
        (">Worldwide<", ">worldwide<", "ERN-0205", "TerritoryCode", "Worldwide"),
        ("Duration>PT2M28S<", "Duration>2:28<", "ERN-0203", "Duration", "xs:duration"),
        ("<PartyReference>P2<", "<PartyReference>X2<", "ERN-0203", "PartyReference", "pattern"),
        ("<Type>FrontCoverImage</Type>", "", "ERN-0201", "ResourceId", "Type"),
        ("<StartDate>2026-01-01</StartDate>", "", "ERN-0202", "ValidityPeriod", "StartDate"),
        ("<MessageId>M1", "text<MessageId>M1", "ERN-0206", "MessageHeader", ""),
        ('SequenceNumber="1"', 'SequenceNumbr="1"', "ERN-0204", "DisplayArtist", ""),
        ('LanguageAndScriptCode="en"', 'LanguageAndScriptCode="e"', "ERN-0203", "NewRelease", ""),
        ('ProfileVersionId="Audio"', 'ProfileVersionId="Audia"', "ERN-0205", "NewRelease", "Audio"),
    ],
)
@pytest.mark.parametrize("text", [ALBUM, MINIFIED], ids=["lines", "one line"])
def test_each_kind_of_fault_has_its_code_and_place(
    schema_folder: SchemaFolder, text: str, fault: tuple[str, str, str, str, str]
) -> None:
    right, wrong, code, element, expected = fault
    assert right in text
    data = text.replace(right, wrong, 1)
    found = next(each for each in of_schema(data.encode(), schema_folder) if each.code == code)
    assert found.xpath.rpartition("/")[2].startswith(element)
    assert expected in found.expected
    line = data.splitlines()[found.line - 1]
    assert line[found.column - 1 :].removeprefix("<ern:").removeprefix("<").startswith(element)


@pytest.mark.parametrize("version", ["382", "383", "411", "42", "43"])
def test_an_unknown_value_is_held_in_every_version(
    schema_folder: SchemaFolder, version: str
) -> None:
    data = base(version)
    for right, wrong in (
        (b"<TerritoryCode>Worldwide<", b"<TerritoryCode>Worldwyde<"),
        (b"<UseType>OnDemandStream<", b"<UseType>OnDemandStreem<"),
    ):
        assert right in data
        found = of_schema(data.replace(right, wrong), schema_folder)
        assert {each.code for each in found} == {"ERN-0205"}
        assert {each.severity for each in found} == {Severity.HOLD}
        assert all(right.rpartition(b">")[2][:-1].decode() in f.expected for f in found)


def test_places_are_right_among_many_alike(schema_folder: SchemaFolder) -> None:
    data = many_tracks(300).replace(b"\n", b"")
    at = data.index(b"PT2M28S", data.index(b"GBAYE0601700"))
    spoiled = data[:at] + b"X" + data[at + 1 :]
    (found,) = of_schema(spoiled, schema_folder)
    number = data[:at].count(b"<SoundRecording>")
    path = f"/NewReleaseMessage/ResourceList/SoundRecording[{number}]/Duration"
    assert found.xpath == path
    assert found.column > 10_000
    assert spoiled.splitlines()[found.line - 1][found.column - 1 :].startswith(b"<Duration>XT2M28S")


def test_the_alias_is_validated_as_what_it_stands_for(schema_folder: SchemaFolder) -> None:
    for encoding in ("utf-8", "utf-16"):
        text = base("382").decode().replace("ern/382", "ern/38", 1).replace("UTF-8", encoding)
        found = examine(text.encode(encoding), resource=schema_folder)
        assert found.schema == "used"
        assert [each for each in found.findings if each.rule == 2] == []


def test_versions_without_schema_say_so(schema_folder: SchemaFolder) -> None:
    found = examine(planted("ern/43", "ern/432"), resource=schema_folder)
    assert (found.schema, found.version) == ("absent", "432")
    assert 2 in found.skipped
    assert found.message is not None


def test_the_schema_of_a_later_version_is_used_when_it_is_there(
    schema_folder: SchemaFolder,
) -> None:
    def resource(name: str) -> bytes:
        return schema_folder(name.replace("432", "43")).replace(b"/ern/43", b"/ern/432")

    found = examine(planted("ern/43", "ern/432"), resource=resource)
    assert found.schema == "used"
    assert [each for each in found.findings if each.rule == 2] == []
    spoiled = planted("ern/43", "ern/432").replace(b"<UseType>On", b"<UseType>Un")
    assert [each.code for each in of_schema(spoiled, schema_folder)] == []
    assert "ERN-0205" in {each.code for each in examine(spoiled, resource=resource).findings}


def test_many_at_once_do_not_disturb_each_other(schema_folder: SchemaFolder) -> None:
    right = many_tracks(60)
    wrong = right.replace(b"PT2M28S", b"2:28")
    broken = right[:-9]
    on = gc.isenabled()
    with ThreadPoolExecutor(6) as pool:
        jobs = [
            pool.submit(examine, data, resource=schema_folder)
            for data in (right, wrong, broken) * 8
        ]
    outcomes = [job.result().outcome for job in jobs]
    assert set(outcomes[0::3]) == {Outcome.ACCEPT}
    assert set(outcomes[1::3]) == set(outcomes[2::3]) == {Outcome.REJECT}
    assert gc.isenabled() is on
