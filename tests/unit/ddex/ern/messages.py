"""A small valid album in ERN 4.3, to plant faults into. Rule examples are parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ddex.ern.model import Message, Release

US = "PADPIDA2026000001Q"
SENDER = "PADPIDA2013042401U"
OTHER_LABEL = "PADPIDA2009101501Y"  # delivered before, by another sender


def recording(number: int, isrc: str = "", extra: str = "") -> str:
    isrc = isrc or f"GBAYE06{number + 1497:05}"
    return (
        f"<SoundRecording><ResourceReference>A{number}</ResourceReference>"
        "<Type>MusicalWorkSoundRecording</Type>"
        f"<SoundRecordingEdition><ResourceId><ISRC>{isrc}</ISRC></ResourceId>"
        "<PLine><Year>2026</Year><PLineText>(P) 2026 Night Owl Records</PLineText></PLine>"
        f"<TechnicalDetails><TechnicalResourceDetailsReference>T{number}"
        "</TechnicalResourceDetailsReference><DeliveryFile><Type>AudioFile</Type>"
        "<AudioCodecType>FLAC</AudioCodecType><NumberOfChannels>2</NumberOfChannels>"
        '<SamplingRate UnitOfMeasure="kHz">44.1</SamplingRate><BitsPerSample>16</BitsPerSample>'
        f"<File><URI>resources/{number:02}.flac</URI>"
        "<HashSum><Algorithm>MD5</Algorithm>"
        "<HashSumValue>d41d8cd98f00b204e9800998ecf8427e</HashSumValue></HashSum></File>"
        "</DeliveryFile></TechnicalDetails></SoundRecordingEdition>"
        "<DisplayTitleText>Rock &amp; Roll</DisplayTitleText>"
        "<DisplayTitle><TitleText>Rock &amp; Roll</TitleText></DisplayTitle>"
        "<DisplayArtistName>The Lanterns</DisplayArtistName>"
        '<DisplayArtist SequenceNumber="1"><ArtistPartyReference>P1</ArtistPartyReference>'
        "<DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>"
        f"{extra}<Duration>PT2M28S</Duration>"
        "<ParentalWarningType>NotExplicit</ParentalWarningType></SoundRecording>"
    )


RIGHTS = (
    "<ResourceRightsController><RightsControllerPartyReference>P2</RightsControllerPartyReference>"
    "<RightSharePercentage>100</RightSharePercentage></ResourceRightsController>"
)
IMAGE = (
    "<Image><ResourceReference>A3</ResourceReference><Type>FrontCoverImage</Type>"
    f'<ResourceId><ProprietaryId Namespace="{SENDER}">COVER-1</ProprietaryId></ResourceId>'
    "<ParentalWarningType>NotExplicit</ParentalWarningType>"
    "<TechnicalDetails><TechnicalResourceDetailsReference>T3</TechnicalResourceDetailsReference>"
    "<File><URI>resources/cover.jpg</URI></File></TechnicalDetails></Image>"
)
GROUP = (
    "<ResourceGroup><ResourceGroupContentItem><SequenceNumber>1</SequenceNumber>"
    "<ReleaseResourceReference>A1</ReleaseResourceReference></ResourceGroupContentItem>"
    "<ResourceGroupContentItem><SequenceNumber>2</SequenceNumber>"
    "<ReleaseResourceReference>A2</ReleaseResourceReference></ResourceGroupContentItem>"
    "<LinkedReleaseResourceReference>A3</LinkedReleaseResourceReference></ResourceGroup>"
)
RELEASE = (
    "<Release><ReleaseReference>R0</ReleaseReference><ReleaseType>Album</ReleaseType>"
    "<ReleaseId><ICPN>4006381333931</ICPN></ReleaseId>"
    "<DisplayTitleText>Ferry Lights</DisplayTitleText>"
    '<DisplayTitle IsDefault="true"><TitleText>Ferry Lights</TitleText>'
    "<SubTitle>Deluxe</SubTitle></DisplayTitle>"
    "<DisplayArtistName>The Lanterns</DisplayArtistName>"
    '<DisplayArtist SequenceNumber="1"><ArtistPartyReference>P1</ArtistPartyReference>'
    "<DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>"
    "<ReleaseLabelReference>P2</ReleaseLabelReference>"
    "<Genre><GenreText>Pop</GenreText><SubGenre>Dream Pop</SubGenre></Genre>"
    "<ReleaseDate>2026-03-01</ReleaseDate>"
    "<ParentalWarningType>NotExplicit</ParentalWarningType>"
    f"{GROUP}</Release>"
)


def track(number: int) -> str:
    return (
        f"<TrackRelease><ReleaseReference>R{number}</ReleaseReference>"
        f'<ReleaseId><ProprietaryId Namespace="{SENDER}">T-{number}</ProprietaryId></ReleaseId>'
        f"<ReleaseResourceReference>A{number}</ReleaseResourceReference>"
        "<ReleaseLabelReference>P2</ReleaseLabelReference>"
        "<Genre><GenreText>Pop</GenreText></Genre></TrackRelease>"
    )


DEALS = (
    "<DealList><ReleaseDeal><DealReleaseReference>R0</DealReleaseReference><Deal><DealTerms>"
    "<TerritoryCode>Worldwide</TerritoryCode>"
    "<ValidityPeriod><StartDate>2026-01-01</StartDate></ValidityPeriod>"
    "<CommercialModelType>SubscriptionModel</CommercialModelType>"
    "<UseType>OnDemandStream</UseType>"
    "</DealTerms></Deal></ReleaseDeal></DealList>"
)
HEADER = (
    "<MessageHeader><MessageThreadId>T1</MessageThreadId><MessageId>M1</MessageId>"
    f"<MessageSender><PartyId>{SENDER}</PartyId>"
    "<PartyName><FullName>Night Owl Distribution</FullName></PartyName></MessageSender>"
    f"<MessageRecipient><PartyId>{US}</PartyId></MessageRecipient>"
    "<MessageCreatedDateTime>2026-02-01T10:00:00+01:00</MessageCreatedDateTime>"
    "<MessageControlType>LiveMessage</MessageControlType></MessageHeader>"
)
PARTIES = (
    "<PartyList><Party><PartyReference>P1</PartyReference>"
    "<PartyName><FullName>The Lanterns</FullName></PartyName></Party>"
    "<Party><PartyReference>P2</PartyReference>"
    "<PartyName><FullName>Night Owl Records</FullName></PartyName></Party></PartyList>"
)
ROOT = (
    '<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43"'
    ' ReleaseProfileVersionId="Audio" AvsVersionId="3" LanguageAndScriptCode="en">'
)
ALBUM = "\n".join(
    (
        '<?xml version="1.0" encoding="UTF-8"?>',
        ROOT,
        HEADER,
        PARTIES,
        "<ResourceList>",
        recording(1, extra=RIGHTS),
        recording(2),
        IMAGE,
        "</ResourceList>",
        "<ReleaseList>",
        RELEASE,
        track(1),
        track(2),
        "</ReleaseList>",
        DEALS,
        "</ern:NewReleaseMessage>",
        "",
    )
)


def planted(right: str, wrong: str) -> bytes:
    """The album with every occurrence of a part replaced."""
    assert right in ALBUM, right
    return ALBUM.replace(right, wrong).encode()


class Remembered:
    """A history with two known messages; the release is known when `live`."""

    def __init__(self, *, live: bool = False) -> None:
        self.live = live

    def message_digest(self, message_id: str) -> str | None:
        return {"USED-WITH-OTHER-BYTES": "other", "USED-WITH-THESE-BYTES": "these"}.get(message_id)

    def is_live(self, release: Release) -> bool:
        return self.live and release.is_main

    def applied_stamp(self, release: Release) -> str | None:  # noqa: ARG002 - of the protocol
        return None

    def other_sender(self, message: Message) -> str | None:
        known = message.header.on_behalf_of_dpid == OTHER_LABEL
        return "PADPIDA2014120301L" if known else None


def many_tracks(count: int) -> bytes:
    """An album with this many tracks, otherwise like the small one."""
    items = "".join(
        f"<ResourceGroupContentItem><SequenceNumber>{n}</SequenceNumber>"
        f"<ReleaseResourceReference>A{n}</ReleaseResourceReference></ResourceGroupContentItem>"
        for n in range(1, count + 1)
    )
    cover = f"A{count + 1}"
    release = RELEASE.replace(
        GROUP,
        f"<ResourceGroup>{items}<LinkedReleaseResourceReference>{cover}"
        "</LinkedReleaseResourceReference></ResourceGroup>",
    )
    image = IMAGE.replace(">A3<", f">{cover}<").replace(">T3<", f">T{count + 1}<")
    resources = "\n".join(recording(n) for n in range(1, count + 1)) + image
    tracks = "\n".join(track(n) for n in range(1, count + 1))
    head, _, _ = ALBUM.partition("<ResourceList>")
    return (
        f"{head}<ResourceList>{resources}</ResourceList>"
        f"<ReleaseList>{release}{tracks}</ReleaseList>{DEALS}</ern:NewReleaseMessage>"
    ).encode()
