"""Identifiers of the trade, pure: normal forms and check digits.

Sources: ISO 3901 (ISRC), GS1 General Specifications (GTIN), ISO 7064 (mod 37,36 and mod 11-2),
ISO 27729 (ISNI), ISO 15707 (ISWC), IFPI GRid standard, DDEX party identifier standard.
"""

from __future__ import annotations

import re

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BETWEEN = re.compile(r"[\s.\-\u2010-\u2015]")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_PLACEHOLDER_WORDS = frozenset(
    {"TBA", "TBC", "TBD", "NA", "NONE", "NULL", "UNKNOWN", "TEST", "PLACEHOLDER", "DUMMY", "TODO"}
)


def compact(text: str) -> str:
    """Upper case, without hyphens, dots and white space."""
    return _BETWEEN.sub("", text).upper()


def is_placeholder(text: str) -> bool:
    """Whether a value only holds the place of an identifier: empty, `XXXX`, `0000`, `TBD`."""
    bare = re.sub(r"[\W_]", "", text.upper())
    repeated = len(bare) >= 3 and len(set(bare)) == 1
    return not bare or repeated or bare in _PLACEHOLDER_WORDS or "PLACEHOLDER" in bare


def isrc(text: str) -> str | None:
    """The ISRC as 12 characters, without `ISRC` before it or hyphens; None if it is none."""
    if _ISRC.fullmatch(text):  # as nearly all are written
        return text
    bare = compact(text).removeprefix("ISRC").lstrip(":")
    return bare if _ISRC.fullmatch(bare) else None


def gtin(text: str) -> str | None:
    """A product code of 8 or 12 to 14 digits as GTIN-14, None if it is none; check digit unseen."""
    bare = re.sub(r"[\s\-]", "", text)
    return bare.zfill(14) if re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", bare) else None


def gtin_check_digit(digits: str) -> str:
    """The GS1 check digit (mod 10, weights 3 and 1 from the right) for digits without one."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def gtin_is_valid(text: str) -> bool:
    """Whether it is a product code whose check digit is right."""
    found = gtin(text)
    return found is not None and gtin_check_digit(found[:-1]) == found[-1]


def mod_37_36(text: str) -> str:
    """The ISO 7064 mod 37,36 check character for letters and digits without one."""
    product = 36
    for character in text.upper():
        total = (product + _ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def grid(text: str) -> str | None:
    """The GRid as 18 characters starting `A1`, None if it is none; check character unseen."""
    bare = compact(text).removeprefix("GRID").lstrip(":")
    return bare if re.fullmatch(r"A1[A-Z0-9]{5}[A-Z0-9]{10}[A-Z0-9]", bare) else None


def grid_is_valid(text: str) -> bool:
    """Whether it is a GRid whose check character is right."""
    found = grid(text)
    return found is not None and mod_37_36(found[:-1]) == found[-1]


def dpid(text: str) -> str | None:
    """The DDEX party id as `PADPIDA` + 11 characters, None if it is none; check unseen."""
    bare = compact(text).removeprefix("DPID:")
    return bare if re.fullmatch(r"PADPIDA[A-Z0-9]{11}", bare) else None


def dpid_is_valid(text: str) -> bool:
    """Whether it is a DDEX party id whose check character is right."""
    found = dpid(text)
    return found is not None and mod_37_36(found[:-1]) == found[-1]


def isni(text: str) -> str | None:
    """The ISNI as 16 characters, None if it is none; check digit unseen."""
    bare = compact(text).removeprefix("ISNI").lstrip(":")
    return bare if re.fullmatch(r"[0-9]{15}[0-9X]", bare) else None


def isni_check_digit(digits: str) -> str:
    """The ISO 7064 mod 11-2 check character for digits without one."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return "X" if check == 10 else str(check)


def isni_is_valid(text: str) -> bool:
    """Whether it is an ISNI whose check digit (ISO 7064 mod 11-2) is right."""
    found = isni(text)
    return found is not None and found[-1] == isni_check_digit(found[:-1])


def ipi(text: str) -> str | None:
    """The IPI name number as 11 digits, None if it is none."""
    bare = compact(text).removeprefix("IPI").lstrip(":")
    return bare if re.fullmatch(r"[0-9]{11}", bare) else None


def ipn(text: str) -> str | None:
    """The International Performer Number, 1 to 11 digits, None if it is none."""
    bare = compact(text).removeprefix("IPN").lstrip(":")
    return bare if re.fullmatch(r"[0-9]{1,11}", bare) else None


def iswc(text: str) -> str | None:
    """The ISWC as `T` + 10 digits, None if it is none; check digit unseen."""
    bare = compact(text).removeprefix("ISWC").lstrip(":")
    return bare if re.fullmatch(r"T[0-9]{10}", bare) else None


def iswc_is_valid(text: str) -> bool:
    """Whether it is an ISWC whose check digit is right."""
    found = iswc(text)
    if found is None:
        return False
    total = 1 + sum(place * int(digit) for place, digit in enumerate(found[1:10], start=1))
    return str(-total % 10) == found[10]
