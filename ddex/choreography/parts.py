"""What manifests and acknowledgements have in common: parties, release ids, headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ddex.tree import add, legal, put, put_if

if TYPE_CHECKING:
    from collections.abc import Collection

    from lxml.etree import _Element as Element

NAMESPACES = {
    "16": "http://ddex.net/xml/ern-c-sftp/16",
    "18": "http://ddex.net/xml/ern-c-sftp/18",
}
"""Namespaces of the choreography messages that we write; the 1.7 schema is not public."""

USER_DEFINED = "UserDefined"

AVS_VERSION = "3"

ID_LIMIT, ID_COUNT = 255, 50
"""Characters of an identifier and identifiers of a kind: what echoes a message stays small."""

_DPID = re.compile(r"PADPIDA[a-zA-Z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagingParty:
    """Who sends or receives."""

    dpid: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseIds:
    """Identifiers of one release; `proprietary` holds (namespace, value) pairs.

    `isrc` stands for a release of one recording: 1.6 has an element for it, 1.8 has none and
    carries it as a proprietary id of the namespace `ISRC`.
    """

    icpn: str = ""
    grid: str = ""
    isrc: str = ""
    catalog_number: tuple[str, str] = ("", "")
    proprietary: tuple[tuple[str, str], ...] = ()

    @property
    def first(self) -> str:
        """The identifier that names folders: GRid, else ICPN, else what there is; may be empty."""
        return next(iter(self.all), "")

    @property
    def all(self) -> tuple[str, ...]:
        """Every identifier, without namespaces."""
        pairs = (*self.proprietary, self.catalog_number)
        others = (value for _, value in pairs)
        return tuple(v for v in (self.grid, self.icpn, self.isrc, *others) if v)


def namespace_of(version: str) -> str:
    """The namespace of a choreography version.

    Raises:
        ValueError: no such version.
    """
    if version not in NAMESPACES:
        known = ", ".join(NAMESPACES)
        raise ValueError(f"no ERN-C version {version!r}; there are {known}")
    return NAMESPACES[version]


def put_party(parent: Element, name: str, party: MessagingParty) -> None:
    """MessageSender or MessageRecipient.

    Raises:
        ValueError: the DPID can't stand in a message.
    """
    if not _DPID.fullmatch(party.dpid):
        raise ValueError(f"{name}: {party.dpid[:80]!r} is no DPID (PADPIDA and letters or digits)")
    element = add(parent, name)
    put(element, "PartyId", party.dpid)
    if party.name:
        put(add(element, "PartyName"), "FullName", party.name)


def party_of(parent: Element, name: str) -> MessagingParty:
    """The party in a header; of several ids its DPID; empty when it is not there."""
    found = [(each.text or "").strip() for each in parent.findall(f"{name}/PartyId")]
    dpid = next((each for each in found if _DPID.fullmatch(each)), found[0] if found else "")
    return MessagingParty(dpid=dpid, name=text_of(parent, f"{name}/PartyName/FullName"))


def put_release_ids(parent: Element, name: str, ids: ReleaseIds, version: str) -> None:
    """ReleaseId or IncludedReleaseId, in the order of the schema."""
    element = add(parent, name)
    put_if(element, "GRid", ids.grid[:ID_LIMIT])
    if version == "16":
        put_if(element, "ISRC", ids.isrc[:ID_LIMIT])
    put_if(element, "ICPN", ids.icpn[:ID_LIMIT])
    namespace, number = ids.catalog_number
    if number:
        put_pair(element, "CatalogNumber", namespace, number)
    isrc = (("ISRC", ids.isrc),) if ids.isrc and version != "16" else ()
    for namespace, value in (*isrc, *ids.proprietary)[:ID_COUNT]:
        put_pair(element, "ProprietaryId", namespace, value)


def release_ids_of(element: Element | None) -> ReleaseIds:
    """The identifiers of a ReleaseId element."""
    if element is None:
        return ReleaseIds()
    number = element.find("CatalogNumber")
    pairs = [_pair(each) for each in element.findall("ProprietaryId")]
    isrc = next((value for namespace, value in pairs if namespace == "ISRC"), "")
    return ReleaseIds(
        icpn=text_of(element, "ICPN"),
        grid=text_of(element, "GRid"),
        isrc=text_of(element, "ISRC") or isrc,
        catalog_number=_pair(number) if number is not None else ("", ""),
        proprietary=tuple(pair for pair in pairs if pair[0] != "ISRC"),
    )


def put_value(parent: Element, name: str, value: str, allowed: Collection[str], owner: str) -> None:
    """An allowed value; any other becomes UserDefined in the namespace of `owner` (a DPID)."""
    if value in allowed and value != USER_DEFINED:
        put(parent, name, value)
    else:
        own = {"Namespace": owner, "UserDefinedValue": value[:ID_LIMIT]}
        put(parent, name, USER_DEFINED, own)


def defined(element: Element | None) -> tuple[str, str]:
    """(value, value or UserDefinedValue) of an element with an allowed value."""
    if element is None:
        return "", ""
    value = (element.text or "").strip()
    return value, str(element.get("UserDefinedValue", value)) if value == USER_DEFINED else value


def text_of(parent: Element, path: str) -> str:
    """The stripped text at a path, empty when there is none."""
    found = parent.findtext(path)
    return str(found).strip() if found else ""


def timestamp(instant: datetime) -> str:
    """An xs:dateTime in UTC, to the second."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def instant_of(text: str) -> datetime | None:
    """The instant of an xs:dateTime, None when it is none; without offset it counts as UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def put_pair(parent: Element, name: str, namespace: str, value: str) -> None:
    """An identifier with its namespace, which the schema demands even when it is empty."""
    put(parent, name, value[:ID_LIMIT]).set("Namespace", legal(namespace[:ID_LIMIT]))


def _pair(element: Element) -> tuple[str, str]:
    return str(element.get("Namespace", "")), (element.text or "").strip()
