"""XSD validation offline: schemas come from a `resource(name) -> bytes`, compiled once per process.

Imports are resolved inside the resources; nothing is ever fetched. One compiled schema per name:
DDEX reuses one allowed-values namespace with different content, so schemas are never merged.
Big documents are validated as streams, so in little memory; where each error stands is found by
another run, for libxml2 names no element when it has no tree.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lxml import etree

from ddex.errors import SchemaAbsent, SchemaUnusable
from ddex.sets import opened, values_of
from ddex.violations import Stopped, Violation, collect

if TYPE_CHECKING:
    from ddex.xml import Document

Resource = Callable[[str], bytes]
"""Bytes of a schema file by name; raises FileNotFoundError or KeyError when there is none."""

LIMIT = 1_000
"""Of so many violations in one document at most, each is told."""
TOO_MANY = "TOO_MANY"
"""Kind of the violation that stands for those beyond the limit."""
_SMALL = 1 << 17
_BASE = "ddex-schemas:/"
WEB = {
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


class Schema:
    """A compiled schema. Safe to share between threads.

    `imported` names the resources it is made of beside its own.
    """

    def __init__(
        self, compiled: etree.XMLSchema, resource: Resource, name: str, imported: tuple[str, ...]
    ) -> None:
        self.imported = imported
        self._compiled = compiled
        self._resource = resource
        self._name = name
        self._values: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()  # lxml keeps the errors of a run on the schema object

    def violations(
        self, document: Document, limit: int = LIMIT, stop: threading.Event | None = None
    ) -> tuple[Violation, ...]:
        """What the schema says against the document; empty when valid.

        When there are more than `limit`, the first ones and a last of kind `TOO_MANY`: libxml2
        keeps every error, with the whole list of allowed values in its text, and a hostile
        message could fill the memory. Lines are 0 for a document of bytes: paths tell the place.

        Raises:
            MessageUnreadable: the document turns out to be broken.
        """
        if document.data:
            tree = document.tree if len(document.data) <= _SMALL else None
            if tree is not None and self._accepts(tree):
                return ()
            return collect(document, self._compiled, limit, stop or threading.Event())
        with self._lock:
            if self._compiled.validate(document.root.getroottree()):
                return ()
            log = list(zip(self._compiled.error_log, range(limit), strict=False))
        return tuple(
            Violation(each.type_name or "", each.line, each.path or "", each.message or "")
            for each, _ in log
        )

    def _accepts(self, root: etree._Element) -> bool:
        """Whether a tree is valid; what is wrong with it is told from the bytes, with paths.

        It can't be ended before all errors are found, so the tree must be small.
        """
        with self._lock, contextlib.suppress(etree.XMLSchemaError):
            return self._compiled.validate(root.getroottree())
        return False

    def is_sound(self, document: Document, stop: threading.Event | None = None) -> bool:
        """Whether the document is valid but for values outside the allowed-value sets."""
        compiled, _ = _compiled(self._resource, self._name, opened)
        return not collect(document, compiled, 1, stop or threading.Event())

    def values(self, type_name: str) -> tuple[str, ...]:
        """The allowed values of a type of an allowed-value set, empty when it is no such type."""
        found = self._values.get(type_name)
        if found is None:
            found = values_of(type_name, (self._resource(name) for name in self.imported))
            self._values[type_name] = found
        return found


class _Offline(etree.Resolver):
    """Answers every import from the resources, and none from anywhere else."""

    def __init__(self, resource: Resource, change: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self.resource = resource
        self.change = change
        self.missing: list[str] = []
        self.found: list[str] = []

    def resolve(
        self,
        system_url: str | None,
        public_id: str | None,  # noqa: ARG002 - the signature of lxml
        context: Any,  # noqa: ANN401 - lxml's own
    ) -> Any:  # noqa: ANN401 - an opaque value of lxml
        url = system_url or ""
        local = re.sub(r"^https?://", "", url.removeprefix(_BASE))
        name = WEB.get(url) or posixpath.normpath(local).lstrip("/")
        try:
            data = self.resource(name)
        except (OSError, KeyError):
            self.missing.append(name)
            return self.resolve_empty(context)
        self.found.append(name)
        return self.resolve_string(self.change(data), context, base_url=_BASE + "/" + name)


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
            found = _cache.get(key)
            if found is None:
                compiled, imported = _compiled(resource, name, bytes)
                found = Schema(compiled, resource, name, imported)
                _cache[key] = found
    return found


def _compiled(
    resource: Resource, name: str, change: Callable[[bytes], bytes]
) -> tuple[etree.XMLSchema, tuple[str, ...]]:
    """The schema, made of its own bytes and of the changed bytes of what it imports."""
    try:
        data = resource(name)
    except (OSError, KeyError):
        raise SchemaAbsent(name) from None
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    offline = _Offline(resource, change)
    parser.resolvers.add(offline)
    try:
        tree = etree.fromstring(data, parser, base_url=_BASE + "/" + name)
        compiled = etree.XMLSchema(tree)
    except etree.LxmlError as error:
        missing = f"; missing: {', '.join(offline.missing)}" if offline.missing else ""
        raise SchemaUnusable(name, f"{error}{missing}") from None
    return compiled, tuple(dict.fromkeys(offline.found))


__all__ = ["LIMIT", "TOO_MANY", "WEB", "Resource", "Schema", "Stopped", "Violation", "schema"]
