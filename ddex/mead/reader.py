"""From a parsed document to the MEAD model, by the tables of `ddex.mead.paths`.

Never raises on odd content: what can't be read is empty in the model, and the rules say so. Some
senders qualify child elements with the namespace; they are read all the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ddex.elements import Pathfinder, local_name
from ddex.ern.model import Header, Localized, Message
from ddex.ern.values import instant
from ddex.mead.model import Fact, Id, Mead, Source, Subject
from ddex.mead.paths import IDENTIFIERS, INNER, ROWS, SHELVES, Row, Shelf
from ddex.xml import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

    from ddex.xml import Document

_SOURCE = "MetadataSourceReference"
_LANGUAGE, _TERRITORY = "LanguageAndScriptCode", "ApplicableTerritoryCode"
_OWN = (_LANGUAGE, _TERRITORY, "Namespace", "UserDefinedValue")
_REFERENCES = ("MusicalWorkReference",)


def read(document: Document, version: str) -> Mead:
    """The message in this document, whose root is a MeadMessage of `version` (`101`)."""
    root = document.root
    finder = Pathfinder()
    message = Message(
        type=document.name,
        version=version,
        header=_header(root),
        language=root.get(_LANGUAGE) or "",
        avs_version=root.get("AvsVersionId") or "",
    )
    return Mead(
        message=message,
        subscription_id=_text_at(root, "SubscriptionId"),
        sources=tuple(_source(each) for each in _all(root, "MetadataSourceList/MetadataSource")),
        subjects=tuple(
            _subject(element, shelf, finder)
            for shelf in SHELVES
            for element in _all(root, shelf.path)
        ),
    )


def _header(root: Element) -> Header:
    header = next(_all(root, "MessageHeader"), None)
    if header is None:
        return Header(message_id="")
    created = _text_at(header, "MessageCreatedDateTime")
    return Header(
        message_id=_text_at(header, "MessageId"),
        thread_id=_text_at(header, "MessageThreadId"),
        sender_dpid=_text_at(header, "MessageSender/PartyId"),
        sender_name=_text_at(header, "MessageSender/PartyName/FullName"),
        on_behalf_of_dpid=_text_at(header, "SentOnBehalfOf/PartyId"),
        recipients=tuple(_text(each) for each in _all(header, "MessageRecipient/PartyId")),
        created=instant(created),
        created_text=created,
        control_type=_text_at(header, "MessageControlType"),
    )


def _source(element: Element) -> Source:
    return Source(
        reference=_text_at(element, "SourceReference"),
        name=_text_at(element, "PartyName/FullName/Name", "PartyName/FullName", "PartyId/*"),
        type=_word(next(_all(element, "MetadataSourceType"), None)),
    )


def _subject(element: Element, shelf: Shelf, finder: Pathfinder) -> Subject:
    summary = next(_all(element, shelf.summary), None)
    about = element if summary is None else summary
    own = [each for each in element if each is not summary]
    reference = [each for each in own if local_name(each) in _REFERENCES]
    facts = [fact for each in own if each not in reference for fact in _facts(each, finder)]
    read_already: set[Element] = set()
    identifiers = tuple(_identifiers(about, shelf, finder, read_already))
    titles = tuple(_names(about, shelf.titles, read_already))
    artists = tuple(_names(about, shelf.artists, read_already))
    rest = () if summary is None else tuple(_leaves(summary, "", read_already))
    return Subject(
        kind=shelf.kind,
        identifiers=identifiers,
        titles=titles,
        artists=artists,
        facts=(*_pronunciations(rest), *facts),
        territory=element.get(_TERRITORY) or "",
        priority=(
            element.get("PriorityPeriodStartDate") or "",
            element.get("PriorityPeriodEndDate") or "",
        ),
        reference=_text(reference[0]) if reference else "",
        summary=rest,
        place=_place(element, finder),
    )


def _identifiers(
    about: Element, shelf: Shelf, finder: Pathfinder, done: set[Element]
) -> Iterator[Id]:
    for path in shelf.identifiers:
        for holder in [about] if path == "." else _all(about, path):
            for each in holder:
                if local_name(each) in IDENTIFIERS and _text(each):
                    done.add(each)
                    yield Id(
                        kind=local_name(each),
                        value=_text(each),
                        namespace=(each.get("Namespace") or "").strip(),
                        place=_place(each, finder),
                    )


_NAME_PATHS = (
    "TitleText/Title", "TitleText", "FullName/Name", "FullName", "Name",
    "PartyName/FullName/Name", "PartyName/FullName", "Name/FullName/Name", ".",
)  # fmt: skip


def _names(about: Element, names: tuple[str, ...], done: set[Element]) -> Iterator[Localized]:
    for name in names:
        for each in _all(about, name):
            spot = next((s for path in _NAME_PATHS for s in _all(each, path) if _text(s)), None)
            if spot is None:
                continue
            subtitle = next((s for s in _all(each, "SubTitle/Title") if _text(s)), None)
            done |= {spot} if subtitle is None else {spot, subtitle}
            yield Localized(
                text=_text(spot),
                subtitle="" if subtitle is None else _text(subtitle),
                language=spot.get(_LANGUAGE) or each.get(_LANGUAGE) or "",
                kind=name,
            )


def _pronunciations(rest: tuple[tuple[str, str], ...]) -> Iterator[Fact]:
    for path, value in rest:
        if path.endswith("/Pronunciation"):
            yield Fact(kind="pronunciation", value=value, details=(("of", path.split("/")[0]),))


def _facts(element: Element, finder: Pathfinder) -> Iterator[Fact]:
    name = local_name(element)
    row = ROWS.get(name) or Row(_snake(name), ("Value", "Text", "."))
    inner = [each for path in INNER.get(name, ()) for each in _all(element, path)]
    spots = _spots(element, row)
    if spots or not inner:
        for group in [[spot] for spot in spots] if row.each and spots else [spots]:
            yield _fact(element, row, group, {*inner, *(spots if row.each else group)}, finder)
    for each in inner:
        yield from _facts(each, finder)


def _fact(
    element: Element, row: Row, spots: list[Element], done: set[Element], finder: Pathfinder
) -> Fact:
    first = spots[0] if spots else element
    details = [pair for spot in spots for pair in _attributes(spot, _step(spot, element), _OWN)]
    return Fact(
        kind=row.kind,
        value=row.join.join(_word(spot) for spot in spots),
        namespace=(first.get("Namespace") or "").strip() if _text(first) == "UserDefined" else "",
        language=first.get(_LANGUAGE) or element.get(_LANGUAGE) or "",
        territory=first.get(_TERRITORY) or element.get(_TERRITORY) or "",
        sources=tuple(_text(each) for each in _all(element, _SOURCE)),
        details=(*details, *_leaves(element, "", done | set(_all(element, _SOURCE)))),
        place=_place(element, finder),
    )


def _spots(element: Element, row: Row) -> list[Element]:
    """The elements that hold the value."""
    groups = [[each for each in _all(element, path) if _text(each)] for path in row.values]
    filled = [group for group in groups if group]
    if row.join:
        return [group[0] for group in filled]
    if not filled:
        return []
    return filled[0] if row.each else filled[0][:1]


def _leaves(element: Element, path: str, done: set[Element]) -> Iterator[tuple[str, str]]:
    """Every text and attribute below an element that is not in `done`, in document order."""
    if element not in done:
        yield from _attributes(element, path, () if path else _OWN[:2])
        if path and _text(element):
            yield path, _text(element)
    for child in element:
        yield from _leaves(
            child, f"{path}/{local_name(child)}" if path else local_name(child), done
        )


def _attributes(element: Element, path: str, own: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """But for those (`own`) that have a place of their own in the model."""
    words = own if _text(element) == "UserDefined" else own[:2]
    for name, value in element.attrib.items():
        if str(name) not in words and value:
            yield f"{path}/@{name}" if path else f"@{name}", str(value)


def _step(spot: Element, element: Element) -> str:
    steps: list[str] = []
    at: Element | None = spot
    while at is not None and at is not element:
        steps.append(local_name(at))
        at = at.getparent()
    return "/".join(reversed(steps))


def _all(element: Element, path: str) -> Iterator[Element]:
    """The elements at a path of local names."""
    step, _, rest = path.partition("/")
    if step == ".":
        yield element
        return
    for child in element:
        if step in {local_name(child), "*"}:
            yield from _all(child, rest) if rest else (child,)


def _text_at(element: Element, *paths: str) -> str:
    found = (_text(each) for path in paths for each in _all(element, path))
    return next((text for text in found if text), "")


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _word(element: Element | None) -> str:
    """An allowed value, or the sender's own."""
    if element is None:
        return ""
    text = _text(element)
    return (
        (element.get("UserDefinedValue") or "").strip() or text if text == "UserDefined" else text
    )


def _place(element: Element, finder: Pathfinder) -> Spot:
    return Spot(element.sourceline or 0, finder.path(element))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()[:40]
