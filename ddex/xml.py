"""The one XML parser of the project: no DTD, no entities, no network, bounded size and depth.

Everything that arrives is hostile. `parse` gives a `Document` or raises `MessageUnreadable` with
findings of rule 1. libxml2 itself stops nesting beyond 256 and single values beyond 10 MB.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from ddex.errors import MessageUnreadable
from ddex.findings import Finding, Rule, Severity, clip
from ddex.positions import guess_encoding, root_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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


class Document:
    """A document that can be read: its bytes, and its root element as far as a start tag tells.

    `root` is the tree: made at the first question, without comments, processing instructions and
    white space between elements, CDATA as text; `tree` is it if it was made. Who can, reads a big
    document by `stream` or `ddex.growing` instead. `opening` stands for its first `STRETCH` bytes
    where it is not to be read as sent.
    """

    __slots__ = ("data", "name", "namespace", "opening", "tree")

    def __init__(self, *, data: bytes, root: etree._Element | None = None, tag: str = "") -> None:
        space, _, self.name = (str(root.tag) if root is not None else tag).rpartition("}")
        self.namespace = space.removeprefix("{")
        self.data = data
        self.opening: bytes | None = None
        self.tree = root

    def of_namespace(self, namespace: str) -> Document:
        """The same bytes, of which schemas see the root in this namespace."""
        twin = Document(data=self.data, tag=f"{{{namespace}}}{self.name}")
        encoding = guess_encoding(self.data).replace("-sig", "")
        opening = self.data[:STRETCH]
        for quote in "\"'":
            old, new = (
                f"{quote}{name}{quote}".encode(encoding) for name in (self.namespace, namespace)
            )
            opening = opening.replace(old, new, 1)
        twin.opening = opening
        return twin

    @property
    def line(self) -> int:
        """1-based line of the root's start tag."""
        return root_line(self.data)

    @property
    def root(self) -> etree._Element:
        """The root element of the tree."""
        if self.tree is None:
            self.tree = _tree(self.data)
        return self.tree


def parse(data: bytes, limits: Limits | None = None) -> Document:
    """The document in these bytes (any encoding that XML declares or a byte order mark shows).

    A small one has its tree made; a big one is read to its end, but its tree is not made.

    Raises:
        MessageUnreadable: with one finding of rule 1 (codes ERN-0101 to ERN-0105).
    """
    document = begin(data, limits)
    if len(data) > _BIG:
        stream(data, Guard())
    elif document.tree is None:
        document.tree = _tree(data)
    return document


def begin(data: bytes, limits: Limits | None = None) -> Document:
    """The document, read to its root's start tag at least: what comes then may be broken.

    A small one has its tree, unless it is broken.

    Raises:
        MessageUnreadable: as `parse`, as far as it read.
    """
    _bounded(data, limits or Limits())
    _refuse_doctype(data)
    if len(data) <= _BIG:
        with contextlib.suppress(MessageUnreadable):
            return Document(data=data, root=_tree(data))
    head = _Head()
    with contextlib.suppress(_Found):
        stream(data, head)
    return Document(data=data, tag=head.tag)


class Target:
    """What `stream` calls, for those methods that a subclass has: `start`, `end`, `data`."""

    def doctype(self, *_names: str | None) -> None:
        """The one declaration that must never be; libxml2 has read no entity yet."""
        raise MessageUnreadable([_doctype_finding(1, 1)])

    log: Callable[[], Sequence[Any]] = tuple
    """Errors of the schema so far; set before the reading begins."""

    def check(self, log: Sequence[Any]) -> None:
        """Called after each stretch of the bytes with the errors so far; may raise to end it."""

    def close(self) -> None:
        """The end, also of broken documents."""


