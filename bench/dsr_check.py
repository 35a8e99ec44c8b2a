"""Checking 1,000,000 SR08 rows, against reading the same file with the csv module.

Both read the whole file once: ours judges every cell, count, reference and sum; the reference
splits lines into cells and forgets them. Without DDEX's schemas our own tables judge the cells.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench._common import answer, measured_in_turn, report, say, timed
from core import settings as configured
from core.errors import SegueError
from core.schemas import SchemaFolder
from ddex import identifiers
from ddex.dsr.checker import check
from ddex.dsr.records import FINANCIAL, RECORDS
from ddex.dsr.writer import record_line

ROWS = 1_000_000
NAME = "DSR_PADPIDA2013020802I_PADPIDA2014120301L_Premium_2026-11_DE_1of1_20261201T060000.tsv"
_PARTS = ("Transaction", "Accounting")


def measure() -> dict[str, Any]:
    """Write the file, then read it both ways in turn."""
    schemas = SchemaFolder(configured.load().schema_folder)
    resource = schemas if schemas.configured else None
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        path = Path(folder) / NAME
        _write(path)
        size = path.stat().st_size
        say(f"{ROWS} rows, {size} bytes, schemas {'used' if resource else 'absent'}")
        pairs = measured_in_turn(
            lambda: timed(lambda: _ours(path, resource)), lambda: timed(lambda: _reference(path))
        )
    figures = {"rows": ROWS, "bytes": size, "schema": "used" if resource else "absent"}
    return report(
        "dsr-check",
        "reading the file with Python's csv module",
        {"check": pairs.ratio},
        figures | pairs.figures("seconds"),
    )


def _ours(path: Path, resource: SchemaFolder | None) -> None:
    with path.open("rb") as file:
        found = check(file, path.name, resource=resource)
    if not found.ok or found.rows != ROWS:
        raise SegueError(f"the file is not right: {found.findings[:3]}")


def _reference(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        lines = sum(1 for _ in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if lines != ROWS + 3:
        raise SegueError(f"{lines} lines were read")


def _write(path: Path) -> None:
    usages = [1 + i * 7919 % 300 for i in range(ROWS)]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(record_line(FINANCIAL.records["HEAD"], _HEAD))
        file.write(record_line(RECORDS["SY10"], _summary(sum(usages))))
        template = record_line(RECORDS["SR08"], _ROW)
        for number, count in enumerate(usages, 1):
            file.write(_row(template, number, count))
        file.write(f"SRFO\t{ROWS + 3}\t1\n")


def _row(template: str, number: int, usages: int) -> str:
    barcode = f"0602445{number // 12:06d}"
    changes = {
        "@number": str(number),
        "@barcode": barcode + identifiers.gtin_check_digit(barcode),
        "@release": f"{number // 12:08d}",
        "@artist": f"{number // 100}",
        "@isrc": f"{number % 100_000:05d}",
        "@usages": str(usages),
        "@amount": f"{Decimal(usages * 4321) / 10**6}",
    }
    for mark, value in changes.items():
        template = template.replace(mark, value)
    return template


def _both(name: str, value: str | int | Decimal) -> dict[str, Any]:
    return {f"{name}InCurrencyOf{part}": value for part in _PARTS}


def _summary(usages: int) -> dict[str, Any]:
    amount = Decimal(usages * 4321) / 10**6
    return {
        "SummaryRecordId": "1",
        "CommercialModel": "SubscriptionModel",
        "UseType": "OnDemandStream",
        "ReportingPeriodStartDate": "2026-11-01",
        "ReportingPeriodEndDate": "2026-11-30",
        "Territory": "DE",
        "Usages": usages,
        "AllocatedUsages": usages,
        "Returns": 0,
        "MusicUsageRatio": 1,
        "CurrencyOfTransaction": "EUR",
        "CurrencyOfAccounting": "EUR",
        "ExchangeRate": 1,
        **_both("Deductions", 0),
        **_both("NetRevenue", amount),
        **_both("AllocatedRevenue", amount),
        **_both("AllocatedNetRevenue", amount),
        "SubscriptionFeeInCurrencyOfAccounting": 0,
        **_both("FinalTotalAmount", amount),
    }


_HEAD: dict[str, Any] = {
    "MessageVersion": "dsrf/1.1.2/1.6/1.0",
    "Profile": FINANCIAL.name,
    "ProfileVersion": FINANCIAL.version,
    "MessageId": "bench",
    "MessageCreatedDateTime": "2026-12-01T06:00:00Z",
    "FileNumber": 1,
    "NumberOfFiles": 1,
    "UsageStartDate": "2026-11-01",
    "UsageEndDate": "2026-11-30",
    "SenderPartyId": "PADPIDA2014120301L",
    "SenderName": "Segue",
    "ServiceDescription": "Premium",
    "RecipientPartyId": "PADPIDA2013020802I",
}
_ROW: dict[str, Any] = {
    "SalesTransactionId": "@number",
    "ReleaseICPN": "@barcode",
    "DspReleaseId": "release-@release",
    "ReleaseType": "Album",
    "ReleaseTitle": "Paper Tides @release",
    "ReleaseDisplayArtistName": "The Artist @artist",
    "ResourceISRC": "QZSEG26@isrc",
    "DspResourceId": "recording-@number",
    "ResourceType": "SoundRecording",
    "ResourceTitle": "Slow Harbour @number",
    "ResourceDisplayArtistName": "The Artist @artist",
    "SummaryRecordId": "1",
    "SalesTransactionDate": "2026-11-30",
    "TotalUsages": "@usages",
    "Returns": 0,
    "NetUsage": "@usages",
    "RightSharePercentage": 100,
    **_both("CalculatedUnitPrice", "0.004321"),
    **_both("AllocatedRevenue", "@amount"),
    **_both("AllocatedNetRevenue", "@amount"),
    "CopyrightObligationWithDSP": "false",
}

if __name__ == "__main__":
    sys.exit(answer(measure, sys.argv))
