"""What an acknowledgement says, of whatever version, and the values that DDEX allows in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex.choreography.parts import USER_DEFINED

if TYPE_CHECKING:
    from datetime import datetime

    from ddex.choreography.parts import MessagingParty, ReleaseIds

FILE_OK = "FileOK"
TEXT_LIMIT = 4_000
"""Characters of one text in an acknowledgement, so that hostile input can't blow it up."""

STATUSES = frozenset(
    (
        FILE_OK,
        "ArtistRoleUnknown",
        "CommercialReleaseDateInvalid",
        "ConflictingAvailabilityPeriods",
        "DuplicatedPublisherNames",
        "ErnMissing",
        "IdentifierInvalid",
        "IdentifierSyntaxInvalid",
        "InternalError",
        "MetadataMissing",
        "NewReleaseMessageInvalid",
        "NoDealForTrackRelease",
        "NoDealInNewReleaseMessage",
        "OriginalReleaseDateLaterThanReleaseDate",
        "PrimaryArtistNameMissing",
        "ResourceCorrupt",
        "ResourceMissing",
        "ResourceNotMeetingSpecifications",
        "SignatureOrHashSumWrongOrMissing",
        "UnsupportedUsage",
        USER_DEFINED,
    )
)
"""ErncFileStatus, the same in the allowed values of 1.6 and 1.8."""

RELEASE_STATUSES = frozenset(
    (
        "DeliveredToReleaseDistributor",
        "InDeliveryToReleaseDistributor",
        "InPreparationForDeliveryToReleaseDistributor",
        "OrderPlacedForReleaseDistributor",
        "ProcessingErrorAtReleaseCreator",
        "ProcessingErrorAtReleaseDistributor",
        "ReleaseMadeAvailableToConsumers",
        "ReleaseNotAvailable",
        "ReleaseReceivedByReleaseDistributor",
        "ReleaseStagedForPublication",
        "ReleaseViolatesTermsOfService",
        "RightsConflict",
        "SuccessfullyIngestedByReleaseDistributor",
    )
)
"""SupplyChainStatus of 1.8."""

RESOURCE_IDS = ("ISMN", "ISAN", "VISAN", "ISBN", "ISSN", "SICI")
"""Identifiers of resources beside the ISRC that are written without a namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status (an ErncFileStatus value) and why; `code` says which for UserDefined."""

    status: str
    information: str = ""
    code: str = ""

    @property
    def label(self) -> str:
        """The status, or its own code when DDEX has no word for it."""
        return self.code if self.status == USER_DEFINED and self.code else self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The answer about one release message.

    Attributes:
        message_id: of the acknowledgement itself (1.8 only).
        acknowledged_message_id: of the ERN message, as sent; empty when it could not be read.
        release_status: SupplyChainStatus value, e.g. `SuccessfullyIngestedByReleaseDistributor`.
        statuses: FileOK alone, or the faults, worst first.
        isrcs: of the affected recordings.
        affected: other identifiers of affected resources, as (kind, namespace, value).
        claimants: names of those who claim the release too (1.8 only).
    """

    message_id: str
    sender: MessagingParty
    recipient: MessagingParty
    created: datetime
    release: ReleaseIds
    release_status: str
    statuses: tuple[Status, ...]
    acknowledged_message_id: str = ""
    acknowledged_message_type: str = "NewReleaseMessage"
    batch_id: str = ""
    error_text: str = ""
    proposed_action: str = ""
    manual_check: bool | None = None
    isrcs: tuple[str, ...] = ()
    control_type: str = ""
    thread_id: str = ""
    on_behalf_of: MessagingParty | None = None
    affected: tuple[tuple[str, str, str], ...] = ()
    claimants: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the file was accepted."""
        return any(each.status == FILE_OK for each in self.statuses) and all(
            each.status == FILE_OK for each in self.statuses
        )
