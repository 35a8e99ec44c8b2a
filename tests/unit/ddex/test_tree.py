from __future__ import annotations

from hypothesis import given, strategies as st
from lxml import etree

from ddex import tree


def test_only_the_root_has_the_namespace() -> None:
    root = tree.root("urn:x", "Root", "x", {"A": "1", "Empty": ""})
    tree.put(root, "Child", "")
    tree.put_if(root, "Left", "")
    tree.put_if(root, "Kept", "text", {"B": "2"})
    assert tree.serialise(root) == (
        b"<?xml version='1.0' encoding='UTF-8'?>\n"
        b'<x:Root xmlns:x="urn:x" A="1">\n  <Child></Child>\n  <Kept B="2">text</Kept>\n</x:Root>'
    )


def test_what_xml_forbids_becomes_a_mark() -> None:
    assert tree.legal("a\x00\ud800\uffff\x1bb") == "a����b"
    assert tree.legal("tab\t line\n 日本 🎵 \x85") == "tab\t line\n 日本 🎵 \x85"


@given(st.text())
def test_any_text_survives_writing_and_parsing(text: str) -> None:
    root = tree.root("urn:x", "Root", "x", {"A": text})
    tree.put(root, "Child", text)
    data = tree.serialise(root)
    found = etree.fromstring(data).findtext("Child")
    assert (found or "") == tree.legal(text)
