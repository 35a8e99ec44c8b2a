"""The parts of one report beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ddex.dsr.checker import check
from ddex.dsr.parts import together
from tests.unit.ddex.dsr.reports import BASIC, BASIC_NAME, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.schemas import SchemaFolder

NAMES = [BASIC_NAME.replace("1of1", f"{part}of2") for part in (1, 2)]


def two() -> list[str]:
    """A block in each: HEAD, SY02.02, then lines of the block, FOOT."""
    lines = BASIC.rstrip("\n").split("\n")
    first = [*lines[:6], "FOOT\t7\t\t1\t1\t"]
    second = [*lines[:2], *lines[6:9], "FOOT\t6\t13\t1\t1\t2"]
    texts = ["\n".join(part) + "\n" for part in (first, second)]
    texts = [put(text, 1, 7, "2") for text in texts]
    return [texts[0], put(texts[1], 1, 6, "2")]


def found(texts: list[str], schema_folder: SchemaFolder) -> list[set[tuple[int, str, str]]]:
    """(line, cell, code) of each file; alone none has a finding."""
    reports = [
        check(text.encode(), name, resource=schema_folder)
        for text, name in zip(texts, NAMES, strict=False)
    ]
    every = together(reports)
    assert [one.ok for one in every] == [not one.findings for one in every]
    return [{(f.line, f.cell, f.code) for f in report.findings} for report in every]


def test_parts_that_are_one_report(schema_folder: SchemaFolder) -> None:
    assert found(two(), schema_folder) == [set(), set()]
    assert found(two()[:1], schema_folder) == [set()]
    assert together([]) == []


def _usages(texts: list[str]) -> None:
    texts[:] = [put(text, 2, 8, "31") for text in texts]


def _block(texts: list[str]) -> None:
    for line in (3, 4, 5):
        texts[1] = put(texts[1], line, 1, "1")


def _other_summary(texts: list[str]) -> None:
    texts[1] = put(texts[1], 2, 11, "4")


@pytest.mark.parametrize(
    ("change", "first", "second"),
    [
        (_usages, {(2, "Usages", "DSR-404")}, set()),
        (_block, set(), {(3, "BlockId", "DSR-109")}),
        (_other_summary, set(), {(2, "", "DSR-505")}),
        (
            lambda texts: texts.__setitem__(1, put(texts[1], 6, 2, "14")),
            set(),
            {(6, "NumberOfLinesInReport", "DSR-501")},
        ),
        (
            lambda texts: texts.__setitem__(1, put(texts[1], 6, 5, "")),
            set(),
            {(6, "NumberOfBlocksInReport", "DSR-202")},
        ),
    ],
)
def test_parts_that_are_not(
    schema_folder: SchemaFolder,
    change: Callable[[list[str]], None],
    first: set[tuple[int, str, str]],
    second: set[tuple[int, str, str]],
) -> None:
    texts = two()
    change(texts)
    assert found(texts, schema_folder) == [first, second]


def test_a_missing_part_and_one_that_came_twice(schema_folder: SchemaFolder) -> None:
    text = put(two()[0], 1, 7, "3")
    names = [BASIC_NAME.replace("1of1", "1of3")] * 2
    reports = together([check(text.encode(), name, resource=schema_folder) for name in names])
    codes = [[(one.code, one.value) for one in report.findings] for report in reports]
    assert codes == [[("DSR-504", "2")], [("DSR-504", "1")]]


def test_a_name_says_no_part_beyond_the_last(schema_folder: SchemaFolder) -> None:
    name = BASIC_NAME.replace("1of1", "2of1")
    codes = {one.code for one in check(BASIC.encode(), name, resource=schema_folder).findings}
    assert codes == {"DSR-001"}
