"""A planned report as Part 9, single-record: HEAD, SY10 per summary, SR08 per row, SRFO."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ddex.dsr.names import ReportName
from ddex.dsr.records import FINANCIAL
from ddex.dsr.writer import write_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from server.reporting.periods import Month
    from server.reporting.plan import Line, ReportPlan, Summary

MESSAGE_VERSION = "dsrf/1.1.2/1.6/1.0"
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", re.ASCII)
_UNIT_PRICE = Decimal("0.0000000001")
_RELEASE_TYPES = frozenset(
    {
        "Album",
        "Bundle",
        "ClassicalAlbum",
        "ClassicalDigitalBoxedSet",
        "DigitalBoxSetRelease",
        "DjMix",
        "EP",
        "MultimediaAlbum",
        "MultimediaSingle",
        "PlayList",
        "Single",
        "SingleResourceRelease",
        "TrackRelease",
        "VideoAlbum",
        "VideoSingle",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Sender or recipient."""

    dpid: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a report is besides its figures."""

    sender: Party
    recipient: Party
    month: Month
    created: datetime
    provisional: bool

    def file_name(self, plan: ReportPlan) -> str:
        """Its file name by the rules of Part 1."""
        return str(
            ReportName(
                recipient=self.recipient.dpid,
                sender=self.sender.dpid,
                service=service_of(plan.tier),
                period=str(self.month),
                territory=plan.territory,
                stamp=f"{self.created:%Y%m%dT%H%M%S}",
            )
        )

    def message_id(self, plan: ReportPlan) -> str:
        """Unique for each issue; an open period is told by its end."""
        service = service_of(plan.tier)[:28]  # keeps the whole within 100 characters
        own = f"{self.recipient.dpid}-{self.month}-{service}-{plan.territory}"
        mark = "-provisional" if self.provisional else ""
        return f"{own}-{self.created:%Y%m%dT%H%M%S}{mark}"


def service_of(tier: str) -> str:
    """The service's name in reports: the tier, capitalised."""
    return tier[:1].upper() + tier[1:]


def render(plan: ReportPlan, envelope: Envelope) -> Iterator[str]:
    """The lines of the file."""
    summaries = [(str(number), summary) for number, summary in enumerate(plan.summaries, 1)]
    comments = (
        ("PROVISIONAL: the period is still open; a final report with a new MessageId follows.",)
        if envelope.provisional
        else ()
    )
    numbered = ((name, summary, line) for name, summary in summaries for line in summary.lines)
    return write_report(
        FINANCIAL,
        head=_head(plan, envelope),
        comments=comments,
        summaries=(_sy10(name, summary, envelope, plan) for name, summary in summaries),
        rows=(
            _sr08(str(count), name, line, envelope)
            for count, (name, _, line) in enumerate(numbered, 1)
        ),
    )


def _head(plan: ReportPlan, envelope: Envelope) -> dict[str, Any]:
    return {
        "MessageVersion": MESSAGE_VERSION,
        "MessageId": envelope.message_id(plan),
        "MessageCreatedDateTime": envelope.created,
        "UsageStartDate": envelope.month.first,
        "UsageEndDate": envelope.month.last,
        "SenderPartyId": envelope.sender.dpid,
        "SenderName": envelope.sender.name,
        "ServiceDescription": service_of(plan.tier),
        "RecipientPartyId": envelope.recipient.dpid,
        "RecipientName": envelope.recipient.name,
    }


def _sy10(name: str, summary: Summary, envelope: Envelope, plan: ReportPlan) -> dict[str, Any]:
    return {
        "SummaryRecordId": name,
        "CommercialModel": summary.part.model,
        "UseType": summary.part.use,
        "ReportingPeriodStartDate": envelope.month.first,
        "ReportingPeriodEndDate": envelope.month.last,
        "ActiveSubscribers": summary.listeners,
        "Territory": plan.territory,
        "ServiceDescription": service_of(plan.tier),
        "Usages": summary.service_plays,
        "AllocatedUsages": summary.plays,
        "Returns": 0,
        "MusicUsageRatio": 1,
        "CurrencyOfTransaction": summary.currency,
        "CurrencyOfAccounting": summary.currency,
        "ExchangeRate": 1,
        **_both("Deductions", Decimal(0)),
        **_both("NetRevenue", summary.net_revenue),
        **_both("AllocatedRevenue", summary.amount),
        **_both("AllocatedNetRevenue", summary.amount),
        "RightsControllerMarketShare": summary.share,
        "SubscriptionFeeInCurrencyOfAccounting": 0,
        **_both("FinalTotalAmount", summary.amount),
    }


def _sr08(transaction: str, summary: str, line: Line, envelope: Envelope) -> dict[str, Any]:
    row = line.row
    is_isrc = bool(_ISRC.fullmatch(row.isrc))
    own_id = (row.isrc,) if "::" in row.isrc else ()
    price = (line.amount / row.plays).quantize(_UNIT_PRICE) if row.plays else Decimal(0)
    return {
        "SalesTransactionId": transaction,
        "ReleaseGRid": row.grid,
        "ReleaseICPN": row.icpn,
        "DspReleaseId": row.release_id,
        "ProprietaryReleaseId": [own for own in row.release_ids if "::" in own],
        "ReleaseType": row.release_type if row.release_type in _RELEASE_TYPES else "",
        "ReleaseTitle": row.release_title,
        "ReleaseDisplayArtistName": row.release_artist,
        "ResourceISRC": row.isrc if is_isrc else "",
        "DspResourceId": row.recording_id,
        "ProprietaryResourceId": own_id,
        "ResourceType": "SoundRecording",
        "ResourceTitle": row.title,
        "ResourceDisplayArtistName": row.artist,
        "SummaryRecordId": summary,
        "SalesTransactionDate": envelope.month.last,
        "TotalUsages": row.plays,
        "Returns": 0,
        "NetUsage": row.plays,
        "RightSharePercentage": 100,
        **_both("CalculatedUnitPrice", price),
        **_both("AllocatedRevenue", line.amount),
        **_both("AllocatedNetRevenue", line.amount),
        "CopyrightObligationWithDSP": True,
    }


def _both(name: str, amount: Decimal) -> dict[str, Decimal]:
    """The same amount in both currencies, which are one."""
    return {f"{name}InCurrencyOfTransaction": amount, f"{name}InCurrencyOfAccounting": amount}
