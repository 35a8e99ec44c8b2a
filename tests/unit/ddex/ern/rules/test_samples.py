"""The official samples: accepted, or held for reasons that their texts bear out; never refused.

The samples of business profiles leave out resources and all metadata of their release, and those of
ERN 3.8 have an empty MessageId; the classical one has placeholders and no track releases, as its
own comments say. Warnings are listed too, so that a false alarm shows.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ddex.ern.examine import examine
from ddex.ern.rules import Context
from ddex.findings import Severity
from tests.fixtures.environment import lacking

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

NO_ID = {403}
BARE = NO_ID | {805, 1004, *range(1501, 1508)}
OTHERS_ONLY = {2304}
OF_RELEASE = {1302, 1401, 2502}
OF_BUSINESS = {803, 1401, 2503}
BUSINESS = "ern382-business-profiles/"
RELEASE = "ern382-release-profiles/"
CLASSICAL = f"{RELEASE}Profile_DigitalClassicalAudioAlbum_BestOf.xml"
SAMPLES: dict[str, tuple[set[int], set[int]]] = {
    f"{BUSINESS}LiveCycle_InitialTerritorialDeal.xml": (BARE, OF_BUSINESS | {2303}),
    f"{BUSINESS}LiveCycle_InitialWorldwideDeal.xml": (BARE | OTHERS_ONLY, OF_BUSINESS),
    f"{BUSINESS}LiveCycle_Takedown.xml": (BARE, OF_BUSINESS | {2502}),
    f"{BUSINESS}ProfileVariant_PreOrders_Preview.xml": (BARE | OTHERS_ONLY, OF_BUSINESS),
    f"{BUSINESS}Profile_GenericAdSupportedStreaming.xml": (BARE, OF_BUSINESS),
    f"{BUSINESS}Profile_GenericDownloadService.xml": (BARE | OTHERS_ONLY, OF_BUSINESS),
    f"{BUSINESS}Profile_GenericSubscriptionStreaming.xml": (BARE, OF_BUSINESS),
    f"{BUSINESS}Profile_InteractiveSubscriptionStreamingService.xml": (BARE, OF_BUSINESS),
    f"{BUSINESS}Profile_NonInteractiveAdSupportedStreamingService.xml": (BARE, OF_BUSINESS),
    f"{BUSINESS}Profile_PurchaseAsPhysicalProduct.xml": (BARE | OTHERS_ONLY, OF_BUSINESS),
    f"{BUSINESS}Profile_RightsClaimsOnUserGeneratedContent.xml": (BARE | OTHERS_ONLY, OF_BUSINESS),
    f"{BUSINESS}Profile_TetheredDownloadService.xml": (BARE, OF_BUSINESS),
    f"{RELEASE}ProfileVariant_BonusTrack_HiddenTrack.xml": (NO_ID, OF_RELEASE),
    f"{RELEASE}Profile_AudioAlbumMusicOnly.xml": (NO_ID, OF_RELEASE),
    f"{RELEASE}Profile_AudioSingle.xml": (NO_ID, OF_RELEASE),
    f"{RELEASE}Profile_AudioSingle_WithCompoundArtistsAndTerritorialOverride.xml": (
        NO_ID,
        OF_RELEASE,
    ),
    f"{RELEASE}Profile_DigitalBoxedSet_1.xml": (NO_ID, OF_RELEASE | {114}),
    CLASSICAL: ({901, 1002, 1101, 1503, 1506, 1606, 1701}, {114, 1301, 1402, 2502}),
    f"{RELEASE}Profile_MixedMediaBundle.xml": (NO_ID, OF_RELEASE),
    f"{RELEASE}Profile_Ringtone.xml": (NO_ID, OF_RELEASE),
    f"{RELEASE}Profile_SingleResourceReleaseWithCoverArt.xml": (NO_ID | OTHERS_ONLY, {1401}),
    f"{RELEASE}Profile_VideoSingle.xml": (NO_ID, OF_RELEASE),
    "ern411/1 Audio.xml": (set(), {2303}),
    "ern42/1 Audio.xml": (set(), {2303}),
    "ern42/4 SimpleAudioSingle.xml": (set(), {2303}),
    "ern43/1 Audio.xml": (set(), {2303}),
    "ern43/3 MixedMedia.xml": (set(), {703, 1202, 1204, 2303}),
    "ern43/4 SimpleAudioSingle.xml": (set(), {2303}),
    "ern43/8 DjMix.xml": (NO_ID, {1202}),
}
"""Numbers of codes that hold, and of those that warn."""


@pytest.mark.parametrize("name", SAMPLES)
def test_official_samples(name: str, schema_folder: SchemaFolder) -> None:
    assert schema_folder.root is not None
    path = schema_folder.root.parent / "samples" / name
    if not path.is_file():
        lacking(f"no official sample {name} beside the schemas", "put `samples` beside `xsd`")
    context = Context(today=date(2026, 11, 21))
    found = examine(path.read_bytes(), resource=schema_folder, context=context)
    by_severity: dict[Severity, set[int]] = {severity: set() for severity in Severity}
    for each in found.findings:
        by_severity[each.severity].add(int(each.code.removeprefix("ERN-")))
    holds, warnings = SAMPLES[name]
    assert by_severity == {
        Severity.REJECT: set(),
        Severity.HOLD: holds,
        Severity.WARN: warnings,
    }
    assert found.schema == "used"
