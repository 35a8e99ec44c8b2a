"""How each profile says it: SQL for the lines of rows, cells for the lines of summaries.

A profile is a row of `SHAPES`; cells that it does not name stay empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ddex.dsr.records import RECORDS
from server.royalties.currencies import DECIMALS
from server.royalties.money import round_paid
from server.usage.duck import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from server.reporting.envelope import Envelope
    from server.reporting.rows import Exchange

    Cells = Mapping[str, Any]

_MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A summary record's figures: the whole service's, and what stands in the rows.

    `number` is its SummaryRecordId; `subscribers` maps type -> number, of the whole service.
    """

    number: int
    territory: str
    tier: str
    model: str
    use: str
    currency: str
    usages: int
    revenue: Decimal
    net_revenue: Decimal
    own_usages: int
    returns: int
    t_revenue: Decimal
    a_revenue: Decimal
    t_net: Decimal
    a_net: Decimal
    t_payment: Decimal
    a_payment: Decimal
    first: Any
    last: Any
    exchange: Exchange
    subscribers: Mapping[str, int]
    whole: bool

    @property
    def share(self) -> Decimal:
        """The recipient's part of the plays, a percentage."""
        if not self.usages:
            return Decimal(0)
        return (Decimal(100 * self.own_usages) / self.usages).quantize(Decimal("0.000001"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a profile version is written.

    Attributes:
        records: SQL of one item's lines, in order: (record key, cell -> SQL). One item is a row of
            usage; of block profiles a block.
        summaries: of a total the records and their cells, the one that rows point to first.
        block: whether rows are grouped into blocks, so that a report may have several parts.
    """

    records: tuple[tuple[str, Cells], ...]
    summaries: Callable[[Total, Envelope], list[tuple[str, Cells]]]
    block: bool = False


def line_sql(key: str, cells: Cells) -> str:
    """One record as an SQL expression of its line, without the line end."""
    record = RECORDS[key]
    pieces: list[str] = []
    constant = record.type
    for cell in record.cells[1:]:
        constant += "\t"
        value = cells.get(cell.name)
        if value is not None:
            pieces += [text(constant), value]
            constant = ""
    return " || ".join([*pieces, text(constant)] if constant else pieces)


def _both(name: str, transaction: object, accounting: object) -> dict[str, Any]:
    return {
        f"{name}InCurrencyOfTransaction": transaction,
        f"{name}InCurrencyOfAccounting": accounting,
    }


def _number(expression: str) -> str:
    """A decimal without superfluous zeros."""
    return f"rtrim(rtrim(({expression})::VARCHAR, '0'), '.')"


def _price(amount: str) -> str:
    """Of one play; for information only."""
    return _number(f"round({amount}::DOUBLE / usages, 10)::DECIMAL(28,10)")


_PLAYS = "greatest(usages, 0)::VARCHAR"
_RETURNS = "greatest(-usages, 0)::VARCHAR"
_SR08: Cells = {
    "SalesTransactionId": "place::VARCHAR",
    "ReleaseGRid": "coalesce(grid, '')",
    "ReleaseICPN": "coalesce(icpn, '')",
    "DspReleaseId": "release_id",
    "ProprietaryReleaseId": "coalesce(own_ids, '')",
    "ReleaseType": "coalesce(release_type, '')",
    "ReleaseTitle": "coalesce(release_title, '')",
    "ReleaseDisplayArtistName": "coalesce(release_artist, '')",
    "ResourceISRC": "coalesce(code, '')",
    "DspResourceId": "recording_id",
    "ProprietaryResourceId": "coalesce(own_id, '')",
    "ResourceType": "'SoundRecording'",
    "ResourceTitle": "coalesce(title, '')",
    "ResourceDisplayArtistName": "coalesce(artist, '')",
    "SummaryRecordId": "summary::VARCHAR",
    "SalesTransactionDate": "day::VARCHAR",
    "TotalUsages": _PLAYS,
    "Returns": _RETURNS,
    "NetUsage": "usages::VARCHAR",
    "RightSharePercentage": "'100'",
    **_both("CalculatedUnitPrice", "t_price", "a_price"),
    **_both("AllocatedRevenue", "t_revenue_text", "a_revenue_text"),
    **_both("AllocatedNetRevenue", "t_net_text", "a_net_text"),
    "CopyrightObligationWithDSP": "'true'",
}
PREPARED = f"""
    rr.*, grid, icpn, own_ids, release_type, release_title, release_artist, label, p_line,
    coalesce(rn.isrc, CASE WHEN regexp_full_match(rr.isrc, '[A-Z]{{2}}[A-Z0-9]{{3}}[0-9]{{7}}')
        THEN rr.isrc ELSE '' END) AS code, own_id, title, artist, duration, iswc, authors,
    {_number("t_revenue")} AS t_revenue_text, {_number("t_net_revenue")} AS t_net_text,
    CASE WHEN a_revenue = t_revenue THEN t_revenue_text ELSE {_number("a_revenue")} END
        AS a_revenue_text,
    CASE WHEN a_net_revenue = t_net_revenue THEN t_net_text ELSE {_number("a_net_revenue")} END
        AS a_net_text,
    CASE WHEN usages = 0 THEN '0' ELSE {_price("t_payment")} END AS t_price,
    CASE WHEN usages = 0 THEN '0' WHEN a_payment = t_payment THEN t_price
        ELSE {_price("a_payment")} END AS a_price
"""
"""What the expressions of cells are made of: `rr` are rows, `rn` and `re` names."""


def _sy10(total: Total, envelope: Envelope) -> list[tuple[str, Cells]]:
    exchange = total.exchange
    rate = exchange.rate
    count = sum(total.subscribers.values())
    places = DECIMALS.get(total.currency, 2)
    accounted = DECIMALS.get(exchange.currency, 2)
    cells = {
        "SummaryRecordId": str(total.number),
        "CommercialModel": total.model,
        "UseType": total.use,
        "ReportingPeriodStartDate": total.first,
        "ReportingPeriodEndDate": total.last,
        "Subscribers": count or None,
        "Territory": total.territory,
        "ServiceDescription": envelope.service,
        "Usages": total.usages,
        "AllocatedUsages": total.own_usages,
        "Returns": total.returns,
        "MusicUsageRatio": 1,
        "CurrencyOfTransaction": total.currency,
        "CurrencyOfAccounting": exchange.currency,
        "ExchangeRate": rate,
        "ExchangeRateSource": exchange.source if rate != 1 else None,
        "DateOfCurrencyExchange": f"{exchange.day}T00:00:00Z" if rate != 1 else None,
        **_both("Deductions", 0, 0),
        **_both("NetRevenue", total.net_revenue, envelope.exchanged(total.net_revenue, rate)),
        **_both("AllocatedRevenue", total.t_revenue, total.a_revenue),
        **_both("AllocatedNetRevenue", total.t_net, total.a_net),
        "RightsControllerMarketShare": total.share,
        "SubscriptionFeeInCurrencyOfAccounting": 0,
        **_both(
            "FinalTotalAmount",
            round_paid(total.t_payment, places),
            round_paid(total.a_payment, accounted),
        ),
    }
    return [("SY10", cells)]


def _of_part(total: Total, envelope: Envelope) -> dict[str, Any]:
    """Cells that Basic Audio's summaries share; those that a version lacks are left out."""
    return {
        "SummaryRecordId": str(total.number),
        "CommercialModel": total.model,
        "UseType": total.use,
        "Territory": total.territory,
        "ServiceDescription": envelope.service,
        "Currency": total.currency,
        "CurrencyOfReporting": total.currency,
        "NetRevenue": total.net_revenue,
        "ContentCategory": "Music",
    }


def _controller(total: Total, envelope: Envelope) -> dict[str, Any]:
    """The recipient's part, where a report is not of the whole service."""
    if total.whole:
        return {}
    return {
        "RightsController": envelope.recipient.name,
        "AllocatedUsages": [str(total.own_usages)],
        "AllocatedNetRevenue": [envelope.number(total.t_net)],
    }


def _subscribers(total: Total) -> Iterator[dict[str, Any]]:
    """Cells of each type of subscribers; none where nobody told how many there are.

    Revenue is not kept by type: each has its part by heads, and together they have all of it.
    """
    everybody = sum(total.subscribers.values())
    heads = 0
    for kind, count in sorted(total.subscribers.items()):
        if count <= 0:
            continue
        before, heads = _part(total, heads, everybody), heads + count
        revenue = _part(total, heads, everybody) - before
        yield {
            "SummaryRecordId": f"{total.number}-{kind}",
            "SubscriberType": kind.capitalize(),
            "Subscribers": count,
            "UsagesInReportingPeriod": total.usages if count == everybody else None,
            "ConsumerPaidUnitPrice": _mean_fee(revenue, count),
            "NetRevenue": revenue,
            "MusicUsagePercentage": 100,
        }


def _part(total: Total, heads: int, everybody: int) -> Decimal:
    if heads == everybody:
        return total.net_revenue
    return (total.net_revenue * heads / everybody).quantize(_MICRO)


def _mean_fee(revenue: Decimal, count: int) -> Decimal:
    """What one paid, without sales tax; 0 where nobody did."""
    return (revenue / count).quantize(_MICRO) if count else Decimal(0)


def _basic(
    generic: str, free: str, paid: str, fees: str = ""
) -> Callable[[Total, Envelope], list[tuple[str, Cells]]]:
    """Summaries by commercial model: `fees` tells subscribers beside `paid`, where known."""

    def summaries(total: Total, envelope: Envelope) -> list[tuple[str, Cells]]:
        shared = _of_part(total, envelope)
        if total.model == "AdvertisementSupportedModel":
            own = {"Usages": total.usages, **_controller(total, envelope)}
            return [(free, {**shared, **own})]
        if total.model != "SubscriptionModel":
            return [(generic, shared | {"Usages": total.usages})]
        own = {
            "RightsType": envelope.recipient.rights or "MakeAvailableRight",
            "TotalUsages": total.usages,
            "Usages": total.usages,
            "Subscribers": sum(total.subscribers.values()),
            "ConsumerPaidUnitPrice": _mean_fee(total.net_revenue, sum(total.subscribers.values())),
            "FreeOrTrialSubscribers": total.subscribers.get("trial", 0),
            "MusicUsageRatio": 1,
            "RightsControllerMarketShare": total.share,
            **_controller(total, envelope),
        }
        own_lines: list[tuple[str, Cells]] = [(paid, {**shared, **own})]
        if not fees:
            return own_lines
        return own_lines + [(fees, shared | cells) for cells in _subscribers(total)]

    return summaries


_RESOURCE: Cells = {
    "BlockId": "block",
    "ResourceReference": "'R1'",
    "DspResourceId": "recording_id",
    "ISRC": "coalesce(code, '')",
    "Title": "coalesce(nullif(title, ''), recording_id)",
    "DisplayArtistName": "coalesce(nullif(artist, ''), '-')",
    "Duration": "coalesce(nullif(duration, ''), 'PT0S')",
    "ResourceType": "'SoundRecording'",
    "ISWC": "coalesce(iswc, '')",
    "ComposerAuthor": "coalesce(authors, '')",
    "IsMasterRecording": "'true'",
}
_BLOCK: tuple[tuple[str, Cells], ...] = (
    (
        "RE01",
        {
            "BlockId": "block",
            "ReleaseReference": "'L1'",
            "DspReleaseId": "release_id",
            "ProprietaryReleaseId": "coalesce(own_ids, '')",
            "ICPN": "coalesce(icpn, '')",
            "DisplayArtistName": "coalesce(nullif(release_artist, ''), '-')",
            "Title": "coalesce(nullif(release_title, ''), release_id)",
            "ReleaseType": "coalesce(release_type, '')",
            "Label": "coalesce(label, '')",
            "PLine": "coalesce(p_line, '')",
        },
    ),
    ("AS02.02", _RESOURCE),
    (
        "RE02",
        {
            "BlockId": "block",
            "ReleaseReference": "'S1'",
            "DspSubReleaseId": "release_id || ':' || recording_id",
            "UsedResources": "'R1'",
        },
    ),
    (
        "SU02",
        {
            "BlockId": "block",
            "SummaryRecordId": "summary::VARCHAR",
            "SalesTransactionId": "place::VARCHAR",
            "TransactedRelease": "'S1'",
            "IsRoyaltyBearing": "'true'",
            "NumberOfStreams": "usages::VARCHAR",
        },
    ),
)
_SR02: Cells = {
    **{name: value for name, value in _RESOURCE.items() if name != "Duration"},
    "SummaryRecordId": "summary::VARCHAR",
    "ResourceTitle": _RESOURCE["Title"],
    "ResourceDisplayArtistName": _RESOURCE["DisplayArtistName"],
    "Duration": "coalesce(duration, '')",
    "DspReleaseId": "release_id",
    "ProprietaryReleaseId": "coalesce(own_ids, '')",
    "ICPN": "coalesce(icpn, '')",
    "ReleaseDisplayArtistName": _BLOCK[0][1]["DisplayArtistName"],
    "ReleaseTitle": _BLOCK[0][1]["Title"],
    "ReleaseType": "coalesce(release_type, '')",
    "ReleaseLabel": "coalesce(label, '')",
    "PLine": "coalesce(p_line, '')",
    "SalesTransactionId": "place::VARCHAR",
    "IsRoyaltyBearing": "'true'",
    "NumberOfStreams": "usages::VARCHAR",
}


def _blocks(resource: str) -> tuple[tuple[str, Cells], ...]:
    return tuple((resource if key == "AS02.02" else key, cells) for key, cells in _BLOCK)


_NEWEST = _basic("SY01.01", "SY02.02", "SY05.02", "SY04.01")
SHAPES: dict[tuple[str, str], Shape] = {
    ("FinancialReportingToRecordCompaniesProfileSRB", "1.0"): Shape(
        records=(("SR08", _SR08),), summaries=_sy10
    ),
    ("BasicAudioProfile", "1.0"): Shape(
        records=_blocks("AS02"), summaries=_basic("SY01", "SY02", "SY03"), block=True
    ),
    ("BasicAudioProfile", "1.1"): Shape(
        records=_blocks("AS02.01"), summaries=_basic("SY01", "SY02.01", "SY05", "SY04"), block=True
    ),
    ("BasicAudioProfile", "1.2"): Shape(records=_blocks("AS02.02"), summaries=_NEWEST, block=True),
    ("BasicAudioProfileSRB", "1.2"): Shape(records=(("SR02", _SR02),), summaries=_NEWEST),
}
"""(profile, version) -> how it is written. Versions that nobody can check yet have no row."""
