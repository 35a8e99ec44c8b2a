"""Under which keys a subject is found: its identifiers in their normal form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex import identifiers
from ddex.mead.model import PARTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ddex.mead.model import Id, Subject

KEY_LIMIT = 255

NORMAL: dict[str, Callable[[str], str | None]] = {
    "ISRC": identifiers.isrc,
    "ICPN": identifiers.gtin,
    "GRid": identifiers.grid,
    "ISWC": identifiers.iswc,
    "ISNI": identifiers.isni,
    "DPID": identifiers.dpid,
}
"""How identifiers with a form of their own are normalised; None when they are not of that form."""


def key(kind: str, value: str, namespace: str = "") -> str | None:
    """`ISRC:USUM71804534`, `ICPN:00602567812345`, `ProprietaryId:<namespace>::<value>`; None for a
    value that is not of its kind's form, or none at all."""
    if kind in NORMAL:
        found = NORMAL[kind](value)
    else:
        found = f"{namespace}::{value}" if namespace else value.strip()
    return f"{kind}:{found}"[:KEY_LIMIT] if found else None


def name_key(name: str) -> str:
    """The key of a party that is known by name: letter case and white space don't count."""
    return f"name:{' '.join(name.split()).casefold()}"[:KEY_LIMIT]


def keys(subject: Subject) -> tuple[str, ...]:
    """Every key of a subject, each once; parties are found by their names too."""
    return tuple(dict.fromkeys(_keys(subject)))


def _keys(subject: Subject) -> Iterator[str]:
    for each in subject.identifiers:
        if (found := key_of(each)) is not None:
            yield found
    if subject.kind == PARTY:
        for name in subject.artists:
            yield name_key(name.text)


def key_of(identifier: Id) -> str | None:
    """The key of one identifier."""
    return key(identifier.kind, identifier.value, identifier.namespace)
