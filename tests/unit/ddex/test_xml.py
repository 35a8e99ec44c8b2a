"""The hardened parser's helpers: paths and positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from ddex.elements import Pathfinder
from ddex.errors import MessageUnreadable
from ddex.positions import locate
from ddex.xml import parse

if TYPE_CHECKING:
    from ddex.findings import Finding

XML = b'<r>\n  <a><b/></a>\n  <a>\n    <b/><b x="1"/></a><c/>\n</r>'


def test_paths_have_positions_where_siblings_share_a_name() -> None:
    root = parse(XML).root
    finder = Pathfinder()
    paths = [finder.path(element) for element in root.iter()]
    assert paths == [
        "/r",
        "/r/a[1]",
        "/r/a[1]/b",
        "/r/a[2]",
        "/r/a[2]/b[1]",
        "/r/a[2]/b[2]",
        "/r/c",
    ]


def test_places_of_paths() -> None:
    found = locate(XML, ["/r", "/r/a[1]/b", "/r/a[2]/b[2]", "/r/c", "/r/nothing", ""])
    assert found == {"/r": (1, 1), "/r/a[1]/b": (2, 6), "/r/a[2]/b[2]": (4, 9), "/r/c": (4, 23)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_columns_count_characters_in_every_encoding(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>\n<r>äöü<a/></r>'.encode(encoding)
    parse(data)
    assert locate(data, ["/r/a"]) == {"/r/a": (2, 7)}


def test_prefixes_do_not_matter() -> None:
    data = b'<x:r xmlns:x="urn:x"><x:a/><y:a xmlns:y="urn:y"/></x:r>'
    root = parse(data).root
    assert [Pathfinder().path(element) for element in root] == ["/r/a[1]", "/r/a[2]"]
    assert locate(data, ["/r/a[2]"]) == {"/r/a[2]": (1, 28)}


def test_paths_of_broken_bytes_are_those_found_before_the_break() -> None:
    assert locate(b"<r><a/><b></r>", ["/r/a", "/r/c"]) == {"/r/a": (1, 4)}


def attempt(data: bytes) -> tuple[Finding, ...]:
    try:
        parse(data)
    except MessageUnreadable as error:
        return error.findings
    return ()


@given(st.binary(max_size=60))
def test_any_bytes_give_a_document_or_one_finding(data: bytes) -> None:
    found = attempt(data)
    assert len(found) <= 1
    assert all(each.rule == 1 and each.message and each.remedy for each in found)
    locate(data, ["/r"])
