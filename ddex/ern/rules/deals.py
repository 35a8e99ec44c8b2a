"""Rule 25: messages without a deal, and values that explain themselves."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from ddex.ern.values import number
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from ddex.ern.model import Deal, Message
    from ddex.ern.rules.context import Context

_DAY = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?=$|[T+Z-])", re.ASCII)
_EVERYWHERE = ("",)
_DEALS = "DDEX ERN part 2, take-downs"
_DEAL = (
    "<ReleaseDeal><DealReleaseReference>R0</DealReleaseReference>"
    "<DealReleaseReference>R1</DealReleaseReference>"
    "<DealReleaseReference>R2</DealReleaseReference><Deal><DealTerms>"
    "<TerritoryCode>Worldwide</TerritoryCode>"
    "<ValidityPeriod><StartDate>2026-03-06</StartDate></ValidityPeriod>"
    "<CommercialModelType>SubscriptionModel</CommercialModelType>"
    "<CommercialModelType>AdvertisementSupportedModel</CommercialModelType>"
    "<UseType>OnDemandStream</UseType><UseType>ConditionalDownload</UseType>"
    "</DealTerms></Deal></ReleaseDeal>"
)
TAKEN_DOWN = Rule(
    code="ERN-2501",
    number=25,
    severity=Severity.WARN,
    ack_status="NoDealInNewReleaseMessage",
    clause=_DEALS,
    text="A message without an active deal takes a known release down, at once.",
    remedy="Nothing to do if a take-down is meant; else send the message again with its deals.",
    wrong="<!-- no ReleaseDeal -->",
    right=_DEAL,
)
HIDDEN = Rule(
    code="ERN-2502",
    number=25,
    severity=Severity.WARN,
    ack_status="NoDealInNewReleaseMessage",
    clause=_DEALS,
    text="A first message without an active deal is taken in, and nothing is played.",
    remedy="Send the message again with its deals when the release may be played.",
    wrong="<!-- no ReleaseDeal -->",
    right=_DEAL,
)
UNEXPLAINED = Rule(
    code="ERN-2503",
    number=25,
    severity=Severity.WARN,
    ack_status="MetadataMissing",
    clause="DDEX allowed-value sets, UserDefined",
    text="A UserDefined value carries Namespace and UserDefinedValue.",
    remedy="Add both attributes beside the value UserDefined.",
    wrong="<ReleaseType>UserDefined</ReleaseType>",
    right="<ReleaseType>Album</ReleaseType>",
)
SHARE = Rule(
    code="ERN-2504",
    number=25,
    severity=Severity.WARN,
    ack_status="MetadataMissing",
    clause="DDEX ERN part 1, rights controllers",
    text="A share of rights lies between 0 and 100 per cent.",
    remedy="State the share as a percentage of the whole.",
    wrong="<RightSharePercentage>120</RightSharePercentage>",
    right="<RightSharePercentage>60</RightSharePercentage>",
)
SHARES = Rule(
    code="ERN-2506",
    number=25,
    severity=Severity.WARN,
    ack_status="MetadataMissing",
    clause="DDEX ERN part 1, rights controllers",
    text="The shares of one right in one thing and territory are 100 per cent together, or less.",
    remedy="Correct the shares, or say in which territories each holds.",
    wrong="<RightSharePercentage>70</RightSharePercentage>",
    right="<RightSharePercentage>60</RightSharePercentage>",
)
NO_DATE = Rule(
    code="ERN-2505",
    number=25,
    severity=Severity.WARN,
    ack_status="MetadataMissing",
    clause="DDEX ERN part 1, ValidityPeriod",
    text="The dates of a deal are days of the calendar; a deal with another grants nothing.",
    remedy="Send the date as YYYY-MM-DD, of a day that exists.",
    wrong="<StartDate>2026-02-30</StartDate>",
    right="<StartDate>2026-03-06</StartDate>",
)
RULES: tuple[Rule, ...] = (TAKEN_DOWN, HIDDEN, UNEXPLAINED, SHARE, SHARES, NO_DATE)


def check_deals(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 25, deals: needs `context.history` to tell a take-down from a first message."""
    if message.type != "NewReleaseMessage":
        return
    if any(is_active(deal, context.today) for deal in message.deals):
        return
    why = "no deal that is still active" if message.deals else "no deal"
    main = message.main_release
    if main and context.history and context.history.is_live(main):
        text = f"The message has {why}: the release is taken down."
        yield TAKEN_DOWN.at(message.place, text)
    else:
        text = f"The message has {why}: the release is taken in, but nobody may play it."
        yield HIDDEN.at(message.place, text)


def check_dates(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 25, deals: periods that the calendar does not have."""
    for deal in message.deals:
        for text in (text for period in deal.periods for text in (period.start, period.end)):
            if text.strip() and not _exists(text.strip()):
                said = f"The deal's date {clip(text)!r} is none of the calendar."
                yield NO_DATE.at(deal.place, said, value=text, expected="YYYY-MM-DD")


@lru_cache(maxsize=4096)
def _exists(text: str) -> bool:
    """Whether the day of a date (maybe partial), or of a date and time, exists."""
    found = _DAY.match(text)
    if found is None:
        return False
    try:
        date(*(int(part or 1) for part in found.groups()))
    except ValueError:
        return False
    return True


def is_active(deal: Deal, today: date | None) -> bool:
    """Whether a deal gives any right today or later; its last day counts to its end everywhere."""
    if deal.is_takedown:
        return False
    if today is None or not deal.periods:
        return True
    # Ends are days of the consumer's territory; the exact hour is decided at play time.
    yesterday = (today - timedelta(days=1)).isoformat()
    ends = [period.end[:10] for period in deal.periods]
    return any(not end or end >= yesterday[: len(end)] for end in ends)


def check_open_values(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 25, UserDefined values and shares."""
    for each in message.open_values:
        missing = [
            name
            for name, value in (("Namespace", each.namespace), ("UserDefinedValue", each.value))
            if not value
        ]
        if missing:
            text = f"<{clip(each.element)}> is UserDefined without {' and '.join(missing)}."
            yield UNEXPLAINED.at(each.place, text, value="UserDefined")


def check_shares(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 25, shares of rights: each, and their sum by thing, right and territory."""
    sums: dict[tuple[Hashable, str], dict[str, float]] = {}
    for share in message.shares:
        size = number(share.text)
        if size is None or not 0 <= size <= 100:
            text = f"A share of {clip(share.text)!r} per cent is not possible."
            yield SHARE.at(share.place, text, value=share.text, expected="0 to 100")
            continue
        places = sums.setdefault((share.owner, share.right_type), {})
        for territory in share.territories or _EVERYWHERE:
            places[territory] = places.get(territory, 0) + size
        total = max(_total(places, territory) for territory in share.territories or places)
        if total > 100.001:
            text = f"With this one, shares come to {total:g} per cent."
            yield SHARES.at(share.place, text, value=share.text, expected="100 together")


def _total(places: Mapping[str, float], territory: str) -> float:
    everywhere = sum(places.get(each, 0) for each in ("", "Worldwide"))
    return everywhere + (places[territory] if territory not in {"", "Worldwide"} else 0)
