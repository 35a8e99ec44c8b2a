"""The one XML parser of the project: no DTD, no entities, no network, bounded size and depth.

Everything that arrives is hostile. `parse` gives a `Document` or raises `MessageUnreadable` with
findings of rule 1. libxml2 itself stops nesting beyond 256 and single values beyond 10 MB.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from xml.parsers import expat

from lxml import etree

from ddex.errors import MessageUnreadable
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterable

_STANDARD = "W3C XML 1.0; DDEX ERN part 1, message encoding"


def _rule(code: str, text: str, remedy: str, wrong: str, right: str) -> Rule:
    return Rule(
        code=code,
        number=1,
        severity=Severity.REJECT,
        ack_status="NewReleaseMessageInvalid",
        clause=_STANDARD,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


MALFORMED = _rule(
    "ERN-0101",
    "The message is well-formed XML.",
    "Mend the XML at the line given; check it with any XML tool before sending.",
    "<TitleText>Rock & Roll</TitleText>",
    "<TitleText>Rock &amp; Roll</TitleText>",
)
DOCTYPE = _rule(
    "ERN-0102",
    "The message has no DOCTYPE and declares no entities.",
    "Remove the DOCTYPE; write characters directly or as numeric references.",
    '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE m [<!ENTITY a "b">]>',
    '<?xml version="1.0" encoding="UTF-8"?>',
)
TOO_DEEP = _rule(
    "ERN-0103",
    "Elements are nested at most 256 deep.",
    "Flatten the message; no ERN structure needs such depth.",
    "<ResourceGroup><ResourceGroup>… 300 levels",
    "<ResourceGroup><ResourceGroup>… a few levels",
)
TOO_LARGE = _rule(
    "ERN-0104",
    "The message and each of its values stay within the size limits.",
    "Split the message, one release in each; keep binary data out of the XML.",
    "<Synopsis>… 10 MB of text",
    "<Synopsis>A few sentences.</Synopsis>",
)
ENCODING = _rule(
    "ERN-0105",
    "The bytes agree with the declared character encoding.",
    "Send UTF-8 and declare UTF-8.",
    '<?xml version="1.0" encoding="klingon"?>',
    '<?xml version="1.0" encoding="UTF-8"?>',
)
RULES: tuple[Rule, ...] = (MALFORMED, DOCTYPE, TOO_DEEP, TOO_LARGE, ENCODING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`max_bytes` of the document; `max_markup` bounds its elements and attributes, so memory."""

    max_bytes: int = 128 * 1024 * 1024
    max_markup: int = 6_000_000


