"""XSD validation offline: schemas come from a `resource(name) -> bytes`, compiled once per process.

Imports are resolved inside the resources; nothing is ever fetched. One compiled schema per name:
DDEX reuses one allowed-values namespace with different content, so schemas are never merged.
"""

from __future__ import annotations

import posixpath
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from ddex.errors import SchemaAbsent, SchemaUnusable

if TYPE_CHECKING:
    from ddex.xml import Document

Resource = Callable[[str], bytes]
"""Bytes of a schema file by name; raises FileNotFoundError or KeyError when there is none."""

_BASE = "ddex-schemas:/"
_BIG = 1024 * 1024
_CHUNK = 64 * 1024
TOO_MANY = "TOO_MANY"
"""Kind of the violation that stands for all when they are too many to keep."""
_WEB = {
    "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd": (
        "w3c/xmldsig-core-schema.xsd"
    ),
    "http://ddex.net/xml/allowed-value-sets/allowed-value-sets.xsd": (
        "ern/43/allowed-value-sets.xsd"
    ),
    "http://ddex.net/xml/avs/avs411.xsd": "ern/411/avs411.xsd",
    "http://ddex.net/xml/avs/avs_20161006.xsd": "ern/382/avs_20161006.xsd",
    "http://ddex.net/xml/avs/avs.xsd": "ern/382/avs_20161006.xsd",
}
"""Web addresses that schemas import, and the resource that stands for each."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One error of libxml2: `kind` is its name for it, `path` its path of the element."""

    kind: str
    line: int
    path: str
    message: str


class Schema:
    """A compiled schema. Safe to share between threads."""

    def __init__(self, compiled: etree.XMLSchema) -> None:
        self._compiled = compiled
        self._lock = threading.Lock()  # lxml keeps the errors of a run on the schema object

    def violations(self, document: Document, limit: int = 5_000) -> tuple[Violation, ...]:
        """What the schema says against the document, at most `limit`; empty when valid.

        A big document with more than `limit` errors gives only the count so far, as one
        violation of kind `TOO_MANY` with the line reached: libxml2 keeps every error, with the
        whole list of allowed values in its text, and a hostile message could fill the memory.
        """
        if len(document.data) > _BIG:
            line = self._count(document.data, limit)
            if line is not None:
                return (Violation(TOO_MANY, line, "", f"more than {limit} errors"),)
        with self._lock:
            if self._compiled.validate(document.root.getroottree()):
                return ()
            log = self._compiled.error_log
            return tuple(
                Violation(entry.type_name or "", entry.line, entry.path or "", entry.message or "")
                for entry, _ in zip(log, range(limit), strict=False)
            )

    def _count(self, data: bytes, limit: int) -> int | None:
        """The line reached when the errors of a streamed validation exceed `limit`, else None."""
        parser = etree.XMLParser(
            schema=self._compiled, no_network=True, load_dtd=False, resolve_entities=False
        )
        for start in range(0, len(data), _CHUNK):
            try:
                parser.feed(data[start : start + _CHUNK])
            except etree.XMLSyntaxError:  # how lxml says invalid; the log below says how often
                return None
            if len(parser.feed_error_log) > limit:
                return data.count(b"\n", 0, start) + 1
        return None


class _Offline(etree.Resolver):
    """Answers every import from the resources, and none from anywhere else."""

    def __init__(self, resource: Resource) -> None:
        super().__init__()
        self.resource = resource
        self.missing: list[str] = []

    def resolve(
        self,
        system_url: str | None,
        public_id: str | None,  # noqa: ARG002 - the signature of lxml
        context: Any,  # noqa: ANN401 - lxml's own
    ) -> Any:  # noqa: ANN401 - an opaque value of lxml
        url = system_url or ""
        name = _WEB.get(url) or posixpath.normpath(url.removeprefix(_BASE)).lstrip("/")
        try:
            data = self.resource(name)
        except (OSError, KeyError):
            self.missing.append(name)
            return self.resolve_empty(context)
        return self.resolve_string(data, context, base_url=_BASE + "/" + name)


_cache: dict[tuple[object, str], Schema] = {}
_MOST = 64
_compiling = threading.Lock()


def schema(resource: Resource, name: str) -> Schema:
    """The compiled schema of this name, from the cache of the process when there.

    Raises:
        SchemaAbsent: there is no such resource.
        SchemaUnusable: it, or something it imports, does not compile.
    """
    key = (resource, name)
    if len(_cache) > _MOST:  # a caller that makes a new callable each time must not fill memory
        _cache.clear()
    found = _cache.get(key)
    if found is None:
        with _compiling:
            found = _cache.get(key) or _compile(resource, name)
            _cache[key] = found
    return found


def _compile(resource: Resource, name: str) -> Schema:
    try:
        data = resource(name)
    except (OSError, KeyError):
        raise SchemaAbsent(name) from None
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    offline = _Offline(resource)
    parser.resolvers.add(offline)
    try:
        tree = etree.fromstring(data, parser, base_url=_BASE + "/" + name)
        compiled = etree.XMLSchema(tree)
    except etree.LxmlError as error:
        missing = f"; missing: {', '.join(offline.missing)}" if offline.missing else ""
        raise SchemaUnusable(name, f"{error}{missing}") from None
    return Schema(compiled)
