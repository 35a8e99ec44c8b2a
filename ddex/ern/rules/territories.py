"""Rule 22: where a deal holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.data.regions import HISTORIC, TIS, expand
from ddex.data.territories import WORLDWIDE, territories
from ddex.ern.rules.places import Below, nth
from ddex.ern.rules.usage import is_told_elsewhere
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Deal, Message
    from ddex.ern.rules.context import Context

_TERMS = (
    "<DealTerms><TerritoryCode>Worldwide</TerritoryCode>"
    "<ValidityPeriod><StartDate>2026-03-06</StartDate></ValidityPeriod>"
)


def _rule(
    code: str, text: str, remedy: str, wrong: str, severity: Severity = Severity.REJECT
) -> Rule:
    return Rule(
        code=code,
        number=22,
        severity=severity,
        ack_status="NewReleaseMessageInvalid",
        clause="DDEX ERN part 1, DealTerms, TerritoryCode and ExcludedTerritoryCode",
        text=text,
        remedy=remedy,
        wrong=_TERMS.replace("<TerritoryCode>Worldwide</TerritoryCode>", wrong),
        right=_TERMS,
    )


NO_TERRITORY = _rule(
    "ERN-2201",
    "A deal says for which territories it is, or which ones it excludes.",
    "Add a TerritoryCode, Worldwide if the deal is for all.",
    "",
)
BOTH = _rule(
    "ERN-2202",
    "A deal has either territories or excluded territories.",
    "Write only TerritoryCode, or only ExcludedTerritoryCode.",
    "<TerritoryCode>Worldwide</TerritoryCode><ExcludedTerritoryCode>US</ExcludedTerritoryCode>",
)
UNKNOWN = _rule(
    "ERN-2203",
    "A territory of a deal is an ISO 3166-1 alpha-2 code in capitals, or Worldwide.",
    "Use the two-letter code of the country.",
    "<TerritoryCode>QQ</TerritoryCode>",
)
MIXED = _rule(
    "ERN-2204",
    "Worldwide stands alone.",
    "Write Worldwide, or the list of territories; to leave some out use ExcludedTerritoryCode.",
    "<TerritoryCode>Worldwide</TerritoryCode><TerritoryCode>DE</TerritoryCode>",
)
NOT_AGREED = _rule(
    "ERN-2205",
    "CISAC TIS numbers name territories only where both sides agreed on them.",
    "Use ISO 3166-1 codes, or ask us to allow TIS numbers for your account.",
    "<TerritoryCode>2130</TerritoryCode>",
)
WITHDRAWN = _rule(
    "ERN-2206",
    "A territory of a deal exists today.",
    "Use the codes of the countries that followed it.",
    "<TerritoryCode>SUHH</TerritoryCode>",
    Severity.HOLD,
)
RULES: tuple[Rule, ...] = (NO_TERRITORY, BOTH, UNKNOWN, MIXED, NOT_AGREED, WITHDRAWN)


def check_territories(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 22."""
    agreed = context.feed is not None and context.feed.tis_agreed
    for deal in message.deals:
        if is_told_elsewhere(deal):
            continue
        if not deal.territories and not deal.excluded_territories:
            spot = Below(deal.place, "DealTerms")
            yield NO_TERRITORY.at(spot, "The deal names no territory.", expected="a TerritoryCode")
        if deal.territories and deal.excluded_territories:
            spot = nth(
                deal.place,
                "DealTerms/ExcludedTerritoryCode",
                0,
                len(deal.excluded_territories),
            )
            text = "The deal names territories and excluded ones."
            yield BOTH.at(spot, text, value=deal.excluded_territories[0])
        yield from _check_codes(deal, "TerritoryCode", deal.territories, agreed=agreed)
        yield from _check_codes(
            deal, "ExcludedTerritoryCode", deal.excluded_territories, agreed=agreed
        )


def _check_codes(
    deal: Deal, name: str, codes: tuple[str, ...], *, agreed: bool
) -> Iterator[Finding]:
    known = territories()
    steps = f"DealTerms/{name}"
    if WORLDWIDE in codes and (len(set(codes)) > 1 or name != "TerritoryCode"):
        spot = nth(deal.place, steps, codes.index(WORLDWIDE), len(codes))
        text = "Worldwide does not stand alone." if len(codes) > 1 else "Worldwide is excluded."
        yield MIXED.at(spot, text, value=WORLDWIDE)
    for index, code in enumerate(codes):
        if code not in known:
            fault = _fault(code, agreed=agreed)
            if fault:
                spot = nth(deal.place, steps, index, len(codes))
                rule, text, expected = fault
                yield rule.at(spot, text, value=code, expected=expected)


def _fault(code: str, *, agreed: bool) -> tuple[Rule, str, str] | None:
    found = expand(code)
    if found is None:
        return UNKNOWN, f"{clip(code)!r} is no territory that we know.", "an ISO 3166-1 code"
    if found.kind == TIS:
        text = f"{clip(code)} is a CISAC TIS number ({found.name}), which was not agreed on."
        return None if agreed else (NOT_AGREED, text, "an ISO 3166-1 code")
    successors = ", ".join(sorted(found.members))
    if found.kind == HISTORIC:
        return WITHDRAWN, f"{clip(code)} ({found.name}) is no territory of today.", successors
    right = next((known for known in territories() if known.casefold() == code.casefold()), "")
    return UNKNOWN, f"{clip(code)!r} is written {right!r}.", right