def stream(
    data: bytes,
    target: Target,
    schema: etree.XMLSchema | None = None,
    opening: bytes | None = None,
) -> list[Any]:
    """Read the whole document without a tree; what the schema says against it.

    Comments and processing instructions are passed over; the text around them comes in several
    calls of `data`, as long texts do.

    Raises:
        MessageUnreadable: with one finding of rule 1; and whatever the target raises.
    """
    parser: Any = etree.XMLParser(
        target=cast("Any", target),  # its stubs want each method
        schema=schema,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    target.log = lambda: parser.feed_error_log
    try:
        for start in range(0, len(data) or 1, STRETCH):
            instead = opening if start == 0 else None
            parser.feed(data[start : start + STRETCH] if instead is None else instead)
            target.check(parser.feed_error_log)
        parser.close()
        target.check(parser.feed_error_log)
    except etree.XMLSyntaxError as error:
        raise MessageUnreadable([_syntax_finding(error.code, error.position, error.msg)]) from None
    except (ValueError, LookupError) as error:
        raise MessageUnreadable([MALFORMED.at(None, f"The XML can't be read: {error}.")]) from None
    finally:
        del target.log
    return _told(parser.feed_error_log)


def _told(log: Iterable[Any]) -> list[Any]:
    """The errors of the schema; one of namespaces, which libxml2 thinks bearable, is not."""
    told = []
    for entry in log:
        if entry.domain == etree.ErrorDomains.SCHEMASV:
            told.append(entry)
        elif entry.level >= etree.ErrorLevels.ERROR:
            position = (entry.line, entry.column)
            raise MessageUnreadable([_syntax_finding(entry.type, position, entry.message)])
    return told


class _Found(Exception):
    """The root's start tag was read."""


class _Head(Target):
    tag = ""

    def start(self, tag: str, _attributes: object) -> None:
        self.tag = tag
        raise _Found


class Guard(Target):
    """Counts, so that what libxml2 bounds in trees is bounded in streams: depth and texts."""

    def __init__(self) -> None:
        self._depth = 0
        self._texts: list[str] = []
        self.data = self._texts.append

    def start(self, _tag: str, _attributes: object) -> None:
        self._texts.clear()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_deep()

    def end(self, _tag: str) -> None:
        self._texts.clear()
        self._depth -= 1

    def check(self, log: Sequence[Any]) -> None:  # noqa: ARG002 - as the target has it
        bound_text(self._texts)


MAX_DEPTH = 256
_MAX_TEXT = 10_000_000
_BIG = 1 << 20
STRETCH = 1 << 16
"""Bytes between two calls of `check`."""


def too_deep() -> MessageUnreadable:
    """The error for nesting beyond `MAX_DEPTH`."""
    return MessageUnreadable([TOO_DEEP.at(None, f"Elements are nested deeper than {MAX_DEPTH}.")])


def bound_text(pieces: list[str]) -> None:
    """Refuse a text of which these pieces came so far when it is too long."""
    if len(pieces) > 1 and sum(map(len, pieces)) > _MAX_TEXT:
        text = f"A text of the message is longer than {_MAX_TEXT} characters."
        raise MessageUnreadable([TOO_LARGE.at(None, text)])


def parser_options() -> dict[str, Any]:
    """How every tree is parsed: nothing is fetched or resolved, elements and texts alone stay."""
    return {
        "resolve_entities": False,
        "load_dtd": False,
        "no_network": True,
        "dtd_validation": False,
        "huge_tree": False,
        "remove_comments": True,
        "remove_pis": True,
        "remove_blank_text": True,
        "strip_cdata": True,
    }


def _tree(data: bytes) -> etree._Element:
    try:
        root: etree._Element = etree.fromstring(data, etree.XMLParser(**parser_options()))
    except etree.XMLSyntaxError as error:
        raise MessageUnreadable([_syntax_finding(error.code, error.position, error.msg)]) from None
    except (ValueError, LookupError) as error:
        raise MessageUnreadable([MALFORMED.at(None, f"The XML can't be read: {error}.")]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise MessageUnreadable([_doctype_finding(1, 1)])
    return root


def _bounded(data: bytes, limits: Limits) -> None:
    if len(data) > limits.max_bytes:
        text = f"The message has {len(data)} bytes; at most {limits.max_bytes} are read."
        raise MessageUnreadable([TOO_LARGE.at(None, text)])
    if len(data) <= limits.max_markup:
        return
    markup = data.count(b"<") + data.count(b"=")
    if markup > limits.max_markup:
        text = f"The message has about {markup} tags and attributes; at most {limits.max_markup}."
        raise MessageUnreadable([TOO_LARGE.at(None, text)])


# Comments, processing instructions and white space may stand before a DOCTYPE.
_PROLOG = re.compile(r"\ufeff?(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)


def _refuse_doctype(data: bytes) -> None:
    """Look at the prolog before any parser sees a declaration; `parse` looks again afterwards."""
    text = data[:1_000_000].decode(_prolog_encoding(data), errors="replace")
    found = _PROLOG.match(text)
    end = found.end() if found else 0
    if text.startswith("<!DOCTYPE", end):
        line = text.count("\n", 0, end) + 1
        raise MessageUnreadable([_doctype_finding(line, end - text.rfind("\n", 0, end))])


def _prolog_encoding(data: bytes) -> str:
    """One that reads the ASCII of any prolog; `latin-1` for all that are not of two bytes."""
    found = guess_encoding(data)
    return found if found.startswith(("utf-16", "utf-8-sig")) else "latin-1"


def _doctype_finding(line: int, column: int) -> Finding:
    found = DOCTYPE.at(Spot(line), "The message has a DOCTYPE, which is refused unread.")
    return _with_column(found, column)


def _with_column(finding: Finding, column: int) -> Finding:
    return replace(finding, column=column)


_XML_ERR_UNSUPPORTED_ENCODING = {31, 32, 81}
_XML_ERR_RESOURCE_LIMIT = 114
_XML_ERR_ENTITY_LOOP = 89


def _syntax_finding(code: int, position: tuple[int, int], message: str | None) -> Finding:
    line, column = position
    what = re.sub(r", line \d+, column \d+$", "", str(message)).strip()
    what = re.sub(r",? ?(use|try) XML_PARSE_HUGE( option)?", "", what).strip()
    rule = MALFORMED
    if code == _XML_ERR_RESOURCE_LIMIT:
        rule = TOO_DEEP if "depth" in what else TOO_LARGE
    elif code == _XML_ERR_ENTITY_LOOP:
        rule = DOCTYPE
    elif code in _XML_ERR_UNSUPPORTED_ENCODING:
        rule = ENCODING
    text = f"The XML can't be read at line {line}, column {column}: {clip(what)}."
    return _with_column(rule.at(Spot(line), text), column)
