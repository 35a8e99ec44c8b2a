"""Every version and every message, read into one model."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ddex import xml
from ddex.ern import reader
from ddex.ern.model import for_territory
from ddex.ern.versions import ALIAS, VERSIONS, check_version
from ddex.errors import MessageUnreadable
from tests.fixtures.environment import lacking
from tests.fixtures.ern_messages import ICPN, ISRCS, START, base

if TYPE_CHECKING:
    from core.schemas import SchemaFolder
    from ddex.ern.model import Message, Release, Resource

ALL = ("382", "383", "41", "411", "42", "43")


def read(data: bytes) -> Message:
    return reader.read(xml.begin(data))


def wrapped(version: str, name: str, inside: str) -> Message:
    return read(
        f'<m:{name} xmlns:m="http://ddex.net/xml/ern/{version}">{inside}</m:{name}>'.encode()
    )


def main(message: Message) -> Release:
    assert message.main_release is not None
    return message.main_release


def text(values: tuple[object, ...]) -> str:
    found = for_territory(values)  # type: ignore[type-var]
    return str(found.text) if found else ""  # type: ignore[attr-defined]


def recording(message: Message) -> Resource:
    found = message.resource("A1")
    assert found is not None
    return found


@pytest.mark.parametrize("version", ALL)
def test_each_version_tells_the_same_album(version: str) -> None:
    message = read(base(version))
    release, parties = main(message), {each.reference: each.name for each in message.parties}
    assert message.version == version
    assert not message.main_is_assumed
    assert release.identifier("ICPN") == ICPN
    assert [text(message.releases[0].titles), text(release.display_artist_names)] != ["", ""]
    assert [parties[each.party_reference] for each in release.display_artists] == ["The Lanterns"]
    assert [each.roles for each in release.display_artists] == [("MainArtist",)]
    assert text(release.labels) == "Night Owl Records"
    assert [(each.text, each.subtitle) for each in release.genres] == [("Pop", "Dream Pop")]
    assert text(release.advisories) == "NotExplicit"
    assert release.p_line is not None
    assert release.c_line is not None
    assert release.release_date == START
    assert release.primary_references == ("A1", "A2")
    assert release.discs == (("A1", "A2"),)
    tracks = [each for each in message.releases if each.kind == "TrackRelease"]
    assert [each.resource_references for each in tracks] == [("A1",), ("A2",)]


@pytest.mark.parametrize("version", ALL)
def test_each_version_tells_the_same_recordings_and_deals(version: str) -> None:
    message = read(base(version))
    recordings = [each for each in message.resources if each.kind == "SoundRecording"]
    assert tuple(each.identifier("ISRC") for each in recordings) == ISRCS
    assert [text(each.titles) for each in recordings] == ["Harbour Lights", "Night Ferry"]
    assert [each.duration for each in recordings] == [timedelta(seconds=2)] * 2
    assert [each.files[0].uri for each in message.resources] == [
        "resources/01.flac",
        "resources/02.flac",
        "resources/cover.jpg",
    ]
    assert [each.files[0].hashes[0].algorithm for each in recordings] == ["MD5", "MD5"]
    assert [each.files[0].bit_depth for each in recordings] == ["16", "16"]
    assert all(each.p_line for each in recordings)
    (deal,) = message.deals
    assert deal.release_references == ("R0", "R1", "R2")
    assert deal.commercial_models == ("SubscriptionModel", "AdvertisementSupportedModel")
    assert deal.territories == ("Worldwide",)
    assert [each.start[:10] for each in deal.periods] == [START]


def test_the_namespace_38_is_read_as_382_with_a_warning() -> None:
    data = base("382").replace(
        b'ern="http://ddex.net/xml/ern/382"', b'ern="http://ddex.net/xml/ern/38"'
    )
    message = read(data)
    assert (message.version, message.alias) == ("382", True)
    (found,) = check_version(message, None)
    assert (found.code, found.severity) == (ALIAS.code, "warn")
    assert list(check_version(read(base("382")), None)) == []


@pytest.mark.parametrize("namespace", ["ern/37", "ern/341", "ern/50", "ern/4", "mead/10"])
def test_other_versions_are_refused_with_the_supported_ones(namespace: str) -> None:
    data = f'<m:NewReleaseMessage xmlns:m="http://ddex.net/xml/{namespace}"/>'.encode()
    with pytest.raises(MessageUnreadable) as refused:
        read(data)
    (found,) = refused.value.findings
    assert found.severity == "reject"
    assert all(version.label in found.message for version in VERSIONS)


def test_431_has_formal_and_grouping_titles_and_432_says_what_machines_made() -> None:
    inside = (
        "<ResourceList><SoundRecording><ResourceReference>A1</ResourceReference>"
        '<FormalTitle LanguageAndScriptCode="de"><TitleText>Lied</TitleText></FormalTitle>'
        "<GroupingTitle><TitleText>Zyklus</TitleText></GroupingTitle>"
        "<Contributor><SpecialContributor>PublicDomain</SpecialContributor>"
        "<AiContribution>Partly</AiContribution></Contributor>"
        "<ContainsAI>Partly</ContainsAI></SoundRecording></ResourceList>"
    )
    for version in ("431", "432"):
        found = recording(wrapped(version, "NewReleaseMessage", inside))
        titles = [(each.kind, each.text) for each in found.additional_titles]
        assert titles == [("FormalTitle", "Lied"), ("GroupingTitle", "Zyklus")]
        assert [(each.name, each.text) for each in found.more] == [("ContainsAI", "Partly")]
        facts = [(each.name, each.text) for each in found.contributors[0].more]
        assert facts == [("SpecialContributor", "PublicDomain"), ("AiContribution", "Partly")]


@pytest.mark.parametrize("version", ["382", "383", "41", "411", "42", "43"])
def test_a_purge_names_a_release(version: str) -> None:
    old = version.startswith("38")
    who, party = (
        ("Resource", "<PartyId>PADPIDA2013042401U</PartyId>")
        if old
        else (
            "",
            "<PartyId><DPID>PADPIDA2013042401U</DPID></PartyId>",
        )
    )
    message = wrapped(
        version,
        "PurgeReleaseMessage",
        "<MessageHeader><MessageId>M</MessageId></MessageHeader><PurgedRelease>"
        f"<ReleaseId><ICPN>{ICPN}</ICPN></ReleaseId><Title><TitleText>Gone</TitleText></Title>"
        f"<{who}Contributor>{party}</{who}Contributor></PurgedRelease>",
    )
    release = main(message)
    assert (release.kind, release.identifier("ICPN")) == ("PurgedRelease", ICPN)
    assert text(release.titles) == "Gone"
    assert [each.party_reference for each in release.contributors] == ["#1"]
    assert [each.kind for each in message.parties[0].identifiers] == ["DPID"]


def test_a_catalogue_list_has_items() -> None:
    message = wrapped(
        "383",
        "CatalogListMessage",
        "<PublicationDate>2026-01-01T00:00:00</PublicationDate><CatalogItem>"
        "<TerritoryCode>DE</TerritoryCode><TerritoryCode>AT</TerritoryCode>"
        f"<ReleaseId><ICPN>{ICPN}</ICPN></ReleaseId><Title><TitleText>Formal</TitleText></Title>"
        "<DisplayArtistName>The Lanterns</DisplayArtistName><ContributorName>Ada</ContributorName>"
        "<DisplayTitle><TitleText>Shown</TitleText><SubTitle>Live</SubTitle></DisplayTitle>"
        "<LabelName>Night Owl</LabelName><ReleaseDate>2026-02-01</ReleaseDate></CatalogItem>",
    )
    assert message.main_release is None
    (item,) = message.catalog_items
    assert item.territories == ("DE", "AT")
    assert [(each.text, each.subtitle) for each in item.titles] == [
        ("Formal", ""),
        ("Shown", "Live"),
    ]
    assert (item.display_artist_name, item.contributors) == ("The Lanterns", ("Ada",))
    assert (text(item.labels), item.release_date) == ("Night Owl", "2026-02-01")
    assert message.publication_date == "2026-01-01T00:00:00"


def test_38_details_by_territory_override_the_first() -> None:
    message = wrapped(
        "382",
        "NewReleaseMessage",
        "<ReleaseList><Release><ReleaseReference>R0</ReleaseReference>"
        "<ReferenceTitle><TitleText>Reference</TitleText></ReferenceTitle>"
        "<ReleaseDetailsByTerritory><ExcludedTerritoryCode>GB</ExcludedTerritoryCode>"
        "<DisplayArtistName>All</DisplayArtistName>"
        '<Title TitleType="DisplayTitle"><TitleText>Shown</TitleText></Title>'
        '<Title TitleType="FormalTitle"><TitleText>Formal</TitleText></Title>'
        "<DisplayArtist><PartyName><FullName>Ann</FullName></PartyName>"
        "<ArtistRole>MainArtist</ArtistRole></DisplayArtist>"
        "<ReleaseDate>2026-01-02</ReleaseDate></ReleaseDetailsByTerritory>"
        "<ReleaseDetailsByTerritory><TerritoryCode>GB</TerritoryCode>"
        "<DisplayArtistName>British</DisplayArtistName><DisplayArtist><PartyName>"
        "<FullName>Bea</FullName></PartyName><ArtistRole>MainArtist</ArtistRole></DisplayArtist>"
        "<ReleaseDate>2026-03-04</ReleaseDate></ReleaseDetailsByTerritory>"
        "<GlobalReleaseDate>2025-01-01</GlobalReleaseDate></Release></ReleaseList>",
    )
    release = main(message)
    names, dates = release.display_artist_names, release.release_dates
    parties = {each.reference: each.name for each in message.parties}
    assert message.main_is_assumed
    for territory, expected in (("GB", "British"), ("FR", "All"), ("", "All")):
        found = for_territory(names, territory)
        assert found is not None
        assert found.text == expected
    british = for_territory(dates, "GB")
    assert british is not None
    assert (british.text, release.release_date) == ("2026-03-04", "2026-01-02")
    assert [each.text for each in release.titles] == ["Shown", "Reference"]
    assert [each.text for each in release.additional_titles] == ["Formal"]
    assert [parties[each.party_reference] for each in release.display_artists] == ["Ann"]
    by_territory = for_territory(release.territorial, "GB")
    assert by_territory is not None
    assert [parties[c.party_reference] for c in by_territory.display_artists] == ["Bea"]


FILES_38 = (
    ("<FileName>a.wav</FileName>", "a.wav"),
    ("<FileName>a.wav</FileName><FilePath>resources</FilePath>", "resources/a.wav"),
    ("<FileName>a.wav</FileName><FilePath>resources/</FilePath>", "resources/a.wav"),
    ("<FileName>a.wav</FileName><FilePath/>", "a.wav"),
    ("<FileName>../a.wav</FileName><FilePath>/etc</FilePath>", "/etc/../a.wav"),
    ("<URL>https://files.example/a.wav</URL>", "https://files.example/a.wav"),
)


@pytest.mark.parametrize(("named", "uri"), FILES_38)
def test_38_names_files_by_path_and_name(named: str, uri: str) -> None:
    details = (
        "<TechnicalSoundRecordingDetails><TechnicalResourceDetailsReference>T1"
        "</TechnicalResourceDetailsReference><AudioCodecType Namespace='N' UserDefinedValue='Opus'>"
        "UserDefined</AudioCodecType><IsPreview>true</IsPreview><PreviewDetails><StartPoint>30"
        "</StartPoint><Duration>PT30S</Duration><ExpressionType>Instructive</ExpressionType>"
        f"</PreviewDetails><File>{named}</File></TechnicalSoundRecordingDetails>"
    )
    found = recording(
        wrapped(
            "383",
            "NewReleaseMessage",
            "<ResourceList><SoundRecording><ResourceReference>A1</ResourceReference>"
            "<SoundRecordingDetailsByTerritory><TerritoryCode>DE</TerritoryCode>"
            f"{details}</SoundRecordingDetailsByTerritory></SoundRecording></ResourceList>",
        )
    )
    (file,), (clip,) = found.files, found.clips
    assert (file.uri, file.codec, file.is_clip) == (uri, "Opus", True)
    assert file.territories == ("DE",)
    assert (clip.start, clip.duration) == (timedelta(seconds=30), timedelta(seconds=30))
    assert clip.technical_reference == "T1"


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("MIDI", "Midi"),
        ("SheetMusic", "SheetMusic"),
        ("Software", "Software"),
        ("UserDefinedResource", "UserDefinedResource"),
        ("Text", "Text"),
        ("Video", "Video"),
    ],
)
def test_38_has_other_resources_too(kind: str, own: str) -> None:
    message = wrapped(
        "382",
        "NewReleaseMessage",
        f"<ResourceList><{kind}><{own}Type>X</{own}Type><{own}Id>"
        f'<ProprietaryId Namespace="N">1</ProprietaryId></{own}Id>'
        "<ResourceReference>A1</ResourceReference>"
        f"<{own}DetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode>"
        f"<Technical{own}Details><File><FileName>f</FileName></File></Technical{own}Details>"
        f"</{own}DetailsByTerritory></{kind}></ResourceList>",
    )
    found = recording(message)
    assert (found.kind, found.type) == (kind, "X")
    assert [(each.namespace, each.value) for each in found.identifiers] == [("N", "1")]
    assert [each.uri for each in found.files] == ["f"]


def deal_38(terms: str, after: str = "") -> Message:
    return wrapped(
        "382",
        "NewReleaseMessage",
        "<DealList><ReleaseDeal><DealReleaseReference>R0</DealReleaseReference><Deal><DealTerms>"
        f"{terms}</DealTerms></Deal>{after}</ReleaseDeal></DealList>",
    )


def test_38_deals_have_usages_preorders_and_an_effective_date() -> None:
    (deal,) = deal_38(
        "<IsPreOrderDeal>true</IsPreOrderDeal><CommercialModelType>PayAsYouGoModel"
        "</CommercialModelType><Usage><UseType>PermanentDownload</UseType><UseType>Stream</UseType>"
        "<DistributionChannelType>Internet</DistributionChannelType></Usage>"
        "<ExcludedTerritoryCode>US</ExcludedTerritoryCode><PriceInformation><PriceType "
        'Namespace="N">T9</PriceType><WholesalePricePerUnit CurrencyCode="EUR">0.99'
        "</WholesalePricePerUnit></PriceInformation><ValidityPeriod><StartDateTime>"
        "2026-01-01T00:00:00</StartDateTime></ValidityPeriod><PreOrderReleaseDate>2026-02-01"
        "</PreOrderReleaseDate><PreOrderPreviewDate>2025-12-01</PreOrderPreviewDate>"
        "<InstantGratificationResourceList><DealResourceReference>A1</DealResourceReference>"
        "</InstantGratificationResourceList>",
        "<EffectiveDate>2026-05-05</EffectiveDate>",
    ).deals
    assert deal.use_types == ("PermanentDownload", "Stream")
    assert deal.excluded_territories == ("US",)
    assert deal.is_pre_order
    assert (deal.pre_order_date, deal.pre_order_preview_date) == ("2026-02-01", "2025-12-01")
    assert deal.instant_gratification == ("A1",)
    assert deal.effective_date == "2026-05-05"
    assert [(each.amount, each.currency, each.code) for each in deal.prices] == [
        ("0.99", "EUR", "T9")
    ]
    assert [each.at("DistributionChannelType") for each in deal.more] == ["Internet"]


def test_a_38_release_may_have_several_references() -> None:
    message = wrapped(
        "382",
        "NewReleaseMessage",
        "<ReleaseList><Release><ReleaseReference>R0</ReleaseReference><ReleaseReference>R9"
        "</ReleaseReference></Release></ReleaseList><DealList><ReleaseDeal><DealReleaseReference>"
        "R9</DealReleaseReference><Deal/></ReleaseDeal></DealList>",
    )
    assert main(message).reference == "R0"
    assert message.deals[0].release_references == ("R0",)


@pytest.mark.parametrize("element", ["TakeDown", "AllDealsCancelled"])
def test_38_takes_down(element: str) -> None:
    for said in ("true", "false"):
        (deal,) = deal_38(f"<{element}>{said}</{element}>").deals
        assert deal.is_takedown is (said == "true")
        assert deal.all_deals_cancelled is (said == "true" and element == "AllDealsCancelled")


def test_visibility_knows_the_releases_that_name_it() -> None:
    (found,) = read(base("43")).visibilities
    assert (found.reference, found.kind, found.territories) == ("V1", "Release", ("Worldwide",))
    assert found.release_display_start == "2026-02-27T00:00:00"
    assert found.release_references == ("R0",)


def test_a_mix_tells_its_cue_points(schema_folder: SchemaFolder) -> None:
    assert schema_folder.root is not None
    path = schema_folder.root.parent / "samples" / "ern43" / "8 DjMix.xml"
    if not path.is_file():
        lacking("the official samples are not beside the schemas", "put `samples` beside `xsd`")
    mix = recording(read(path.read_bytes()))
    assert [(each.reference, each.start) for each in mix.cue_points[:2]] == [
        ("A2", timedelta()),
        ("A3", timedelta(seconds=72)),
    ]
    assert mix.cue_points[0].duration == timedelta(minutes=1, seconds=16)
