"""What a single cell may say: one function per type, and check digits of identifiers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ddex import identifiers
from ddex.data.territories import find as find_territory
from ddex.dsr import rules
from ddex.dsr.names import period_dates
from ddex.dsr.text import split_values, stray, unescape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ddex.dsr.records import Cell
    from ddex.dsr.rules import Rule

COMMERCIAL_MODELS = frozenset(
    {
        "AdvertisementSupportedModel",
        "AsPerContract",
        "DeviceFeeModel",
        "FreeOfChargeModel",
        "PayAsYouGoModel",
        "PerformanceRoyaltiesModel",
        "RightsClaimModel",
        "SubscriptionModel",
        "Unknown",
        "UserDefined",
    }
)

_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_DATETIME = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?",
    re.ASCII,
)
_ZONE = re.compile(r"(?:Z|[+-]\d\d:\d\d)$", re.ASCII)
_DURATION = re.compile(
    r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
    re.ASCII,
)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DPID = re.compile(r"PADPIDA[A-Za-z0-9]+", re.ASCII)
_ISRC = re.compile(r"[A-Za-z]{2}[A-Za-z0-9]{3}\d{7}", re.ASCII)
_ISAN = re.compile(
    r"[A-Fa-f0-9]{12}|[A-Fa-f0-9]{24}|[A-Fa-f0-9]{16}[A-Za-z][A-Fa-f0-9]{8}[A-Za-z]", re.ASCII
)
_ISWC = re.compile(r"T\d{10}", re.ASCII)
_ICPN = re.compile(r"\d{12,14}", re.ASCII)
_TIS = re.compile(r"\d{1,4}", re.ASCII)
_VALUE = re.compile(r"[A-Za-z]+", re.ASCII)
_DEPRECATED_TERRITORY = re.compile(r"[A-Z]{4}", re.ASCII)


def _territory(value: str) -> bool:
    exact = find_territory(value)
    return (
        (exact is not None and exact.code == value)
        or bool(_TIS.fullmatch(value))
        or bool(_DEPRECATED_TERRITORY.fullmatch(value))
    )


def _date(value: str) -> bool:
    return bool(_DATE.fullmatch(value)) and period_dates(value) is not None


def _datetime(value: str) -> bool:
    return bool(_DATETIME.fullmatch(value)) and period_dates(value[:10]) is not None


TYPES: dict[str, tuple[Callable[[str], object], Rule, str]] = {
    "decimal": (_DECIMAL.fullmatch, rules.TYPE, "a decimal number such as 12.5, no exponent"),
    "integer": (_INTEGER.fullmatch, rules.TYPE, "a whole number such as 12"),
    "one": ("1".__eq__, rules.SINGLE_FILE, "1, because single-record reports are one file"),
    "boolean": ({"true", "false"}.__contains__, rules.TYPE, "true or false"),
    "date": (_date, rules.TYPE, "a date YYYY[-MM[-DD]]"),
    "datetime": (_datetime, rules.TYPE, "a date-time YYYY-MM-DDThh:mm:ss"),
    "instant": (
        lambda value: _datetime(value) and _ZONE.search(value),
        rules.TYPE,
        "a date-time YYYY-MM-DDThh:mm:ss with Z or offset",
    ),
    "duration": (_DURATION.fullmatch, rules.TYPE, "a duration such as PT3M45S"),
    "currency": (_CURRENCY.fullmatch, rules.ALLOWED, "an ISO 4217 code such as EUR"),
    "territory": (_territory, rules.ALLOWED, "an ISO territory code, a TIS number or Worldwide"),
    "model": (COMMERCIAL_MODELS.__contains__, rules.ALLOWED, "a CommercialModelType of DDEX"),
    "use": (_VALUE.fullmatch, rules.ALLOWED, "a UseType of DDEX"),
    "dpid": (_DPID.fullmatch, rules.TYPE, "a DPID such as PADPIDA2014120301Y"),
    "id": (lambda value: "::" in value, rules.TYPE, "namespace::identifier"),
    "isrc": (_ISRC.fullmatch, rules.TYPE, "an ISRC of 12 characters without hyphens"),
    "isan": (_ISAN.fullmatch, rules.TYPE, "an ISAN"),
    "iswc": (_ISWC.fullmatch, rules.TYPE, "an ISWC such as T0345246801"),
    "icpn": (_ICPN.fullmatch, rules.TYPE, "a barcode of 12 to 14 digits"),
    "version": (lambda value: value.startswith("dsrf/"), rules.MESSAGE_VERSION, "dsrf/…"),
}


def check_cell(cell: Cell, raw: str) -> Iterator[tuple[Rule, str, str]]:
    """Faults of one cell as it stands in the line: (rule, value, message)."""
    if not raw:
        if cell.mandatory:
            yield rules.MANDATORY, "", f"{cell.name} is mandatory and empty."
        return
    if raw != raw.strip(" "):
        yield rules.BLANKS, raw, f"{cell.name} has blanks around its value."
    if cell.multiple:
        values = split_values(raw)
    else:
        values = [unescape(raw)]
        if cell.type == "text" and (mark := stray(raw)):
            yield rules.ESCAPE, raw, f"{cell.name} has {mark!r} without its escape."
    for value in values:
        yield from _check_value(cell, value)


def _check_value(cell: Cell, value: str) -> Iterator[tuple[Rule, str, str]]:
    kind = TYPES.get(cell.type)
    if kind is not None:
        test, rule, expected = kind
        if not test(value):
            yield rule, value, f"{cell.name} is {clip(value)!r}, not {expected}."
            return
    if cell.test is not None and not cell.test(value):
        rule = rules.ALLOWED if cell.test.values else rules.TYPE
        yield rule, value, f"{cell.name} is {clip(value)!r}, which DDEX's schema doesn't allow."
        return
    yield from _check_digit(cell, value)


def _check_digit(cell: Cell, value: str) -> Iterator[tuple[Rule, str, str]]:
    judge = _DIGITS.get(cell.name) or _DIGITS.get(cell.type)
    if cell.type == "id" and value.startswith("ISNI::"):
        value = value.removeprefix("ISNI::")
        judge = (identifiers.isni_is_valid, rules.CHECK_ISNI)
    if judge is not None and not judge[0](value):
        yield judge[1], value, f"{cell.name} {clip(value)!r} fails its check."


_DIGITS: dict[str, tuple[Callable[[str], bool], Rule]] = {
    "dpid": (identifiers.dpid_is_valid, rules.CHECK_DPID),
    "iswc": (identifiers.iswc_is_valid, rules.CHECK_ISWC),
    "icpn": (identifiers.gtin_is_valid, rules.CHECK_ICPN),
    "ReleaseICPN": (identifiers.gtin_is_valid, rules.CHECK_ICPN),
    "ReleaseGRid": (identifiers.grid_is_valid, rules.CHECK_GRID),
    "ReleaseContextReleaseGRid": (identifiers.grid_is_valid, rules.CHECK_GRID),
    "ResourceContextReleaseGRid": (identifiers.grid_is_valid, rules.CHECK_GRID),
}


def clip(text: str, most: int = 60) -> str:
    """A value short enough for a sentence."""
    return text if len(text) <= most else text[: most - 1] + "…"
