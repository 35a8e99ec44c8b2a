"""A big ERN 4.3 message, made and not found: an album with titles, names and deals per territory.

Its figures: for each track 12 titles and artist names for territories of their own, eight
contributors, a hash, a work; for each release 20 deals of ten territories each.
About 26 kB a track.
"""

from __future__ import annotations

from lxml import etree

SENDER = "PADPIDA2013042401U"
_WORDS = (
    "AD AE AF AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ "
    "CA CD CF CG CH CI CL CM CN CO CR CV CY CZ DE DJ DK DM DO DZ EC EE EG ES ET FI FJ FM FR GA GB "
    "GD GE GH GM GN GQ GR GT GW GY HK HN HR HT HU ID IE IL IN IQ IS IT JM JO JP KE KG KH KI KM KN "
    "KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MO MR MS MT MU MV "
    "MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU RW SA SB SC "
    "SE SG SI SK SL SM SN SO SR ST SV SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ "
    "VC VE VG VN VU WS YE ZA ZM ZW"
)
_CODES = _WORDS.split()
_ROLES = ("Composer", "Lyricist", "StudioProducer", "Mixer", "AssociatedPerformer", "Arranger")
_ARTIST = (
    '<DisplayArtist SequenceNumber="1"><ArtistPartyReference>P1</ArtistPartyReference>'
    "<DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>"
)


def message(tracks: int) -> bytes:
    """A valid NewReleaseMessage of an album with this many tracks, indented as people send it."""
    root = etree.fromstring(_text(tracks))
    etree.indent(root, space="   ")
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data


def _text(tracks: int) -> str:
    numbers = range(1, tracks + 1)
    return (
        '<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43"'
        ' ReleaseProfileVersionId="Audio" AvsVersionId="3" LanguageAndScriptCode="en">'
        f"{_header()}<PartyList>{''.join(map(_party, range(1, 43)))}</PartyList>"
        f"<ResourceList>{''.join(map(_recording, numbers))}{_image(tracks + 1)}</ResourceList>"
        f"<ReleaseList>{_album(tracks)}{''.join(map(_track, numbers))}</ReleaseList>"
        f"<DealList>{''.join(map(_deals, range(tracks + 1)))}</DealList></ern:NewReleaseMessage>"
    )


def _header() -> str:
    return (
        "<MessageHeader><MessageThreadId>T1</MessageThreadId><MessageId>M1</MessageId>"
        f"<MessageSender><PartyId>{SENDER}</PartyId><PartyName><FullName>Night Owl Distribution"
        "</FullName></PartyName></MessageSender><MessageRecipient><PartyId>PADPIDA2026000001Q"
        "</PartyId></MessageRecipient><MessageCreatedDateTime>2026-02-01T10:00:00+01:00"
        "</MessageCreatedDateTime><MessageControlType>LiveMessage</MessageControlType>"
        "</MessageHeader>"
    )


def _party(n: int) -> str:
    return (
        f"<Party><PartyReference>P{n}</PartyReference>"
        f"<PartyName><FullName>Person {n}</FullName></PartyName></Party>"
    )


def _recording(n: int) -> str:
    codes = _CODES[n % 50 : n % 50 + 12]
    titles = "".join(
        f'<DisplayTitle ApplicableTerritoryCode="{code}" LanguageAndScriptCode="en"{first}>'
        f"<TitleText>Song {n}</TitleText><SubTitle>as sung in {code}</SubTitle></DisplayTitle>"
        for code, first in zip(codes, (' IsDefault="true"', *[""] * 11), strict=True)
    )
    names = "".join(
        f'<DisplayArtistName ApplicableTerritoryCode="{code}" LanguageAndScriptCode="en"{first}>'
        "The Lanterns</DisplayArtistName>"
        for code, first in zip(codes, (' IsDefault="true"', *[""] * 11), strict=True)
    )
    people = "".join(
        f'<Contributor SequenceNumber="{i + 1}"><ContributorPartyReference>P{2 + (n * 7 + i) % 41}'
        f"</ContributorPartyReference><Role>{_ROLES[i % 6]}</Role></Contributor>"
        for i in range(8)
    )
    return (
        f"<SoundRecording><ResourceReference>A{n}</ResourceReference>"
        "<Type>MusicalWorkSoundRecording</Type><SoundRecordingEdition>"
        f"<ResourceId><ISRC>GBAYE26{n:05}</ISRC></ResourceId><PLine><Year>2026</Year>"
        "<PLineText>(P) 2026 Night Owl Records</PLineText></PLine><TechnicalDetails>"
        f"<TechnicalResourceDetailsReference>T{n}</TechnicalResourceDetailsReference>"
        "<DeliveryFile><Type>AudioFile</Type><AudioCodecType>FLAC</AudioCodecType>"
        '<NumberOfChannels>2</NumberOfChannels><SamplingRate UnitOfMeasure="kHz">44.1'
        "</SamplingRate><BitsPerSample>16</BitsPerSample>"
        f"<File><URI>resources/{n:05}.flac</URI><HashSum><Algorithm>MD5</Algorithm>"
        f"<HashSumValue>{n:032x}</HashSumValue></HashSum></File></DeliveryFile>"
        f"</TechnicalDetails></SoundRecordingEdition><WorkId><ISWC>{_iswc(n)}</ISWC></WorkId>"
        f'<DisplayTitleText ApplicableTerritoryCode="Worldwide" IsDefault="true">Song {n}'
        f"</DisplayTitleText>{titles}{names}{_ARTIST}{people}<Duration>PT2M28S</Duration>"
        "<ParentalWarningType>NotExplicit</ParentalWarningType></SoundRecording>"
    )


