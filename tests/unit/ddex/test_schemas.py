"""Schemas are known by what they say, wherever they lie."""

from __future__ import annotations

import pytest

from ddex.schema_plan import plan
from ddex.schemas import KNOWN, closure, describe, imported, known

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def xsd(
    namespace: str, *locations: tuple[str, str], element: str = "Thing", avs: str = ""
) -> bytes:
    imports = "".join(
        f'<xs:import namespace="{ns}" schemaLocation="{place}"/>' for ns, place in locations
    )
    note = f'<xs:documentation source="AvsVersionId">{avs}</xs:documentation>' if avs else ""
    return (
        f'<xs:schema {XS} targetNamespace="{namespace}">{imports}'
        f'<xs:annotation>{note}</xs:annotation><xs:element name="{element}"/></xs:schema>'
    ).encode()


ERN = "http://ddex.net/xml/ern/383"
OLD_AVS = "http://ddex.net/xml/avs/avs"
AVS = "http://ddex.net/xml/allowed-value-sets"
WEB = "http://ddex.net/xml/allowed-value-sets/allowed-value-sets.xsd"


def test_a_schema_is_found_by_its_namespace_and_brings_what_it_imports() -> None:
    source = {
        "any/where/x.xsd": xsd(ERN, (OLD_AVS, "avs383.xsd")),
        "any/where/avs383.xsd": xsd(OLD_AVS),
        "other/avs383.xsd": xsd(OLD_AVS, element="Older"),
        "other/alien.xsd": xsd("urn:alien"),
        "readme.xsd": b"not XML",
    }
    made = plan(source)
    assert made.origins == {
        "ern/383/release-notification.xsd": "any/where/x.xsd",
        "ern/383/avs383.xsd": "any/where/avs383.xsd",
    }
    assert made.unknown == ["other/alien.xsd", "other/avs383.xsd"]
    assert made.missing == {}


def test_a_missing_import_is_told_and_never_guessed() -> None:
    made = plan({"a.xsd": xsd(ERN, (OLD_AVS, "avs383.xsd")), "avs4.xsd": xsd(OLD_AVS)})
    assert made.missing == {"ern/383/avs383.xsd": "ern/383/release-notification.xsd"}


def test_the_newest_central_set_stands_for_its_web_address() -> None:
    source = {
        "431.xsd": xsd("http://ddex.net/xml/ern/431", (AVS, WEB)),
        "a/avs_3.xsd": xsd(AVS, avs="3"),
        "b/avs_12.xsd": xsd(AVS, avs="12"),
    }
    made = plan(source)
    assert made.origins["ern/43/allowed-value-sets.xsd"] == "b/avs_12.xsd"
    assert made.doubles == ["a/avs_3.xsd"]
    files = closure("ern/431/release-notification.xsd", made.files.__getitem__)
    assert [file.avs_version for file in files] == ["", "12"]


def test_profiles_that_share_a_namespace_are_told_apart() -> None:
    namespace = "http://ddex.net/xml/dsrf/3/20191008"
    source = {f"{n}.xsd": xsd(namespace, element=n) for n in ("UgcProfile", "BasicAudioProfile")}
    assert sorted(plan(source).files) == [
        "dsrf/BasicAudioProfile/1.2/BasicAudioProfile.xsd",
        "dsrf/UgcProfile/1.2/UgcProfile.xsd",
    ]


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("avs.xsd", "ern/43/avs.xsd"),
        ("../../w3c/x.xsd", "w3c/x.xsd"),
        ("http://ddex.net/xml/avs/avs9.xsd", "ddex.net/xml/avs/avs9.xsd"),
        ("../../../etc/passwd", None),
        ("/etc/passwd", None),
        ("file:///etc/passwd", None),
        (".hidden/x.xsd", None),
        ("a\\b.xsd", None),
        ("https://../../x.xsd", None),
    ],
)
def test_imports_stay_inside_the_folder(location: str, name: str | None) -> None:
    assert imported(location, "ern/43/release-notification.xsd") == name


def test_what_is_no_schema() -> None:
    assert describe(b"") is None
    assert describe(b"<a/>") is None
    said = describe(xsd("urn:alien"))
    assert said is not None
    assert known(said) is None
    assert len({entry.name for entry in KNOWN}) == len(KNOWN)
