"""Words of DDEX's allowed-value sets that a person may ask for: commercial models and use types."""

from __future__ import annotations

from difflib import get_close_matches

COMMERCIAL_MODELS = (
    "AdvertisementSupportedModel", "AsPerContract", "DeviceFeeModel", "FreeOfChargeModel",
    "PayAsYouGoModel", "PerformanceRoyaltiesModel", "RightsClaimModel", "SubscriptionModel",
    "Unknown", "UserDefined",
)  # fmt: skip
"""CommercialModelType, all versions of ERN."""

USE_TYPES = (
    "All", "AsPerContract", "Broadcast", "BroadcastRadio", "BroadcastTV", "Cable",
    "CableRetransmission", "CableRetransmissionRadio", "CableRetransmissionTV", "CatchUp",
    "CatchUpRadio", "CatchUpTV", "CommercialRent", "ConditionalDownload",
    "ContentInfluencedStream", "Display", "Download", "Dub", "DubForAdvertisement",
    "DubForDistribution", "DubForLivePerformance", "DubForMovies", "DubForMusicOnHold",
    "DubForOnDemandStreaming", "DubForPublicPerformance", "DubForRadio", "DubForTV",
    "ExtractForInternet", "KioskDownload", "Lend", "LiveStream", "Narrowcast",
    "NonInteractiveStream", "OnDemandStream", "Perform", "PerformAsMusicOnHold",
    "PerformInLivePerformance", "PerformInPublic", "PermanentDownload", "PlayInPublic",
    "Playback", "Podcast", "Print", "PrivateCopy", "ProgrammedContentStream",
    "PurchaseAsPhysicalProduct", "Rent", "Retransmission", "RingbackTone", "Simulcast",
    "SimulcastRadio", "SimulcastTV", "Stream", "TetheredDownload", "TimeInfluencedStream",
    "Unknown", "Use", "UseAsAlertTone", "UseAsDevice", "UseAsKaraoke", "UseAsRingbackTone",
    "UseAsRingbackTune", "UseAsRingtone", "UseAsRingtune", "UseAsScreensaver",
    "UseAsVoiceMail", "UseAsWallpaper", "UseForEducationAndOrSocialPurposes",
    "UseForIdentification", "UseInMobilePhoneMessaging", "UseInPhoneListening",
    "UserDefined", "UserMakeAvailableLabelProvided", "UserMakeAvailableUserProvided",
    "Webcast",
)  # fmt: skip
"""UseType, all versions of ERN."""


def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """The known word that was probably meant, None when nothing is near."""
    folded = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.5)
    return folded[found[0]] if found else None
