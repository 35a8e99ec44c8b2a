"""Edits touch the bytes they name and no others, in any encoding."""

from __future__ import annotations

import codecs

import pytest

from ddex.ern.repair.changes import insert, remove, set_attribute, set_text
from ddex.ern.repair.numbering import renumbered
from ddex.ern.repair.outline import Edit, Outline
from tests.fixtures.ern_messages import VERSIONS, base

TEXT = (
    "<?xml version='1.0'{}?>\r\n<!-- <b>no</b> -->\r\n<n:a xmlns:n='urn:n' x=\"a>b\">\r\n"
    "  <b>eins</b><?pi <b>?>\r\n  <b y = '1' ><![CDATA[zw]]>ei</b>\r\n"
    "  <c/><d k='ü'>ü</d>\r\n</n:a>\r\n"
)


def encoded(name: str, mark: bytes = b"", said: str = "") -> bytes:
    return mark + TEXT.format(f" encoding='{said}'" if said else "").encode(name)


ENCODINGS = [
    encoded("utf-8"),
    encoded("utf-8", codecs.BOM_UTF8),
    encoded("utf-16-le", codecs.BOM_UTF16_LE),
    encoded("utf-16-be", codecs.BOM_UTF16_BE),
    encoded("latin-1", said="iso-8859-1"),
]


@pytest.mark.parametrize("data", ENCODINGS)
def test_a_change_keeps_all_other_bytes(data: bytes) -> None:
    outline = Outline(data)
    assert outline.replaced([]) == data
    second = outline.find("/a/b[2]")
    assert second is not None
    assert (second.text, outline.line_of(second)) == ("zwei", 5)
    change = set_text(outline, second, "drei & vier")
    assert change is not None
    made = outline.replaced([change.edit])
    again = Outline(made).find("/a/b[2]")
    assert again is not None
    assert again.text == "drei & vier"
    old, new = outline.utf8, Outline(made).utf8
    assert new == old.replace(b"<![CDATA[zw]]>ei", b"drei &amp; vier")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_element_of_a_message_is_found_by_its_path(version: str) -> None:
    outline = Outline(base(version))
    for element in outline:
        whole = outline.utf8[element.start : element.end]
        assert whole.startswith(b"<")
        assert whole.endswith(b">")
        assert outline.find(path_of(element)) is element
    assert outline.find("/Nothing/Here[2]") is None
    assert outline.find("") is None


def path_of(element: object) -> str:
    steps = []
    here = element
    while here is not None:
        parent = here.parent  # type: ignore[attr-defined]
        same = parent.all(here.name) if parent else [here]  # type: ignore[attr-defined]
        steps.append(f"{here.name}[{same.index(here) + 1}]")  # type: ignore[attr-defined]
        here = parent
    return "/" + "/".join(reversed(steps))


def edited(text: str, *edits: Edit) -> str:
    return Outline(text.encode()).replaced(edits).decode()


def test_attributes_are_changed_or_added() -> None:
    text = "<a><b n='1' m = \"x\"/><b/></a>"
    outline = Outline(text.encode())
    first, second = outline.root.children
    changes = [set_attribute(outline, first, "m", 'q"'), set_attribute(outline, second, "m", "y")]
    edits = [change.edit for change in changes if change]
    assert edited(text, *edits) == "<a><b n='1' m='q\"'/><b m=\"y\"/></a>"
    assert set_attribute(outline, first, "n", "1") is None


def test_elements_come_and_go_with_their_white_space() -> None:
    text = "<a>\n  <b>1</b>\n  <c/>\n</a>"
    outline = Outline(text.encode())
    b, c = outline.root.children
    assert edited(text, remove(outline, b, "").edit) == "<a>\n  <c/>\n</a>"
    made = insert(outline, outline.root, "n", "<1>")
    assert made is not None
    assert edited(text, made.edit) == "<a>\n  <n>&lt;1&gt;</n>\n  <b>1</b>\n  <c/>\n</a>"
    later = insert(outline, outline.root, "n", "1", after=["b"])
    assert later is not None
    assert edited(text, later.edit) == "<a>\n  <b>1</b>\n  <n>1</n>\n  <c/>\n</a>"
    filled = set_text(outline, c, "x")
    assert filled is not None
    assert edited(text, filled.edit) == "<a>\n  <b>1</b>\n  <c>x</c>\n</a>"
    assert insert(outline, c, "n", "1") is None
    assert set_text(outline, outline.root, "x") is None


def test_overlapping_edits_do_no_harm() -> None:
    assert edited("<a>12345</a>", Edit(3, 6, "x"), Edit(4, 5, "y"), Edit(3, 6, "x")) == "<a>x45</a>"


def test_what_is_no_text_is_not_mended() -> None:
    with pytest.raises(ValueError, match="decode"):
        Outline(b"<a>\xff</a>")
    with pytest.raises(ValueError, match="element"):
        Outline(b"")


@pytest.mark.parametrize(
    ("numbers", "new"),
    [
        ([1, 2, 4], [1, 2, 3]),
        ([3, 1, 7], [2, 1, 3]),
        ([0, 1, 2], [1, 2, 3]),
        ([1, 1, 2], [1, 2, 3]),
        ([1, None, 3], [1, 2, 3]),
        ([None, None], [1, 2]),
        ([2, 1, 1], None),
        ([3, None, 1], None),
        ([], []),
    ],
)
def test_numbers_follow_the_order_or_nothing_is_said(
    numbers: list[int | None], new: list[int] | None
) -> None:
    assert renumbered(numbers) == new
