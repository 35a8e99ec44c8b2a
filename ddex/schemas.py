"""The schemas that the product knows, and what a schema file says of itself. Pure.

DDEX hands its schemas out in several layouts, so a file is known by its target namespace (and, for
DSR profiles that share one, by its first element), never by where it lay.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from ddex import xsd
from ddex.ern.versions import VERSIONS

if TYPE_CHECKING:
    from ddex.xsd import Resource

_XS = "{http://www.w3.org/2001/XMLSchema}"
_SCHEMATRON = "{http://purl.oclc.org/dsdl/schematron}schema"
_DSRF = "http://ddex.net/xml/dsrf/3/"
_AVS = frozenset({"http://ddex.net/xml/avs/avs", "http://ddex.net/xml/allowed-value-sets"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A schema of the product: `name` is where the schema folder has it.

    `element` is its first global element, where the namespace alone does not tell it.
    """

    kind: str
    version: str
    name: str
    namespace: str
    element: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a schema file says: `imports` are (namespace, schemaLocation) as written."""

    namespace: str
    element: str = ""
    avs_version: str = ""
    imports: tuple[tuple[str, str], ...] = ()
    is_schematron: bool = False


def _dsrf(profile: str, version: str, edition: str) -> Known:
    return Known(
        kind="DSRF",
        version=f"{profile} {version}",
        name=f"dsrf/{profile}/{version}/{profile}.xsd",
        namespace=_DSRF + edition,
        element=profile,
    )


_FINANCIAL = "FinancialReportingToRecordCompaniesProfileSRB"
KNOWN: tuple[Known, ...] = (
    *(
        Known(kind="ERN", version=each.label, name=each.schema, namespace=each.namespace)
        for each in sorted(VERSIONS, key=lambda version: version.label)
    ),
    *(
        Known(
            kind="ERN-C",
            version=label,
            name=f"ern-c-sftp/{number}/ern-choreography-sftp.xsd",
            namespace=f"http://ddex.net/xml/ern-c-sftp/{number}",
        )
        for label, number in (("1.6", "16"), ("1.8", "18"))
    ),
    *(
        Known(
            kind="MEAD",
            version=label,
            name=f"mead/{number}/media-enrichment-and-description.xsd",
            namespace=f"http://ddex.net/xml/mead/{number}",
        )
        for label, number in (("1.0", "10"), ("1.0.1", "101"), ("1.1", "11"))
    ),
    _dsrf("BasicAudioProfile", "1.0", "20161109"),
    _dsrf("BasicAudioProfile", "1.1", "20170330"),
    _dsrf("BasicAudioProfile", "1.2", "20191008"),
    _dsrf(_FINANCIAL, "1.0", "20191008"),
    _dsrf("UgcProfile", "1.0", "20161109"),
    _dsrf("UgcProfile", "1.1.1", "20170125"),
    _dsrf("UgcProfile", "1.2", "20191008"),
    _dsrf("AudioVisualProfile", "1.0", "20170125"),
    _dsrf("AudioVisualProfile", "1.1", "20191008"),
    _dsrf("RadioBroadcastProfile", "1.0", "20170125"),
    _dsrf("MasterListProfile", "1.0", "20191008"),
    _dsrf("RoyaltyReportingProfile", "1.0.1", "20170303"),
    Known(
        kind="AVS",
        version="central",
        name="ern/43/allowed-value-sets.xsd",
        namespace="http://ddex.net/xml/allowed-value-sets",
    ),
    Known(
        kind="W3C",
        version="xmldsig",
        name="w3c/xmldsig-core-schema.xsd",
        namespace="http://www.w3.org/2000/09/xmldsig#",
    ),
)


def describe(data: bytes) -> Described | None:
    """What the file says of itself; None when it is no schema."""
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None
    if root.tag == _SCHEMATRON:
        return Described(namespace="", is_schematron=True)
    if root.tag != f"{_XS}schema":
        return None
    elements = (child.get("name", "") for child in root.iterchildren(f"{_XS}element"))
    own = root.get("targetNamespace", "")
    return Described(
        namespace=own,
        element=next(elements, ""),
        avs_version=_avs_version(root),
        imports=tuple(
            (
                child.get("namespace", root.get("targetNamespace", "")),
                child.get("schemaLocation", ""),
            )
            for child in root.iterchildren(f"{_XS}import", f"{_XS}include", f"{_XS}redefine")
            if child.get("schemaLocation")
        ),
    )


def _avs_version(root: etree._Element) -> str:
    for note in root.iterfind(f"{_XS}annotation/{_XS}documentation"):
        if note.get("source") == "AvsVersionId":
            return (note.text or "").strip()
    return ""


def known(described: Described) -> Known | None:
    """Which schema of ours the file is, None when none."""
    return next(
        (
            each
            for each in KNOWN
            if each.namespace == described.namespace and each.element in {"", described.element}
        ),
        None,
    )


def imported(location: str, importer: str) -> str | None:
    """The name that an import has in the schema folder; None for one that would leave it."""
    name = xsd.WEB.get(location)
    if name is None:
        bare = re.sub(r"^https?://", "", location)
        joined = bare if bare != location else posixpath.join(posixpath.dirname(importer), location)
        name = posixpath.normpath(joined)
    return name if re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", name, re.ASCII) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFile:
    """A file that a schema is made of: its bytes None when it is not there."""

    name: str
    data: bytes | None
    avs_version: str = ""


def closure(name: str, resource: Resource) -> tuple[SchemaFile, ...]:
    """The schema and all it imports, directly or not, each once; the schema itself first."""
    found: dict[str, SchemaFile] = {}
    ahead = [name]
    while ahead:
        here = ahead.pop(0)
        if here in found:
            continue
        try:
            data = resource(here)
        except (OSError, KeyError):
            found[here] = SchemaFile(name=here, data=None)
            continue
        said = describe(data)
        found[here] = SchemaFile(name=here, data=data, avs_version=_version(here, said))
        for _, location in said.imports if said else ():
            target = imported(location, here)
            ahead += [target] if target else []
    return tuple(found.values())


def _version(name: str, said: Described | None) -> str:
    """Central sets tell their version; the older ones only by their file's name."""
    if said is None or said.namespace not in _AVS:
        return ""
    return said.avs_version or posixpath.splitext(posixpath.basename(name))[0]
