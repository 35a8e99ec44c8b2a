"""Schema validation offline, with schemas written here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ddex.ern.schema import validate
from ddex.ern.versions import VERSIONS
from ddex.errors import SchemaAbsent, SchemaUnusable
from ddex.xml import parse
from ddex.xsd import TOO_MANY, schema

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
MAIN = f"""<xs:schema {XS} xmlns:v="urn:v"><xs:import namespace="urn:v" schemaLocation="{{at}}"/>
<xs:element name="r"><xs:complexType><xs:sequence>
<xs:element name="n" type="v:N" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
VALUES = f"""<xs:schema {XS} targetNamespace="urn:v"><xs:simpleType name="N">
<xs:restriction base="xs:string"><xs:enumeration value="one"/><xs:enumeration value="two"/>
</xs:restriction></xs:simpleType></xs:schema>"""


class Shelf:
    """Schema files in memory; counts what was asked for."""

    def __init__(self, **files: str) -> None:
        self.files = files
        self.asked: list[str] = []

    def __call__(self, name: str) -> bytes:
        self.asked.append(name)
        return self.files[name].encode()


def shelf(at: str, values: str = "a/values.xsd") -> Shelf:
    return Shelf(**{"a/main.xsd": MAIN.format(at=at), values: VALUES})


@pytest.mark.parametrize("at", ["values.xsd", "../a/values.xsd"])
def test_imports_come_from_the_same_folder(at: str) -> None:
    compiled = schema(shelf(at), "a/main.xsd")
    assert compiled.violations(parse(b"<r><n>one</n></r>")) == ()
    found = compiled.violations(parse(b"<r><n>one</n><n>six</n></r>"))
    assert found[0].kind == "SCHEMAV_CVC_ENUMERATION_VALID"
    assert found[0].path == "/r/n[2]"


def test_imports_from_the_web_are_read_from_the_folder() -> None:
    web = "http://ddex.net/xml/allowed-value-sets/allowed-value-sets.xsd"
    files = shelf(web, "ern/43/allowed-value-sets.xsd")
    assert schema(files, "a/main.xsd").violations(parse(b"<r><n>two</n></r>")) == ()
    assert files.asked == ["a/main.xsd", "ern/43/allowed-value-sets.xsd"]


@pytest.mark.parametrize("at", ["gone.xsd", "http://example.net/v.xsd", "file:///etc/passwd"])
def test_other_imports_are_never_fetched_and_named(at: str) -> None:
    with pytest.raises(SchemaUnusable) as caught:
        schema(shelf(at), "a/main.xsd")
    assert at.rpartition("/")[2] in caught.value.why


def test_absent_schemas_are_told_apart_from_broken_ones() -> None:
    with pytest.raises(SchemaAbsent):
        schema(Shelf(), "a/main.xsd")
    with pytest.raises(SchemaUnusable):
        schema(Shelf(**{"a/main.xsd": "<no"}), "a/main.xsd")
    with pytest.raises(SchemaAbsent):
        validate(parse(b"<r/>"), VERSIONS[0], Shelf())


def test_a_schema_is_compiled_once_and_shared_between_threads() -> None:
    files = shelf("values.xsd")
    wrong = parse(b"<r>" + b"<n>six</n>" * 20 + b"</r>")
    right = parse(b"<r><n>one</n></r>")

    def run(number: int) -> int:
        document = wrong if number % 2 else right
        return len(schema(files, "a/main.xsd").violations(document))

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(run, range(200)))
    assert files.asked == ["a/main.xsd", "a/values.xsd"]
    assert counts == [0, 20] * 100


def test_violations_are_bounded() -> None:
    compiled = schema(shelf("values.xsd"), "a/main.xsd")
    wrong = parse(b"<r>" + b"<n>six</n>" * 100 + b"</r>")
    found = compiled.violations(wrong, limit=10)
    assert [each.path for each in found] == [*(f"/r/n[{n}]" for n in range(1, 11)), ""]
    assert found[-1].kind == TOO_MANY
    assert len(compiled.violations(wrong, limit=100)) == 100
