"""Rule 15: what listeners are shown, in every territory of the deals."""

from __future__ import annotations

from time import process_time

import pytest

from ddex.ern.model import Deal, Localized
from ddex.ern.rules.localized import Judge, Reach
from ddex.findings import Severity
from tests.fixtures.ern_messages import PLANTED, VERSIONS
from tests.unit.ddex.ern.planting import Plant, codes, judged

WORLD = "<TerritoryCode>Worldwide</TerritoryCode>"
RELEASE_3 = (
    f"(<ReleaseDetailsByTerritory>){WORLD}(<DisplayArtistName>The Lanterns</Dis.{{,400}}Ferry)"
)
"""The release's own details: those of tracks are about other titles."""
OTHER_TITLE = (
    r"<DisplayTitle(Text)?>(<TitleText>)?Ferry Lights(</TitleText>)?</DisplayTitle(Text)?>"
)

FAULTS: dict[str, tuple[dict[str, Plant], str, str]] = {
    "no title": (
        {
            "3": (r'(<Title TitleType="\w+"><TitleText>Ferry Lights</TitleText></Title>)+', ""),
            "4": (OTHER_TITLE, ""),
        },
        "ERN-1501",
        "/Release",
    ),
    "empty title": (
        {
            "3": (r'(<Title TitleType="\w+"><TitleText>)Ferry Lights', r"\1 "),
            "4": (r"(DisplayTitleText>|TitleText>)Ferry Lights", r"\1 "),
        },
        "ERN-1501",
        "/Release",
    ),
    "title of a recording": (
        {
            "3": (r'(<Title TitleType="\w+"><TitleText>)Night Ferry', r"\1"),
            "4": (r"(DisplayTitleText>|TitleText>)Night Ferry", r"\1"),
        },
        "ERN-1501",
        "/SoundRecording[2]",
    ),
    "title in Japan only": (
        {
            "3": (RELEASE_3, r"\1<TerritoryCode>JP</TerritoryCode>\2"),
            "4": (
                r"<(DisplayTitle(?:Text)?)>((?:<TitleText>)?Ferry)",
                r'<\1 ApplicableTerritoryCode="JP">\2',
            ),
        },
        "ERN-1501",
        "/Release",
    ),
    "no artist name": (
        {
            "3": (r"<(DisplayArtistName|FullName)>The Lanterns", r"<\1>"),
            "4": (r"<DisplayArtistName>The Lanterns", "<DisplayArtistName>"),
        },
        "ERN-1502",
        "/Release",
    ),
    "only featured artists": (
        {
            "3": ("Role>MainArtist", "Role>FeaturedArtist"),
            "4": ("Role>MainArtist", "Role>Composer"),
        },
        "ERN-1503",
        "/Release",
    ),
    "a main artist without a name": (
        {
            "3": ("<FullName>The Lanterns</FullName>", "<FullName></FullName>"),
            "4": ("<FullName>The Lanterns</FullName>", "<FullName> </FullName>"),
        },
        "ERN-1503",
        "/Release",
    ),
    "no label": (
        {
            "3": ("<LabelName>Night Owl Records</LabelName>", ""),
            "4": (r"<ReleaseLabelReference>P2</ReleaseLabelReference>(?=<[PC]Line)", ""),
        },
        "ERN-1504",
        "/Release",
    ),
    "label in Japan only": (
        {
            "3": (RELEASE_3, r"\1<TerritoryCode>JP</TerritoryCode>\2"),
            "4": (
                "<ReleaseLabelReference>",
                '<ReleaseLabelReference ApplicableTerritoryCode="JP">',
            ),
        },
        "ERN-1504",
        "/Release",
    ),
    "no genre": (
        {"3": (r"<Genre>.{,80}</Genre>", ""), "4": (r"<GenreText>Pop", "<GenreText>")},
        "ERN-1505",
        "/Release",
    ),
    "no advisory": (
        {
            "3": ("<ParentalWarningType>NotExplicit</ParentalWarningType>", ""),
            "4": ("<ParentalWarningType>NotExplicit", "<ParentalWarningType>"),
        },
        "ERN-1506",
        "/Release",
    ),
    "no P line": (
        {"3": (r"<PLine>.*?</PLine>", ""), "4": (r"<PLine>.*?</PLine>", "")},
        "ERN-1507",
        "/Release",
    ),
    "empty P lines": (
        {"3": (r"<PLineText>[^<]*", "<PLineText>"), "4": (r"<PLineText>[^<]*", "<PLineText>")},
        "ERN-1507",
        "/SoundRecording[1]",
    ),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_faultless_album_passes(version: str) -> None:
    assert codes(judged(version), 15) == []


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("name", FAULTS)
def test_what_is_missing_is_told(name: str, version: str) -> None:
    plants, code, place = FAULTS[name]
    found = [f for f in judged(version, plants[version[0]]) if f.code == code]
    assert found, name
    assert {(f.rule, f.severity) for f in found} == {(15, Severity.HOLD)}
    assert any(place in f.xpath for f in found)
    assert all(f.line > 1 for f in found)


@pytest.mark.parametrize("version", PLANTED)
def test_the_artist_of_a_release_without_main_artist_is_the_primary_artist(version: str) -> None:
    found = judged(version, ("Role>MainArtist", "Role>FeaturedArtist"))
    assert {f.ack_status for f in found if f.rule == 15} == {"PrimaryArtistNameMissing"}


@pytest.mark.parametrize("version", PLANTED)
def test_the_line_of_the_release_stands_for_that_of_a_recording(version: str) -> None:
    lines = r"(<SoundRecording>.*?)<PLine>.*?</PLine>(.*?</SoundRecording>)"
    found = judged(version, (lines, r"\1\2"))
    assert codes(found, 15) == ["ERN-1508", "ERN-1508"]
    assert {f.severity for f in found if f.rule == 15} == {Severity.WARN}


@pytest.mark.parametrize("version", PLANTED)
def test_the_lines_of_the_recordings_stand_for_that_of_the_release(version: str) -> None:
    last = r"<PLine>(?:(?!<PLine>).)*</PLine>(?=<CLine>)"
    assert codes(judged(version, (last, "")), 15) == []


def test_composites_of_38_inherit_from_the_first() -> None:
    without = (RELEASE_3, r"\1<ExcludedTerritoryCode>MX</ExcludedTerritoryCode>\2")
    found = judged("382", without)
    assert {f.code for f in found if f.rule == 15} >= {"ERN-1501", "ERN-1504", "ERN-1505"}
    assert {f.value for f in found if f.rule == 15} == {"MX"}
    own = (
        "(</ReleaseDetailsByTerritory>)(<Duration>)",
        (
            r"\1<ReleaseDetailsByTerritory><TerritoryCode>MX</TerritoryCode>"
            r"<DisplayArtistName>Las Linternas</DisplayArtistName></ReleaseDetailsByTerritory>\2"
        ),
    )
    assert codes(judged("382", without, own), 15) == []


def test_a_territory_of_38_has_a_main_artist_too() -> None:
    artist = (
        r'<DisplayArtist SequenceNumber="1"><PartyName><FullName>Rosa</FullName></PartyName>'
        "<ArtistRole>FeaturedArtist</ArtistRole></DisplayArtist>"
    )
    own = (
        "(</ReleaseDetailsByTerritory>)(<Duration>)",
        (
            r"\1<ReleaseDetailsByTerritory><TerritoryCode>MX</TerritoryCode>"
            rf"{artist}</ReleaseDetailsByTerritory>\2"
        ),
    )
    [found] = [f for f in judged("382", own) if f.rule == 15]
    assert (found.code, found.value) == ("ERN-1503", "MX")


def test_the_roles_of_classical_artists_are_main_roles() -> None:
    assert codes(judged("382", ("Role>MainArtist", "Role>Soloist")), 15) == []


def test_without_a_deal_a_value_anywhere_is_enough() -> None:
    japan = FAULTS["label in Japan only"][0]
    for version in PLANTED:
        no_deal = ("<DealList>.*</DealList>", "")
        assert codes(judged(version, japan[version[0]], no_deal), 15) == []


@pytest.mark.parametrize(
    ("values", "deals", "missing"),
    [
        ([("",)], [(("Worldwide",), ())], None),
        ([("JP",)], [(("JP",), ())], None),
        ([("JP",)], [(("JP", "FR"), ())], "FR"),
        ([("JP",)], [(("Worldwide",), ())], "Worldwide"),
        ([("JP",), ("FR",)], [(("JP",), ()), (("FR",), ())], None),
        ([("JP",)], [((), ("JP",))], "Worldwide"),
        ([("JP",), ("Worldwide",)], [((), ("JP",))], None),
        ([("-JP",)], [((), ("JP",))], None),
        ([("-JP",)], [(("JP",), ())], "JP"),
        ([("-JP",), ("JP",)], [(("Worldwide",), ())], None),
        ([], [(("JP",), ())], ""),
        ([("JP",)], [], None),
    ],
)
def test_where_values_are_missing(
    values: list[tuple[str]], deals: list[tuple[tuple[str, ...], tuple[str, ...]]], missing: str
) -> None:
    reach = Reach.of(
        Deal(release_references=("R0",), territories=t, excluded_territories=x) for t, x in deals
    )
    shown = [
        Localized(text="x", excluded=(t[1:],))
        if t.startswith("-")
        else Localized(text="x", territories=(t,) if t else ())
        for (t,) in values
    ]
    judge = Judge(by_composites=False)
    assert judge.missing(shown, reach if deals else None, frozenset()) == missing


def test_a_default_holds_everywhere() -> None:
    reach = Reach.of([Deal(release_references=("R0",), territories=("Worldwide",))])
    shown = [
        Localized(text="x", territories=("JP",)),
        Localized(text="x", territories=("GB",), is_default=True),
    ]
    assert Judge(by_composites=False).missing(shown, reach, frozenset()) is None


def test_many_territories_are_judged_at_once() -> None:
    """Sets, not pairs: a message of hostile size is judged in a moment."""
    codes_ = [f"X{number}" for number in range(20_000)]
    reach = Reach.of(Deal(release_references=("R0",), territories=(code,)) for code in codes_)
    shown = [Localized(text="x", territories=(code,)) for code in codes_[:-1]]
    began = process_time()
    assert Judge(by_composites=False).missing(shown, reach, frozenset()) == codes_[-1]
    assert process_time() - began < 2
