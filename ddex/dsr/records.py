"""The records of DSR flat files as tables: one row per record, one row per profile version.

A record is a line of cell definitions `Name:type!*`: `!` mandatory, `*` several values joined by
pipes, no type means text. The first cell, RecordType, is in every record and left out here.
Source: DDEX Digital Sales Reporting, Parts 1, 3, 8 and 9 and their DSRF schemas.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

_HEAD = (
    "MessageVersion:version! Profile! ProfileVersion! MessageId! MessageCreatedDateTime:instant!"
    " FileNumber:{number}! NumberOfFiles:{number}! UsageStartDate:date! UsageEndDate:date!"
    " SenderPartyId:dpid! SenderName! ServiceDescription RecipientPartyId:dpid RecipientName"
    " RepresentedRepertoire*"
)
_SUMMARY = (
    "SummaryRecordId! DistributionChannel DistributionChannelDPID:dpid CommercialModel:model!"
    " UseType:use! Territory:territory! "
)
_WORK = (
    " ComposerAuthor* ComposerAuthorPartyId:id* Arranger* ArrangerPartyId:id* MusicPublisher*"
    " MusicPublisherPartyId:id* WorkContributor* WorkContributorPartyId:id* "
)
_RESOURCE = (
    "BlockId! ResourceReference! DspResourceId! ISRC:isrc* Title! SubTitle DisplayArtistName!"
    " DisplayArtistPartyId:id Duration:duration ResourceType! "
)
_USAGE = (
    "BlockId! SummaryRecordId! SalesTransactionId! TransactedRelease TransactedResource"
    " IsRoyaltyBearing:boolean"
)
_SINGLE = (
    "SummaryRecordId! DspResourceId! ISRC:isrc ResourceTitle! ResourceSubTitle"
    " ResourceDisplayArtistName! ResourceDisplayArtistPartyId:id Duration:duration ResourceType!"
    " ProprietaryWorkId:id ISWC:iswc"
    + _WORK
    + "DspReleaseId ProprietaryReleaseId:id* ReleaseCatalogNumber ICPN:icpn"
    " ReleaseDisplayArtistName! ReleaseDisplayArtistPartyId:id ReleaseTitle! ReleaseSubTitle"
    " ReleaseType ReleaseLabel PLine ReleaseDataProvider "
)

_EARLY = (
    "BlockId! ResourceReference! DspResourceId! ISRC:isrc Title! SubTitle DisplayArtistName!"
    " DisplayArtistPartyId:id Duration:duration! ResourceType!"
)
_SHARED = (
    "ServiceDescription! Usages:integer! Users:integer Currency:currency! NetRevenue:decimal!"
    " RightsController RightsControllerPartyId:id AllocatedUsages:decimal* "
)


def _money(name: str, flags: str) -> str:
    """The two cells of an amount: in the currency of transaction, and of accounting."""
    first, second = flags.split("/") if "/" in flags else (flags, flags)
    own = f"{name}InCurrencyOf"
    return f" {own}Transaction:decimal{first} {own}Accounting:decimal{second}"


_CELLS = {
    "HEAD": _HEAD.format(number="integer"),
    "HEAD/SRB": _HEAD.format(number="one"),
    "FOOT": "NumberOfLinesInFile:integer! NumberOfLinesInReport:integer"
    " NumberOfSummaryRecords:integer! NumberOfBlocksInFile:integer!"
    " NumberOfBlocksInReport:integer",
    "SRFO": "NumberOfLinesInReport:integer! NumberOfSummaryRecords:integer!",
    "SY01.01": _SUMMARY + "ServiceDescription Usages:integer! Subscribers:decimal"
    " CurrencyOfReporting:currency! NetRevenue:decimal! IndirectNetRevenue:decimal"
    " CurrencyOfTransaction:currency ExchangeRate:decimal",
    "SY02.02": _SUMMARY + "ServiceDescription! Usages:integer! Users:integer"
    " CurrencyOfReporting:currency! NetRevenue:decimal! RightsController"
    " RightsControllerPartyId:id AllocatedUsages:decimal* AllocatedRevenue:decimal*"
    " AllocatedNetRevenue:decimal RightsType ContentCategory! CurrencyOfTransaction:currency"
    " ExchangeRate:decimal RightsTypePercentage:decimal",
    "SY04.01": _SUMMARY + "ServiceDescription! SubscriberType! Subscribers:decimal!"
    " SubPeriodStartDate:date SubPeriodEndDate:date UsagesInSubPeriod:integer"
    " UsagesInReportingPeriod:integer CurrencyOfReporting:currency!"
    " CurrencyOfTransaction:currency ExchangeRate:decimal ConsumerPaidUnitPrice:decimal!"
    " NetRevenue:decimal! MusicUsagePercentage:decimal!",
    "SY05.02": _SUMMARY + "ServiceDescription RightsController RightsControllerPartyId:id"
    " RightsType! TotalUsages:integer AllocatedUsages:decimal* MusicUsageRatio:decimal"
    " AllocatedNetRevenue:decimal* AllocatedRevenue:decimal RightsControllerMarketShare:decimal"
    " CurrencyOfReporting:currency CurrencyOfTransaction:currency ExchangeRate:decimal"
    " SubscriberType SubPeriodStartDate:date SubPeriodEndDate:date ContentCategory!"
    " RightsTypePercentage:decimal",
    "SY06.02": _SUMMARY + "ServiceDescription! Usages:integer! Subscribers:decimal"
    " CurrencyOfReporting:currency! NumberOfReleases:integer NetRevenue:decimal"
    " IndirectNetRevenue:decimal PreviewAvailable:boolean CurrencyOfTransaction:currency"
    " ExchangeRate:decimal ViewingHours:decimal",
    "RE01": "BlockId! ReleaseReference! DspReleaseId! ProprietaryReleaseId:id* CatalogNumber"
    " ICPN:icpn DisplayArtistName! DisplayArtistPartyId:id Title! SubTitle ReleaseType Label PLine"
    " DataProvider",
    "RE02": "BlockId! ReleaseReference! DspSubReleaseId! ProprietarySubReleaseId:id*"
    " UsedResources!*",
    "AS01.01": _RESOURCE + "IsMasterRecording:boolean",
    "AS02.02": _RESOURCE + "ISWC:iswc" + _WORK + "ProprietaryWorkId:id IsMasterRecording:boolean",
    "MW01.01": "BlockId! DspWorkId! ISWC:iswc Title! SubTitle" + _WORK + "DataProvider"
    " ProprietaryWorkId:id",
    "SU01": _USAGE + "! SalesUpgrade:boolean! Usages:integer! Returns:integer!"
    " PriceConsumerPaidExcSalesTax:decimal PromotionalActivity",
    "SU02": _USAGE + " NumberOfStreams:integer! PriceConsumerPaidExcSalesTax:decimal"
    " PromotionalActivity",
    "SR01": _SINGLE + "NumberOfTransactedResources:integer! SalesTransactionId!"
    " IsRoyaltyBearing:boolean! SalesUpgrade:boolean! Downloads:integer! Returns:integer!"
    " PriceConsumerPaidExcSalesTax:decimal"
    " CalculatedPriceConsumerPaidForResourceExcSalesTax:decimal PromotionalActivity",
    "SR02": _SINGLE + "SalesTransactionId! IsRoyaltyBearing:boolean! NumberOfStreams:decimal!"
    " PromotionalActivity",
    "SY10": "SummaryRecordId! DistributionChannelName DistributionChannelDPID:dpid"
    " CommercialModel:model! UseType:use! ReportingPeriodStartDate:date!"
    " ReportingPeriodEndDate:date! SubscriberType Subscribers:decimal ActiveSubscribers:decimal"
    " PromotionalActivity Territory:territory! ServiceDescription OfferType Quality"
    " Usages:decimal! AllocatedUsages:decimal! Returns:decimal! MusicUsageRatio:decimal!"
    " CurrencyOfTransaction:currency! CurrencyOfAccounting:currency! ExchangeRate:decimal!"
    " ExchangeRateSource DateOfCurrencyExchange:datetime"
    + _money("GrossRevenue", "")
    + " CalculationType* CalculationValue:decimal* DeductionType*"
    + _money("Deductions", "!*")
    + _money("NetRevenue", "!")
    + _money("AllocatedRevenue", "!")
    + _money("AllocatedNetRevenue", "!")
    + " RightsControllerMarketShare:decimal"
    + _money("SubscriptionFee", "/!")
    + " UsageIndependentFeeType*"
    + _money("UsageIndependentFee", "*")
    + _money("FinalTotalAmount", "!"),
    "SR08": "SalesTransactionId! ReleaseGRid ReleaseICPN DspReleaseId! LabelReleaseId"
    " ProprietaryReleaseId:id* ReleaseContextReleaseGRid ReleaseType ReleaseTitle ReleaseSubTitle"
    " ReleaseDisplayArtistName ReleaseDisplayArtistPartyId:id ResourceISRC:isrc ResourceISAN:isan"
    " DspResourceId LabelResourceId ProprietaryResourceId:id* ResourceContextReleaseGRid"
    " ResourceType ResourceTitle ResourceSubTitle ResourceDisplayArtistName"
    " ResourceDisplayArtistPartyId:id SummaryRecordId! SalesTransactionDate:date!"
    " TotalUsages:decimal! Returns:integer! NetUsage:decimal!"
    + _money("WholesalePrice", "")
    + _money("SuggestedConsumerPrice", "")
    + " PriceType PriceRangeType"
    + _money("PriceConsumerPaidExcSalesTax", "")
    + " DeductionType*"
    + _money("Deductions", "*")
    + " RightSharePercentage:decimal!"
    + _money("CalculatedUnitPrice", "!")
    + _money("AllocatedRevenue", "!")
    + _money("AllocatedNetRevenue", "!")
    + " CopyrightObligationWithDSP:boolean!",
    "DE01": "DealSpecificCell!*",
    "FOOT/1.0": "NumberOfLinesInFile:integer! NumberOfLinesInReport:integer"
    " NumberOfSummaryRecords:integer! NumberOfBlocksInFile:integer!"
    " NumberOfBlocksInRecord:integer",
    "SY01": _SUMMARY + "ServiceDescription Usages:integer! Subscribers:decimal"
    " Currency:currency! NetRevenue:decimal! IndirectNetRevenue:decimal",
    "SY02": _SUMMARY + _SHARED + "AmountPayable:decimal* AllocatedNetRevenue:decimal",
    "SY02.01": _SUMMARY + _SHARED + "AllocatedRevenue:decimal* AllocatedNetRevenue:decimal"
    " RightsType",
    "SY03": _SUMMARY + "ServiceDescription! Usages:integer! Subscribers:decimal!"
    " Currency:currency! NetRevenue:decimal! RightsController RightsControllerPartyId:id"
    " AllocatedUsages:decimal* AllocatedRevenue:decimal* AllocatedNetRevenue:decimal"
    " RightsControllerMarketShare:decimal ConsumerPaidUnitPrice:decimal!"
    " FreeOrTrialSubscribers:decimal! ExchangeRateBaseCurrency:currency ExchangeRate:decimal",
    "SY04": _SUMMARY + "ServiceDescription! SubscriberType! Subscribers:decimal!"
    " SubPeriodStartDate:date SubPeriodEndDate:date UsagesInSubPeriod:integer"
    " UsagesInReportingPeriod:integer Currency:currency! ExchangeRateBaseCurrency:currency"
    " ExchangeRate:decimal ConsumerPaidUnitPrice:decimal! NetRevenue:decimal!",
    "SY05": _SUMMARY + "ServiceDescription RightsController RightsControllerPartyId:id"
    " RightsType! TotalUsages:integer AllocatedUsages:decimal* MusicUsageRatio:decimal"
    " AllocatedRevenue:decimal* AllocatedNetRevenue:decimal RightsControllerMarketShare:decimal",
    "AS01": _EARLY,
    "AS02": _EARLY + " ISWC:iswc" + _WORK.rstrip(),
    "AS02.01": _EARLY + " ISWC:iswc" + _WORK + "ProprietaryWorkId:id",
    "MW01": "BlockId! DspWorkId! ISWC:iswc Title! SubTitle" + _WORK + "DataProvider",
}


@dataclass(frozen=True, slots=True)
class Test:
    """What a schema allows: one of `values`, or else one of the patterns, `builtin` types too."""

    values: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def __call__(self, value: str) -> bool:
        """Whether it allows this value."""
        return value in self.values or any(p.fullmatch(value) for p in self.patterns)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its name, its type, whether it must be filled, whether it may hold several.

    `test` is DDEX's own word on a value, when its schema was read.
    """

    name: str
    type: str
    mandatory: bool
    multiple: bool
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A record type: what its first cell says, and all its cells, RecordType first.

    `open_ended`: the last cell may repeat as further cells (DE01).
    """

    type: str
    cells: tuple[Cell, ...]
    open_ended: bool = False

    def index(self, name: str) -> int:
        """The position of a cell in the line, 0-based; -1 when the record has no such cell."""
        return next((i for i, cell in enumerate(self.cells) if cell.name == name), -1)


def _cell(text: str) -> Cell:
    bare = text.rstrip("!*")
    name, _, kind = bare.partition(":")
    flags = text[len(bare) :]
    return Cell(name, kind or "text", "!" in flags, "*" in flags)


def _record(key: str, text: str) -> Record:
    first = Cell("RecordType", "text", mandatory=True, multiple=False)
    return Record(key.partition("/")[0], (first, *map(_cell, text.split())), key == "DE01")


RECORDS = MappingProxyType({key: _record(key, text) for key, text in _CELLS.items()})
"""All records by key; a key is the record type, `/SRB` for the variant of single-record files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One version of a profile.

    Attributes:
        name, version: as in HEAD.
        schema: name of the schema resource, empty when there is none.
        root, block: element names of the schema.
        head, foot: keys of the first record, and of the last.
        summaries: keys of summary records.
        rows: keys of all other records, in the order of a block.
        tested: False for versions whose tables rest on a text alone.
    """

    name: str
    version: str
    schema: str
    root: str
    head: str
    foot: str
    summaries: tuple[str, ...]
    rows: tuple[str, ...]
    block: str = ""
    tested: bool = True

    @property
    def single_record(self) -> bool:
        """Whether each usage is one self-contained record (SRB), always in one file."""
        return self.foot == "SRFO"

    @property
    def last(self) -> str:
        """What the first cell of its last record says."""
        return RECORDS[self.foot].type

    @property
    def usage(self) -> str:
        """What the first cell of its commonest record of usage says."""
        return next(row for row in ("SR08", "SR02", "SU02") if row in self.rows)

    @property
    def records(self) -> dict[str, Record]:
        """Its records by what the first cell says."""
        keys = (self.head, *self.summaries, *self.rows, self.foot)
        return {RECORDS[key].type: RECORDS[key] for key in keys}


_FINANCIAL_SCHEMA = (
    "dsrf/FinancialReportingToRecordCompaniesProfileSRB/1.0/"
    "FinancialReportingToRecordCompaniesProfileSRB.xsd"
)
_BASIC_SCHEMA = "dsrf/BasicAudioProfile/{}/BasicAudioProfile.xsd"
_BASIC_SUMMARIES = ("SY01.01", "SY02.02", "SY04.01", "SY05.02")


def _financial(name: str, version: str, *, tested: bool) -> Profile:
    return Profile(
        name=name,
        version=version,
        schema=_FINANCIAL_SCHEMA,
        root="FinancialReportingToRecordCompaniesProfileSRB",
        head="HEAD/SRB",
        foot="SRFO",
        summaries=("SY10",),
        rows=("SR08", "DE01"),
        tested=tested,
    )


def _basic(
    version: str, summaries: tuple[str, ...], resources: tuple[str, ...], *, foot: str = "FOOT"
) -> Profile:
    return Profile(
        name="BasicAudioProfile",
        version=version,
        schema=_BASIC_SCHEMA.format(version),
        root="BasicAudioProfile",
        block="BasicAudioProfileBlock",
        head="HEAD",
        foot=foot,
        summaries=summaries,
        rows=("RE01", *resources, "RE02", "SU01", "SU02"),
    )


PROFILES: tuple[Profile, ...] = (
    _financial("FinancialReportingToRecordCompaniesProfileSRB", "1.0", tested=True),
    # the spelling and version of the newer text; its cells are taken to be those of 1.0
    _financial("FinancialReportingToRecordCompaniesSRB", "1.1", tested=False),
    _basic("1.0", ("SY01", "SY02", "SY03"), ("AS01", "MW01", "AS02"), foot="FOOT/1.0"),
    _basic(
        "1.1", ("SY01", "SY02.01", "SY04", "SY05"), ("AS01", "MW01.01", "AS02.01"), foot="FOOT/1.0"
    ),
    _basic("1.2", _BASIC_SUMMARIES, ("AS01.01", "MW01.01", "AS02.02")),
    Profile(
        name="BasicAudioProfileSRB",
        version="1.2",
        schema=_BASIC_SCHEMA.format("1.2"),
        root="BasicAudioProfileSRB",
        head="HEAD/SRB",
        foot="SRFO",
        summaries=(*_BASIC_SUMMARIES, "SY06.02"),
        rows=("SR01", "SR02"),
    ),
)
FINANCIAL = PROFILES[0]


def find_profile(name: str, version: str) -> Profile | None:
    """The profile version that HEAD names, None when this table has no row for it."""
    return next((p for p in PROFILES if (p.name, p.version) == (name, version)), None)


def versions_of(name: str) -> tuple[str, ...]:
    """The versions of a profile that the table knows; empty for an unknown profile."""
    return tuple(profile.version for profile in PROFILES if profile.name == name)
