"""What a report is besides its figures: parties, period, names and ids."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ddex.dsr.names import ReportName, safe_part
from ddex.dsr.text import number

if TYPE_CHECKING:
    from datetime import datetime

    from server.reporting.periods import Period
    from server.reporting.recipients import Recipient

MESSAGE_VERSION = "dsrf/1.1.2/1.6/1.0"
_MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who sends reports."""

    dpid: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One report: of a service (tier) in a territory, or in several (`multi`).

    `notes` become comments; `created` has no fraction of a second.
    """

    sender: Party
    recipient: Recipient
    period: Period
    created: datetime
    tier: str
    territory: str
    notes: tuple[str, ...] = ()
    provisional: bool = False

    @property
    def service(self) -> str:
        """The service's name in reports, see `service_name`."""
        return service_name(self.tier)

    @property
    def message_id(self) -> str:
        """Unique for each issue; at most 100 characters."""
        own = f"{self.recipient.dpid}-{self.period}-{self.service[:28]}-{self.territory}"
        mark = "-provisional" if self.provisional else ""
        return f"{own}-{self.created:%Y%m%dT%H%M%S}{mark}"

    def file_name(self, part: int = 1, parts: int = 1) -> str:
        """By the rules of Part 1; always with the number of parts, as tools demand it."""
        name = str(
            ReportName(
                recipient=self.recipient.dpid,
                sender=self.sender.dpid,
                service=self.service,
                period=str(self.period),
                territory=self.territory,
                stamp=f"{self.created:%Y%m%dT%H%M%S}",
                part=part,
                parts=parts,
            )
        )
        return name + ".gz" if self.recipient.gzip else name

    @property
    def semaphore(self) -> str:
        """Name of the empty file that says that all parts are there."""
        bare = self.file_name().removesuffix(".gz").removesuffix(".tsv").replace("_1of1", "")
        return f"{self.recipient.semaphore}{bare.removeprefix('DSR')}.ctrl"

    def head(self, part: int = 1, parts: int = 1) -> dict[str, Any]:
        """Cells of HEAD."""
        form = self.recipient.form
        return {
            "MessageVersion": MESSAGE_VERSION,
            "Profile": form.name,
            "ProfileVersion": form.version,
            "MessageId": self.message_id,
            "MessageCreatedDateTime": self.created,
            "FileNumber": part,
            "NumberOfFiles": parts,
            "UsageStartDate": self.period.first,
            "UsageEndDate": self.period.last,
            "SenderPartyId": self.sender.dpid,
            "SenderName": self.sender.name,
            "ServiceDescription": self.service,
            "RecipientPartyId": self.recipient.dpid,
            "RecipientName": self.recipient.name,
        }

    @staticmethod
    def exchanged(amount: Decimal, rate: Decimal) -> Decimal:
        """An amount in the currency of accounting."""
        return amount if rate == 1 else (amount * rate).quantize(_MICRO)

    @staticmethod
    def number(amount: Decimal) -> str:
        """An amount as it stands in a cell of several values."""
        return number(amount)


def service_name(tier: str) -> str:
    """A tier as reports name it: capitalised, without the blanks and underscores that Part 1
    forbids in ServiceDescription."""
    bare = safe_part(tier)
    return bare[:1].upper() + bare[1:]
