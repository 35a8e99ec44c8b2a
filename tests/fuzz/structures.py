"""Messages by structure: seeds whose elements are moved, renamed, repeated, nested and filled."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from lxml import etree

from tests.fuzz.seeds import local, seeds, small, texts, tree, vocabulary
from tests.fuzz.values import ENCODINGS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KNOWN = (
    "ern/38", "ern/382", "ern/383", "ern/41", "ern/411", "ern/42", "ern/43", "ern/431", "ern/432",
    "ern/37", "ern/99", "mead/101", "mead/11", "ern-c-sftp/16", "ern-c/18",
)  # fmt: skip
_MANY = 60_000
"""Elements that one message may grow to."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: what, at which elements (by their order, as fractions), with what."""

    act: str
    at: float
    other: float
    number: int
    text: str


def _nth(root: etree._Element, fraction: float) -> etree._Element:
    every = list(root.iter(etree.Element))
    return every[min(int(fraction * len(every)), len(every) - 1)]


def _delete(_root: etree._Element, one: etree._Element, _edit: Edit) -> None:
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


def _repeat(root: etree._Element, one: etree._Element, edit: Edit) -> None:
    parent = one.getparent()
    room = _MANY - sum(1 for _ in root.iter())
    times = min(edit.number, room // (1 + sum(1 for _ in one.iter())))
    if parent is not None:
        place = parent.index(one)
        parent[place:place] = [deepcopy(one) for _ in range(times)]


def _move(root: etree._Element, one: etree._Element, edit: Edit) -> None:
    target = _nth(root, edit.other)
    if one is not root and target not in one.iter():
        target.insert(edit.number % (len(target) + 1), one)


def _swap(root: etree._Element, one: etree._Element, edit: Edit) -> None:
    other = _nth(root, edit.other)
    one.text, other.text = other.text, one.text
    mine, theirs = dict(one.attrib), dict(other.attrib)
    for element, held in ((one, theirs), (other, mine)):
        element.attrib.clear()
        element.attrib.update(held)


def _rename(root: etree._Element, one: etree._Element, edit: Edit) -> None:
    names = list(vocabulary())
    tag = names[edit.number % len(names)]
    if one is root and one.tag != tag:
        tag = str(one.tag).rpartition("}")[0] + "}" + tag
    one.tag = tag


def _say(_root: etree._Element, one: etree._Element, edit: Edit) -> None:
    one.text = _legal(edit.text)


def _qualify(_root: etree._Element, one: etree._Element, edit: Edit) -> None:
    held = list(one.attrib) or ["TerritoryCode", "SequenceNumber", "Namespace"]
    one.set(held[edit.number % len(held)], _legal(edit.text))


def _strip(_root: etree._Element, one: etree._Element, _edit: Edit) -> None:
    one.attrib.clear()


def _wrap(_root: etree._Element, one: etree._Element, edit: Edit) -> None:
    for _ in range(min(edit.number, 300)):
        inside = etree.Element(one.tag)
        inside.extend(list(one))
        one.append(inside)


def _grow(_root: etree._Element, one: etree._Element, edit: Edit) -> None:
    """Children that may be there, in any order, each with a value."""
    names = vocabulary().get(local(one)) or tuple(vocabulary())
    for step in range(min(edit.number, 12)):
        child = etree.SubElement(one, names[(edit.number * 7 + step * 13) % len(names)])
        child.text = _legal(edit.text)


def _graft(root: etree._Element, one: etree._Element, edit: Edit) -> None:
    """An element of the same name out of another message, maybe of another version."""
    other = tree(edit.number % len(seeds()))
    twins = [each for each in other.iter(etree.Element) if local(each) == local(one)]
    parent = one.getparent()
    if twins and parent is not None:
        parent.replace(one, deepcopy(twins[int(edit.other * (len(twins) - 1))]))


def _noise(_root: etree._Element, one: etree._Element, edit: Edit) -> None:
    noise = etree.Comment(" <Release/> ") if edit.number % 2 else etree.PI("x", "<Release/>")
    noise.tail, one.text = one.text, None
    one.insert(0, noise)


def _declare(root: etree._Element, _one: etree._Element, edit: Edit) -> None:
    """The message says that it is of another version."""
    tag = _KNOWN[edit.number % len(_KNOWN)]
    root.tag = f"{{http://ddex.net/xml/{tag}}}{local(root)}"


def _empty(_root: etree._Element, one: etree._Element, _edit: Edit) -> None:
    one.clear(keep_tail=True)


ACTS: dict[str, Callable[[etree._Element, etree._Element, Edit], None]] = {
    "delete": _delete, "repeat": _repeat, "move": _move, "swap": _swap, "rename": _rename,
    "say": _say, "qualify": _qualify, "strip": _strip, "wrap": _wrap, "grow": _grow,
    "graft": _graft, "noise": _noise, "declare": _declare, "empty": _empty,
}  # fmt: skip


def _legal(text: str) -> str:
    """What lxml lets into a tree."""
    return _NOT_XML.sub("", text)


def _serialised(root: etree._Element, encoding: tuple[str, str] | None) -> bytes:
    if encoding is None:
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    declared, sent = encoding
    text = etree.tostring(root, encoding="unicode")
    head = f'<?xml version="1.0" encoding="{declared}"?>\n'
    return (head + text).encode(sent, "xmlcharrefreplace" if sent != "utf-7" else "ignore")


def edits() -> st.SearchStrategy[Edit]:
    """One change of any kind."""
    fraction = st.floats(0, 1, exclude_max=True, width=32)
    text = st.one_of(
        st.sampled_from(TEXTS), st.sampled_from(texts()), st.text(max_size=20)
    )  # fmt: skip
    number = st.one_of(st.integers(0, 12), st.integers(0, 1_500))
    return st.builds(Edit, st.sampled_from(sorted(ACTS)), fraction, fraction, number, text)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A seed with one to eight changes, mostly in UTF-8; now and then a long one."""
    every = seeds() if draw(st.integers(0, 30)) == 30 else small()
    chosen = draw(st.sampled_from(every))
    root = deepcopy(tree(seeds().index(chosen)))
    for edit in draw(st.lists(edits(), min_size=1, max_size=8)):
        ACTS[edit.act](root, _nth(root, edit.at), edit)
    odd = draw(st.integers(0, 11)) == 11
    return _serialised(root, draw(st.sampled_from(ENCODINGS)) if odd else None)
