"""The tables of anchors and references know all that the schemas know, and nothing else."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from ddex.ern.paths import ANCHORS, KINDS, REFERENCES

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element as Element

    from core.schemas import SchemaFolder

XS = "{http://www.w3.org/2001/XMLSchema}"
LETTERS = {"C": "X"}
"""Collections of 3.8 begin with the letter that ERN 4 gives to chapters."""
SCHEMAS = ("382", "383", "41", "411", "42", "43")


@cache
def local_names(schema: Path) -> dict[str, set[tuple[str, str]]]:
    """The elements of type xs:ID and xs:IDREF, each with that type and the letter of its values."""
    root = etree.parse(str(schema)).getroot()
    named = {str(each.get("name")): each for each in root if each.get("name")}
    found: dict[str, set[tuple[str, str]]] = {}
    for each in root.iter(f"{XS}element"):
        said = _local(each, named)
        if said:
            found.setdefault(str(each.get("name")), set()).add(said)
    return found


def _local(declared: Element, named: dict[str, Element]) -> tuple[str, str] | None:
    kind = str(declared.get("type") or "").rpartition(":")[2]
    definition = named.get(kind) if kind else declared
    if definition is None or definition.find(f".//{XS}element") is not None:
        return None
    in_attributes = {*definition.iterfind(f".//{XS}attribute//{XS}restriction")}
    for base in {*definition.iter(f"{XS}restriction", f"{XS}extension")} - in_attributes:
        prefix, _, name = str(base.get("base")).rpartition(":")
        if name in {"ID", "IDREF"}:
            pattern = base.find(f"{XS}pattern")
            return name, str(pattern.get("value"))[0] if pattern is not None else ""
        if name in named and prefix == "ern":
            return _local(etree.Element("probe", type=name), named)
    return None


def schema(schemas: SchemaFolder, version: str) -> Path:
    assert schemas.root is not None
    return schemas.root / "ern" / version / "release-notification.xsd"


@pytest.mark.parametrize("version", SCHEMAS)
def test_every_anchor_and_reference_is_known(schema_folder: SchemaFolder, version: str) -> None:
    for name, said in local_names(schema(schema_folder, version)).items():
        for kind, letter in said:
            table = ANCHORS if kind == "ID" else REFERENCES
            assert name in table, (name, said)
            assert letter in {LETTERS.get(table[name], table[name]), ""}, name


def test_nothing_else_is_known(schema_folder: SchemaFolder) -> None:
    known = {name for version in SCHEMAS for name in local_names(schema(schema_folder, version))}
    assert {*ANCHORS, *REFERENCES} - known == set()
    assert {*ANCHORS.values(), *REFERENCES.values()} == {*KINDS}
    assert not ANCHORS.keys() & REFERENCES.keys()
