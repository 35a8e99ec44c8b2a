"""Small right reports to plant faults into."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ddex.dsr.records import FINANCIAL
from tests.unit.ddex.dsr.writing import write_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SENDER, RECIPIENT = "PADPIDA2014120301L", "PADPIDA2013020802I"
FINANCIAL_NAME = f"DSR_{RECIPIENT}_{SENDER}_Premium_2026-11_DE_1of1_20261201T060000.tsv"
BASIC_NAME = FINANCIAL_NAME
_HEAD: dict[str, Any] = {
    "MessageVersion": "dsrf/1.1.2/1.6/1.0",
    "MessageId": "SEGUE-1",
    "MessageCreatedDateTime": datetime(2026, 12, 1, 6, tzinfo=UTC),
    "UsageStartDate": date(2026, 11, 1),
    "UsageEndDate": date(2026, 11, 30),
    "SenderPartyId": SENDER,
    "SenderName": "Segue",
    "ServiceDescription": "Premium",
    "RecipientPartyId": RECIPIENT,
    "RecipientName": "A Label",
}


def both(name: str, amount: str) -> dict[str, Decimal]:
    return {f"{name}InCurrencyOf{kind}": Decimal(amount) for kind in ("Transaction", "Accounting")}


def summary(**changes: Any) -> dict[str, Any]:
    return {
        "SummaryRecordId": "1",
        "CommercialModel": "SubscriptionModel",
        "UseType": "OnDemandStream",
        "ReportingPeriodStartDate": date(2026, 11, 1),
        "ReportingPeriodEndDate": date(2026, 11, 30),
        "Territory": "DE",
        "Usages": 30,
        "AllocatedUsages": 30,
        "Returns": 0,
        "MusicUsageRatio": 1,
        "CurrencyOfTransaction": "EUR",
        "CurrencyOfAccounting": "EUR",
        "ExchangeRate": 1,
        **both("Deductions", "0"),
        **both("NetRevenue", "3.01"),
        **both("AllocatedRevenue", "3.01"),
        **both("AllocatedNetRevenue", "3.01"),
        "SubscriptionFeeInCurrencyOfAccounting": 0,
        **both("FinalTotalAmount", "3.01"),
        **changes,
    }


def row(name: str, usages: int, amount: str, **changes: Any) -> dict[str, Any]:
    return {
        "SalesTransactionId": name,
        "ReleaseICPN": "04006381333931",
        "DspReleaseId": "release-1",
        "ReleaseTitle": "Paper Tides",
        "ResourceISRC": "QZSEG2600001",
        "DspResourceId": f"recording-{name}",
        "ResourceType": "SoundRecording",
        "ResourceTitle": "Slow Harbour",
        "SummaryRecordId": "1",
        "SalesTransactionDate": date(2026, 11, 30),
        "TotalUsages": usages,
        "Returns": 0,
        "NetUsage": usages,
        "RightSharePercentage": 100,
        **both("CalculatedUnitPrice", "0.1"),
        **both("AllocatedRevenue", amount),
        **both("AllocatedNetRevenue", amount),
        "CopyrightObligationWithDSP": False,
        **changes,
    }


def financial(*, head: Mapping[str, Any] | None = None, comments: tuple[str, ...] = ()) -> str:
    lines = write_report(
        FINANCIAL,
        head={**_HEAD, **(head or {})},
        summaries=[summary()],
        rows=[row("t1", 10, "1"), row("t2", 20, "2.01")],
        comments=comments,
    )
    return "".join(lines)


BASIC = "\n".join(
    "\t".join(line)
    for line in [
        ["HEAD", "dsrf/1.1.2/1.6/1.0", "BasicAudioProfile", "1.2", "M1", "2026-12-01T06:00:00Z",
         "1", "1", "2026-11-01", "2026-11-30", SENDER, "Segue", "Premium", RECIPIENT, "Label", ""],
        ["SY02.02", "1", "", "", "AdvertisementSupportedModel", "OnDemandStream", "DE",
         "Premium", "30", "", "EUR", "3", "", "", "", "", "", "", "Music", "", "", ""],
        ["RE01", "1", "L1", "rel", "", "", "", "Artist", "", "Album", "", "Album", "", "", ""],
        ["AS02.02", "1", "R1", "rec1", "QZSEG2600001", "One", "", "Artist", "", "PT3M",
         "SoundRecording", "T0345246801", "A|B", "", "", "", "", "", "", "", "", "true"],
        ["RE02", "1", "S1", "sub", "", "R1"],
        ["SU02", "1", "1", "t1", "S1", "", "true", "10", "", ""],
        ["AS01.01", "2", "R1", "rec2", "", "Two", "", "Artist", "", "", "SoundRecording", ""],
        ["MW01.01", "2", "w2", "", "Two", "", "", "", "", "", "", "", "", "", "", ""],
        ["SU02", "2", "1", "t2", "", "R1", "true", "20", "", ""],
        ["FOOT", "10", "10", "1", "2", "2"],
    ]
) + "\n"  # fmt: skip


def edit(text: str, line: int, change: Callable[[list[str]], list[str]]) -> str:
    """One line (1-based) with its cells changed."""
    lines = text.split("\n")
    lines[line - 1] = "\t".join(change(lines[line - 1].split("\t")))
    return "\n".join(lines)


def put(text: str, line: int, position: int, value: str) -> str:
    """One cell (0-based) of one line (1-based) replaced."""
    return edit(text, line, lambda cells: [*cells[:position], value, *cells[position + 1 :]])
