"""Codes that stand for several territories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ddex.data.regions import HISTORIC, ISO, TIS, WORLD, expand, regions
from ddex.data.territories import territories
from ddex.data.words import COMMERCIAL_MODELS, USE_TYPES, nearest

if TYPE_CHECKING:
    from core.schemas import SchemaFolder


def test_members_are_territories_of_ours() -> None:
    known = set(territories())
    for code, region in regions().items():
        assert region.members | region.touched <= known, code
        assert not region.members & region.touched, code
        assert region.members or region.touched, code


def test_every_region_is_a_part_of_the_world_and_no_country_is_two() -> None:
    single = [r.members for c, r in regions().items() if r.kind == TIS and int(c) < 2000]
    assert all(len({code[:2] for code in members}) == 1 for members in single)
    world = expand("2136")
    assert world is not None
    assert world.members == set(territories())


@pytest.mark.parametrize(
    ("code", "kind", "inside", "outside"),
    [
        ("FR", ISO, "FR", "GP"),
        ("fr", ISO, "FR", "DE"),
        ("ES", ISO, "ES-CN", "PT"),
        ("ES-CN", ISO, "ES-CN", "ES"),
        ("Worldwide", WORLD, "JP", ""),
        ("2100", TIS, "KE", "FR"),
        ("2120", TIS, "FR", "US"),
        ("2130", TIS, "FJ", "JP"),
        ("826", TIS, "GB", "IE"),
        ("YUCS", HISTORIC, "RS", "HR"),
    ],
)
def test_expansion(code: str, kind: str, inside: str, outside: str) -> None:
    found = expand(code)
    assert found is not None
    assert found.kind == kind
    assert inside in found.members
    assert outside not in found.members


@pytest.mark.parametrize("code", ["", "ZZ", "EU", "2135", "2999", "FRA", "🇫🇷", "F" * 9999])
def test_what_stands_for_nothing(code: str) -> None:
    assert expand(code) is None


def test_a_word_that_was_probably_meant() -> None:
    assert nearest("subscription", COMMERCIAL_MODELS) == "SubscriptionModel"
    assert nearest("ondemandstream", USE_TYPES) == "OnDemandStream"
    assert nearest("xyzzy", USE_TYPES) is None


def _values(schemas: SchemaFolder, name: str) -> set[str]:
    """The values of one allowed-value set, over all versions that are there."""
    found: set[str] = set()
    assert schemas.root is not None
    for path in schemas.root.glob("ern/*/a*.xsd"):
        text = path.read_text(encoding="utf-8")
        blocks = rf'<xs:simpleType name="{name}">(.*?)</xs:simpleType>'
        for block in re.findall(blocks, text, re.DOTALL):
            found |= set(re.findall(r'<xs:enumeration value="([^"]*)"', block))
    assert found, name
    return found


def test_the_words_are_those_of_the_allowed_value_sets(schema_folder: SchemaFolder) -> None:
    assert set(COMMERCIAL_MODELS) == _values(schema_folder, "CommercialModelType")
    assert _values(schema_folder, "UseType") <= set(USE_TYPES)


def test_every_code_that_a_message_may_name_is_known(schema_folder: SchemaFolder) -> None:
    for name in ("IsoTerritoryCode", "DdexTerritoryCode", "DeprecatedIsoTerritoryCode"):
        assert {code for code in _values(schema_folder, name) if expand(code) is None} == set()
    unknown = {code for code in _values(schema_folder, "TisTerritoryCode") if not expand(code)}
    assert unknown == {"200", "230", "278", "280", "720", "736", "810", "886", "890", "891"}, (
        "only numbers of states that are no more"
    )