def _iswc(n: int) -> str:
    digits = f"{n:09}"
    total = 1 + sum(place * int(digit) for place, digit in enumerate(digits, 1))
    return f"T{digits}{-total % 10}"


def _image(n: int) -> str:
    return (
        f"<Image><ResourceReference>A{n}</ResourceReference><Type>FrontCoverImage</Type>"
        f'<ResourceId><ProprietaryId Namespace="{SENDER}">COVER</ProprietaryId></ResourceId>'
        "<ParentalWarningType>NotExplicit</ParentalWarningType><TechnicalDetails>"
        f"<TechnicalResourceDetailsReference>T{n}</TechnicalResourceDetailsReference>"
        "<File><URI>resources/cover.jpg</URI></File></TechnicalDetails></Image>"
    )


def _album(tracks: int) -> str:
    items = "".join(
        f"<ResourceGroupContentItem><SequenceNumber>{n}</SequenceNumber>"
        f"<ReleaseResourceReference>A{n}</ReleaseResourceReference></ResourceGroupContentItem>"
        for n in range(1, tracks + 1)
    )
    return (
        "<Release><ReleaseReference>R0</ReleaseReference><ReleaseType>Album</ReleaseType>"
        "<ReleaseId><ICPN>4006381333931</ICPN></ReleaseId>"
        "<DisplayTitleText>Ferry Lights</DisplayTitleText>"
        '<DisplayTitle IsDefault="true"><TitleText>Ferry Lights</TitleText></DisplayTitle>'
        f"<DisplayArtistName>The Lanterns</DisplayArtistName>{_ARTIST}"
        "<ReleaseLabelReference>P2</ReleaseLabelReference>"
        "<PLine><Year>2026</Year><PLineText>(P) 2026 Night Owl Records</PLineText></PLine>"
        "<CLine><Year>2026</Year><CLineText>(C) 2026 Night Owl Records</CLineText></CLine>"
        "<Genre><GenreText>Pop</GenreText></Genre><ReleaseDate>2026-01-01</ReleaseDate>"
        "<ParentalWarningType>NotExplicit</ParentalWarningType><ResourceGroup>"
        f"{items}<LinkedReleaseResourceReference>A{tracks + 1}</LinkedReleaseResourceReference>"
        "</ResourceGroup></Release>"
    )


def _track(n: int) -> str:
    return (
        f"<TrackRelease><ReleaseReference>R{n}</ReleaseReference><ReleaseId>"
        f'<ProprietaryId Namespace="{SENDER}">T-{n}</ProprietaryId></ReleaseId>'
        f"<ReleaseResourceReference>A{n}</ReleaseResourceReference>"
        "<ReleaseLabelReference>P2</ReleaseLabelReference>"
        "<Genre><GenreText>Pop</GenreText></Genre></TrackRelease>"
    )


def _deals(n: int) -> str:
    deals = "".join(
        "<Deal><DealTerms>"
        + "".join(f"<TerritoryCode>{code}</TerritoryCode>" for code in _CODES[start : start + 10])
        + f"<ValidityPeriod><StartDate>2026-01-{1 + start // 10 % 28:02}</StartDate>"
        "</ValidityPeriod><CommercialModelType>SubscriptionModel</CommercialModelType>"
        "<CommercialModelType>AdvertisementSupportedModel</CommercialModelType>"
        "<UseType>OnDemandStream</UseType><UseType>NonInteractiveStream</UseType>"
        "</DealTerms></Deal>"
        for start in range(0, len(_CODES), 10)
    )
    return f"<ReleaseDeal><DealReleaseReference>R{n}</DealReleaseReference>{deals}</ReleaseDeal>"
