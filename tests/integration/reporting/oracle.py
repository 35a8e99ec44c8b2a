"""A judge of flat files that shares nothing with ours: cells by name from DDEX's schema alone, the
whole file as one XML document, validated by lxml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_XS = "{http://www.w3.org/2001/XMLSchema}"
_FOLDER = {"BasicAudioProfileSRB": "BasicAudioProfile"}
_TOKEN = re.compile(r"\\\\\\|\\\\\||\\\t|\t|\|")
_MEANING = {"\\\\\\": "\\", "\\\\|": "|", "\\\t": "\t"}


def complaints(text: str, schemas: Path | None) -> list[str]:
    """What the schema says of a file, but for its own fault with MessageVersion."""
    assert schemas is not None
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    name, version = lines[0][2:4]
    folder = _FOLDER.get(name, name)
    path = schemas / "dsrf" / folder / version / f"{folder}.xsd"
    source = etree.parse(path)
    document = etree.ElementTree(_rendered(text, name, source.getroot()))
    compiled = etree.XMLSchema(source)
    compiled.validate(document)
    return [str(fault) for fault in compiled.error_log if "MessageVersion" not in fault.message]


def _rendered(text: str, name: str, schema: etree._Element) -> etree._Element:
    root = etree.Element(f"{{{schema.get('targetNamespace')}}}{name}")
    block: etree._Element | None = None
    group: etree._Element | None = None
    before = ""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        kind = line.partition("\t")[0]
        if name == "BasicAudioProfile" and kind[:2] in {"RE", "AS", "MW", "SU"}:
            resource = kind[:2] in {"AS", "MW"}
            if kind == "RE01" or block is None or (resource and before == "SU"):
                block = etree.SubElement(root, "BasicAudioProfileBlock")
            if resource and before not in {"AS", "MW"}:
                group = etree.SubElement(block, "ResourceIdentificationGrouping")
            parent = group if resource and group is not None else block
        else:
            parent = root
        before = kind[:2]
        _record(parent, line, _cells(schema, name, kind))
    return root


def _cells(schema: etree._Element, root: str, kind: str) -> list[tuple[str, bool]]:
    """(name, whether of several values) of a record's cells."""
    named = [e for e in schema.iter(f"{_XS}element") if e.get("name") == f"RecordType-{kind}"]
    own = [e for e in named if any(a.get("name") == root for a in e.iterancestors())] or named
    kind_of = own[0].get("type", "").rpartition(":")[2]
    (found,) = [e for e in schema.iter(f"{_XS}complexType") if e.get("name") == kind_of]
    return [
        (e.get("name", "").strip(), e.get("maxOccurs", "1") != "1")
        for e in found.iter(f"{_XS}element")
    ]


def _record(parent: etree._Element, line: str, cells: list[tuple[str, bool]]) -> None:
    kind = line.partition("\t")[0]
    element = etree.SubElement(parent, f"RecordType-{kind}")
    texts = list(_split(line, "\t"))
    assert len(texts) == len(cells), (kind, len(texts), len(cells))
    for (name, several), raw in zip(cells, texts, strict=True):
        for value in _split(raw, "|") if several else [raw]:
            if raw:
                told = _TOKEN.sub(lambda found: _MEANING.get(found[0], found[0]), value)
                etree.SubElement(element, name).text = told


def _split(text: str, mark: str) -> Iterator[str]:
    start = 0
    for found in _TOKEN.finditer(text):
        if found[0] == mark:
            yield text[start : found.start()]
            start = found.end()
    yield text[start:]
