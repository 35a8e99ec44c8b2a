"""The tree of a document while it grows, so that who reads it can cut off what was read.

What libxml2 bounds in trees (depth, texts) is bounded here by libxml2 itself. What it says against
broken bytes is said in the words of `ddex.xml.stream`, which reads them once more for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from ddex.errors import MessageUnreadable
from ddex.xml import DOCTYPE, MALFORMED, STRETCH, Guard, parser_options, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.xml import Document


def growing(document: Document) -> Iterator[tuple[etree._Element, bool]]:
    """The root element each time that more of it is there, and whether that is all.

    Elements that another one follows, or the end of their parent, are complete; they may be cut
    off unless the document has a tree of its own (`document.tree`).

    Raises:
        MessageUnreadable: with one finding of rule 1.
    """
    if document.tree is not None:
        yield document.tree, True
        return
    tag = f"{{{document.namespace}}}{document.name}" if document.namespace else document.name
    parser: Any = etree.XMLPullParser(events=("start",), tag=tag, **parser_options())
    try:
        yield from _grown(parser, document.data)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise refused(document.data, str(error)) from None


def _grown(parser: Any, data: bytes) -> Iterator[tuple[etree._Element, bool]]:  # noqa: ANN401 - its stubs lack feed_error_log
    root = None
    for start in range(0, len(data), STRETCH):
        parser.feed(data[start : start + STRETCH])
        if root is None:
            root = next((element for _, element in parser.read_events()), None)
            if root is None:
                continue
            if root.getroottree().docinfo.internalDTD is not None:
                raise MessageUnreadable([DOCTYPE.at(None, "The message has a DOCTYPE.")])
        yield root, False
    whole = parser.close()
    yield whole, True


def refused(data: bytes, why: str) -> MessageUnreadable:
    """The error for bytes that can't be read as a tree, as `stream` tells it if it does."""
    try:
        stream(data, Guard())
    except MessageUnreadable as error:
        return error
    return MessageUnreadable([MALFORMED.at(None, f"The XML can't be read: {why}.")])
