"""DDEX's Schematron rules, translated into one XSLT 3 stylesheet per file. Pure.

The rules use a small part of Schematron (pattern, rule, assert, report, value-of, role) with
XPath 2 queries, which lxml cannot run; whoever has an XSLT processor runs what this makes. A
stylesheet gives `<advice><a role path>text</a>…</advice>`. It can read nothing but the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

_S = "{http://purl.oclc.org/dsdl/schematron}"
_XSL = "http://www.w3.org/1999/XSL/Transform"
_X = f"{{{_XSL}}}"
_READS = re.compile(r"\b(?:document|doc|unparsed-text\S*|collection|json-doc|transform)\s*\(")
_NAME = re.compile(r"_(?:(BusinessProfile)|ReleaseProfile_(\w+?))_(\d+)\.sch$")
_RULE = re.compile(r"Rule\s+([\d-]+\w*)")
_HEAD = re.compile(
    r"^(?:Conditional )?(?:Fatal Error|Error|Warning|Information|Draft)(?:\s*\([^)]*\))?\s*:\s*"
    r"(?:#[^)]*\)\s*)?"
)
_PATH = """string-join(for $e in ancestor-or-self::*, $n in node-name($e) return concat('/',
local-name($e), if (count($e/../*[node-name(.) = $n]) > 1) then
concat('[', 1 + count($e/preceding-sibling::*[node-name(.) = $n]), ']') else ''), '')"""
"""The path of an element, or of the owner of an attribute, as findings write it."""


class NotTranslated(ValueError):
    """The file is no Schematron, or asks for more than a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What an official rule says: `rule` is its number, empty when the text names none."""

    level: str
    rule: str
    text: str
    xpath: str
    line: int = 0
    column: int = 0


def applies(name: str, version: str, profiles: str) -> bool:
    """Whether a file of this name is for a message of this version that claims these profiles.

    Files of release profiles 2.x are for ERN 4, those of 1.x for ERN 3; rules for all track
    releases and the business rules are for every message of their family.
    """
    found = _NAME.search(name)
    if found is None or (int(found[3]) >= 20) != version.startswith("4"):
        return False
    wanted = {part.lower() for part in re.split(r"[\s/]+", profiles)}
    profile = (found[2] or "").removesuffix("Variant").lower()
    return bool(found[1]) or profile == "releaseprofiletrackreleaserules" or profile in wanted


def translate(data: bytes) -> bytes:
    """The stylesheet for a file of rules.

    Raises:
        NotTranslated: it is none, or its queries read other documents.
    """
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise NotTranslated(str(wrong)) from None
    if root.tag != f"{_S}schema":
        raise NotTranslated("it is no Schematron")
    spaces = {each.get("prefix", ""): each.get("uri", "") for each in root.iter(f"{_S}ns")}
    sheet = etree.Element(
        f"{_X}stylesheet",
        {"version": "3.0"},
        nsmap={**{k: v for k, v in spaces.items() if k and v}, "xsl": _XSL},
    )
    start = etree.SubElement(sheet, f"{_X}template", match="/")
    answer = etree.SubElement(start, "advice")
    for number, pattern in enumerate(root.iter(f"{_S}pattern")):
        mode = f"m{number}"
        etree.SubElement(answer, f"{_X}apply-templates", select="/", mode=mode)
        etree.SubElement(sheet, f"{_X}mode", {"name": mode, "on-no-match": "shallow-skip"})
        rules = pattern.findall(f"{_S}rule")
        for rank, rule in enumerate(rules):
            _template(sheet, rule, mode, len(rules) - rank)
    made: bytes = etree.tostring(sheet, encoding="UTF-8", xml_declaration=True)
    return made


def _template(sheet: etree._Element, rule: etree._Element, mode: str, priority: int) -> None:
    """The first rule of a pattern that fits a node judges it; then its children are visited."""
    context = _query(rule.get("context", ""))
    template = etree.SubElement(
        sheet, f"{_X}template", match=context, mode=mode, priority=str(priority)
    )
    for each in rule.iterchildren(f"{_S}let"):
        value = _query(each.get("value", ""))
        etree.SubElement(template, f"{_X}variable", name=each.get("name", ""), select=value)
    for each in rule.iterchildren(f"{_S}assert", f"{_S}report"):
        test = _query(each.get("test", ""))
        test = test if each.tag == f"{_S}report" else f"not({test})"
        said = etree.SubElement(template, f"{_X}if", test=test)
        made = etree.SubElement(said, "a", role=each.get("role", ""))
        path = etree.SubElement(made, f"{_X}attribute", name="path")
        etree.SubElement(path, f"{_X}value-of", select=_PATH)
        _text(made, each)
    etree.SubElement(template, f"{_X}apply-templates", select="@*|node()", mode=mode)


def _text(made: etree._Element, source: etree._Element) -> None:
    """The sentence, with the values that it takes from the message."""
    _say(made, source.text)
    for child in source:
        if child.tag == f"{_S}value-of":
            etree.SubElement(made, f"{_X}value-of", select=_query(child.get("select", "")))
        elif child.tag == f"{_S}name":
            etree.SubElement(made, f"{_X}value-of", select="name(.)")
        _say(made, child.tail)


def _say(made: etree._Element, text: str | None) -> None:
    if text:
        etree.SubElement(made, f"{_X}text").text = text


def _query(text: str) -> str:
    if not text.strip() or _READS.search(text):
        raise NotTranslated("a query reads more than the message")
    return text


def understood(answer: bytes) -> tuple[Advice, ...]:
    """What a stylesheet gave, the same advice for the same place once."""
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    root = etree.fromstring(answer, parser)
    found = (_advice(each) for each in root.iterchildren("a"))
    return tuple(dict.fromkeys(found))


def _advice(said: etree._Element) -> Advice:
    text = " ".join("".join(said.itertext()).split())
    number = _RULE.search(text)
    return Advice(
        level=said.get("role", ""),
        rule=number[1] if number else "",
        text=_HEAD.sub("", text),
        xpath=said.get("path", ""),
    )