@dataclass(frozen=True, slots=True)
class Spot:
    """A place known by line and column only."""

    line: int = 0
    xpath: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed document. Comments and processing instructions are gone, CDATA is text."""

    root: etree._Element
    data: bytes

    @property
    def namespace(self) -> str:
        """Namespace of the root element, empty when it has none."""
        return etree.QName(self.root).namespace or ""

    @property
    def name(self) -> str:
        """Local name of the root element."""
        return etree.QName(self.root).localname


def parse(data: bytes, limits: Limits | None = None) -> Document:
    """The document in these bytes (any encoding that XML declares or a byte order mark shows).

    Raises:
        MessageUnreadable: with one finding of rule 1 (codes ERN-0101 to ERN-0105).
    """
    _bounded(data, limits or Limits())
    _refuse_doctype(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise MessageUnreadable([_syntax_finding(error)]) from None
    except (ValueError, LookupError) as error:
        raise MessageUnreadable([MALFORMED.at(None, f"The XML can't be read: {error}.")]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise MessageUnreadable([_doctype_finding(1, 1)])
    return Document(root=root, data=data)


def _bounded(data: bytes, limits: Limits) -> None:
    if len(data) > limits.max_bytes:
        text = f"The message has {len(data)} bytes; at most {limits.max_bytes} are read."
        raise MessageUnreadable([TOO_LARGE.at(None, text)])
    markup = data.count(b"<") + data.count(b"=")
    if markup > limits.max_markup:
        text = f"The message has about {markup} tags and attributes; at most {limits.max_markup}."
        raise MessageUnreadable([TOO_LARGE.at(None, text)])


# Comments, processing instructions and white space may stand before a DOCTYPE.
_PROLOG = re.compile(r"\ufeff?(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)


def _refuse_doctype(data: bytes) -> None:
    """Look at the prolog before any parser sees a declaration; `parse` looks again afterwards."""
    text = data[:1_000_000].decode(_guess(data), errors="replace")
    found = _PROLOG.match(text)
    end = found.end() if found else 0
    if text.startswith("<!DOCTYPE", end):
        line = text.count("\n", 0, end) + 1
        raise MessageUnreadable([_doctype_finding(line, end - text.rfind("\n", 0, end))])


def _guess(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, b"<\0")):
        return "utf-16-le"
    if data.startswith((codecs.BOM_UTF16_BE, b"\0<")):
        return "utf-16-be"
    return "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "latin-1"


def _doctype_finding(line: int, column: int) -> Finding:
    found = DOCTYPE.at(Spot(line), "The message has a DOCTYPE, which is refused unread.")
    return _with_column(found, column)


def _with_column(finding: Finding, column: int) -> Finding:
    return replace(finding, column=column)


_XML_ERR_UNSUPPORTED_ENCODING = {31, 32, 81}
_XML_ERR_RESOURCE_LIMIT = 114
_XML_ERR_ENTITY_LOOP = 89


def _syntax_finding(error: etree.XMLSyntaxError) -> Finding:
    line, column = error.position
    what = re.sub(r", line \d+, column \d+$", "", str(error.msg)).strip()
    what = re.sub(r",? ?(use|try) XML_PARSE_HUGE( option)?", "", what).strip()
    rule = MALFORMED
    if error.code == _XML_ERR_RESOURCE_LIMIT:
        rule = TOO_DEEP if "depth" in what else TOO_LARGE
    elif error.code == _XML_ERR_ENTITY_LOOP:
        rule = DOCTYPE
    elif error.code in _XML_ERR_UNSUPPORTED_ENCODING:
        rule = ENCODING
    text = f"The XML can't be read at line {line}, column {column}: {clip(what)}."
    return _with_column(rule.at(Spot(line), text), column)


class Pathfinder:
    """Paths of many elements of one document, each parent's children counted once."""

    def __init__(self) -> None:
        self._steps: dict[etree._Element, dict[etree._Element, str]] = {}
        self._paths: dict[etree._Element, str] = {}

    def path(self, element: etree._Element) -> str:
        """Path of local names from the root, `[n]` where siblings share the name."""
        parent = element.getparent()
        if parent is None:
            return f"/{local_name(element)}"
        steps = self._steps.get(parent)
        if steps is None:
            steps = self._steps[parent] = _steps(parent)
            self._paths[parent] = self.path(parent)
        return f"{self._paths[parent]}/{steps[element]}"


def _steps(parent: etree._Element) -> dict[etree._Element, str]:
    totals = Counter(local_name(child) for child in parent)
    seen: Counter[str] = Counter()
    steps = {}
    for child in parent:
        name = local_name(child)
        seen[name] += 1
        steps[child] = f"{name}[{seen[name]}]" if totals[name] > 1 else name
    return steps


def xpath_of(element: etree._Element) -> str:
    """Path of one element; use a `Pathfinder` for many."""
    return Pathfinder().path(element)


def local_name(node: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(node.tag).rpartition("}")[2]


def locate(data: bytes, xpaths: Iterable[str]) -> dict[str, tuple[int, int]]:
    """1-based line and column of the start tag of each path, by a second pass over the bytes.

    libxml2 keeps neither columns nor lines beyond 65,535. Paths that are not there, and all
    paths of documents in an encoding that expat can't read, are left out.
    """
    wanted = {_exact(path): path for path in xpaths if path}
    if not wanted:
        return {}
    finder = _Finder(wanted)
    try:
        finder.run(data)
    except (expat.ExpatError, LookupError, ValueError):
        return finder.found
    return finder.found


def _exact(path: str) -> str:
    steps = path.strip("/").split("/")
    return "/".join(step if step.endswith("]") else f"{step}[1]" for step in steps)


class _Finder:
    """Follows the path while expat reads."""

    def __init__(self, wanted: dict[str, str]) -> None:
        self.wanted = wanted
        self.found: dict[str, tuple[int, int]] = {}
        self.stack: list[str] = []
        self.counts: list[dict[str, int]] = [{}]
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def run(self, data: bytes) -> None:
        self.parser.Parse(data, True)  # noqa: FBT003 - the C function takes no names

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        count = self.counts[-1].get(name, 0) + 1
        self.counts[-1][name] = count
        self.stack.append(f"{name}[{count}]")
        self.counts.append({})
        path = self.wanted.get("/".join(self.stack))
        if path is not None:
            self.found[path] = (
                self.parser.CurrentLineNumber,
                self.parser.CurrentColumnNumber + 1,
            )

    def end(self, _tag: str) -> None:
        self.stack.pop()
        self.counts.pop()
