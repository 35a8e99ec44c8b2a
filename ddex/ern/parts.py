"""Readings of what releases, resources and deals share: texts, titles, identifiers, lines.

Each takes a draft, the field to fill, the elements of one name, and the scope they stand in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ddex.ern.draft import Scope, fact, spare
from ddex.ern.model_values import NOWHERE, CopyrightLine, Fact, Genre, Identifier, Localized
from ddex.ern.values import duration, truth, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ddex.ern.draft import Draft
    from ddex.ern.node import Node

TERRITORY, LANGUAGE, DEFAULT = "ApplicableTerritoryCode", "LanguageAndScriptCode", "IsDefault"
SCOPED = frozenset({TERRITORY, LANGUAGE, DEFAULT})
MULTIPLE = " "
"""Between several sub-titles."""


def single(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """A text that stands once; further ones, and attributes, are kept as facts."""
    said = draft.fields
    for node in nodes:
        text = node.text
        if field in said or not text:
            draft.keep(node)
        else:
            said[field] = [text]
            if node.attributes or node.kids is not None:
                draft.keep(node)


def texts(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Texts in their order; those with attributes (a UserDefined value) are facts besides."""
    found = [node.text for node in nodes if node.text]
    if found:  # at once: a deal may list every territory of the world
        said = draft.fields
        said[field] = said[field] + found if field in said else found
    for node in nodes:
        if node.attributes or node.kids is not None:
            draft.keep(node)


def named(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """As `single`; a UserDefined value is what its sender calls it."""
    for node in nodes:
        own = node.attributes.get("UserDefinedValue", "").strip() if node.attributes else ""
        if field in draft.fields or not node.text:
            draft.keep(node)
            continue
        draft.add(field, own if own and node.text == "UserDefined" else node.text)
        if node.attributes or node.children:
            draft.keep(node)


def flag(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """True or false; what is neither is kept as a fact."""
    for node in nodes:
        value = truth(node.text)
        if value is None or field in draft.fields:
            draft.keep(node)
        else:
            draft.add(field, value)


def default_flag(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """A flag that counts where it stands among the default details, a fact elsewhere."""
    if scope.is_default or not (scope.territories or scope.excluded):
        flag(draft, field, nodes, scope)
    else:
        for node in nodes:
            draft.keep(node)


def length(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """An xs:duration; what is none is kept as a fact."""
    for node in nodes:
        value = duration(node.text)
        if value is None or field in draft.fields:
            draft.keep(node)
        else:
            draft.add(field, value)


def numbered(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """A sequence number, as a whole number and as sent (`<field>_text`)."""
    for node in nodes:
        if field + "_text" in draft.fields:
            draft.keep(node)
            continue
        value = whole(node.text)
        draft.add(field, value)
        draft.add(field + "_text", node.text)
        if value is None:
            draft.keep(node)


def localize(
    node: Node,
    scope: Scope,
    text: str,
    *,
    kind: str = "",
    subtitle: str = "",
    known: frozenset[str] = SCOPED,
    more: tuple[Fact, ...] = (),
    placed: bool = False,
) -> Localized:
    """A text where its element, or the composite around it, says that it holds."""
    territories, excluded, is_default = scope
    language = ""
    attributes = node.attributes
    if attributes:
        territories, language, is_default = _said(node, scope)
        if not attributes.keys() <= known:
            more = (*more, *spare(node, known))
    return Localized(
        text=text,
        territories=territories,
        excluded=excluded,
        language=language,
        is_default=is_default,
        subtitle=subtitle,
        kind=kind,
        more=more,
        place=node.place if placed else NOWHERE,
    )


def _said(node: Node, scope: Scope) -> tuple[tuple[str, ...], str, bool]:
    """Territories, language and default flag of an element within a scope."""
    get = node.attributes.get
    territory, default = get(TERRITORY), get(DEFAULT)
    said = truth(default.strip()) if default else None
    return (
        _alone(territory.strip()) if territory else scope.territories,
        get(LANGUAGE, "").strip(),
        scope.is_default if said is None else said,
    )


@lru_cache(maxsize=1_000)
def _alone(territory: str) -> tuple[str, ...]:
    """The same tuple for the same territory."""
    return (territory,) if territory else ()


def localized(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """Elements whose own text is the value; their places are known."""
    for node in nodes:
        if node.text:
            draft.add(field, localize(node, scope, node.text, placed=True))
        else:
            draft.keep(node)


def of_kind(kind: str) -> Callable[[Draft, str, list[Node], Scope], None]:
    """As `localized`, all of one kind."""

    def take(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
        for node in nodes:
            if node.text:
                draft.add(field, localize(node, scope, node.text, kind=kind, placed=True))
            else:
                draft.keep(node)

    return take


def by_attribute(name: str) -> Callable[[Draft, str, list[Node], Scope], None]:
    """As `localized`; an attribute says the kind."""
    known = SCOPED | {name}

    def take(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
        for node in nodes:
            if node.text:
                kind = node.attributes.get(name, "").strip() if node.attributes else ""
                draft.add(field, localize(node, scope, node.text, kind=kind, known=known))
            else:
                draft.keep(node)

    return take


def titles(kind: str) -> Callable[[Draft, str, list[Node], Scope], None]:
    """Structured titles; their TitleType, if any, says the kind."""
    known = SCOPED | {"TitleType"}

    def take(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
        for node in nodes:
            own = node.attributes.get("TitleType", "").strip() if node.attributes else ""
            title = _title(node, scope, own or kind, known)
            if title is None:
                draft.keep(node)
            else:
                draft.add(field, title)

    return take


def shown_titles(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """3.8 titles: those to display fill the field, the others `additional_titles`."""
    for node in nodes:
        kind = node.attributes.get("TitleType", "").strip() if node.attributes else ""
        shown = kind in {"", "DisplayTitle"}
        titles("DisplayTitle")(draft, field if shown else "additional_titles", [node], scope)


def _title(node: Node, scope: Scope, kind: str, known: frozenset[str]) -> Localized | None:
    children = node.children
    heads = children.get("TitleText", [])
    if len(children) == 1 and len(heads) == 1 and heads[0].text and not heads[0].attributes:
        return localize(node, scope, heads[0].text, kind=kind, known=known)
    subs = children.get("SubTitle", [])
    if not heads or not heads[0].text:
        return None
    more = tuple(_title_facts(children, heads, subs)) if _is_rich(children, heads, subs) else ()
    subtitle = MULTIPLE.join(each.text for each in subs if each.text)
    return localize(
        node, scope, heads[0].text, kind=kind, subtitle=subtitle, known=known, more=more
    )


def _is_rich(children: dict[str, list[Node]], heads: list[Node], subs: list[Node]) -> bool:
    plain = len(heads) + len(subs) == sum(map(len, children.values()))
    return not plain or len(subs) > 1 or any(each.attributes for each in (*heads, *subs))


def _title_facts(
    children: dict[str, list[Node]], heads: list[Node], subs: list[Node]
) -> Iterator[Fact]:
    """What a title's two texts don't say: each sub-title for itself, languages, other elements."""
    others = [
        each
        for name, nodes in children.items()
        if name not in {"TitleText", "SubTitle"}
        for each in nodes
    ]
    marked = [each for each in heads if each.attributes] + heads[1:]
    several = subs if len(subs) > 1 else [each for each in subs if each.attributes]
    for each in (*marked, *several, *others):
        found = fact(each)
        if found:
            yield found


def identifiers(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Every identifier in these composites, empty ones too: rules judge them."""
    for node in nodes:
        whole_id = tuple(spare(node)) if node.attributes else ()
        for name, found in node.children.items():
            for each in found:
                draft.add(field, _identifier(each, name, whole_id))


def _identifier(node: Node, kind: str, more: tuple[Fact, ...]) -> Identifier:
    namespace = ""
    if node.attributes:
        namespace = node.attributes.get("Namespace", "").strip()
        more = (*more, *spare(node, frozenset({"Namespace"})))
    if node.children:
        more = (*more, *(fact(node) or Fact(name=kind)).facts)
    return Identifier(kind=kind, value=node.text, namespace=namespace, more=more, place=node.place)


def lines(letter: str) -> Callable[[Draft, str, list[Node], Scope], None]:
    """P lines (`P`) or C lines (`C`)."""
    names = (f"{letter}LineText", "Year", f"{letter}LineCompany")
    known = SCOPED | {"PLineType"}

    def take(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
        for node in nodes:
            draft.add(field, _line(node, scope, names, known))

    return take


def _line(
    node: Node, scope: Scope, names: tuple[str, str, str], known: frozenset[str]
) -> CopyrightLine:
    said = node.children
    more: list[Fact] = []
    found = dict.fromkeys(names, "")
    for name, nodes in said.items():
        for each in nodes:
            if name in found and not found[name] and not each.attributes:
                found[name] = each.text
            else:
                more.extend(filter(None, [fact(each)]))
    territories, language, is_default, kind = scope.territories, "", scope.is_default, ""
    if node.attributes:
        territories, language, is_default = _said(node, scope)
        kind = node.attributes.get("PLineType", "").strip()
        more.extend(spare(node, known))
    text, year, company = (found[name] for name in names)
    return CopyrightLine(
        text=text,
        year=year,
        company=company,
        territories=territories,
        excluded=scope.excluded,
        language=language,
        is_default=is_default,
        kind=kind,
        more=tuple(more),
    )


def genres(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """Genres with sub-genre and categories."""
    for node in nodes:
        plain = localize(node, scope, node.text_at("GenreText"), subtitle=node.text_at("SubGenre"))
        if not plain.text:
            draft.keep(node)
            continue
        draft.add(
            field,
            Genre(
                text=plain.text,
                territories=plain.territories,
                excluded=plain.excluded,
                language=plain.language,
                is_default=plain.is_default,
                subtitle=plain.subtitle,
                more=(*plain.more, *_genre_facts(node)),
                place=node.place,
                categories=node.texts("GenreCategory/Value"),
                sub_categories=node.texts("SubGenreCategory/Value"),
            ),
        )


def _genre_facts(node: Node) -> Iterator[Fact]:
    for name, nodes in node.children.items():
        for index, each in enumerate(nodes):
            plain = name in {"GenreText", "SubGenre"} and index == 0 and not each.attributes
            found = None if plain else fact(each)
            if found and (found.attributes or not name.endswith("Category") or _detailed(found)):
                yield found


def _detailed(category: Fact) -> bool:
    return any(each.name != "Value" or each.attributes for each in category.facts)


def ratings(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """Ratings of films: `kind` is the agency."""
    for node in nodes:
        draft.add(
            field,
            localize(
                node,
                scope,
                node.text_at("Rating", "RatingText"),
                kind=node.text_at("Agency", "RatingAgency"),
                more=(fact(node) or Fact(name=node.name)).facts,
            ),
        )


def publications(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """Dates of publication, in a text or in a FulfillmentDate composite."""
    for node in nodes:
        inner = node.text_at("FulfillmentDate")
        text = node.text or inner
        if not text:
            draft.keep(node)
            continue
        more = (fact(node) or Fact(name=node.name)).facts if inner else ()
        others = tuple(each for each in more if each.text != inner or each.attributes)
        draft.add(field, localize(node, scope, text, kind=node.name, more=others, placed=True))


def display_credits(node: Node) -> Localized:
    """A line of credit to show, e.g. `Written by Ada Fictional`."""
    facts = (fact(node) or Fact(name=node.name)).facts
    rest = tuple(each for each in facts if each.name != "DisplayCreditText" or each.attributes)
    return localize(node, Scope(), node.text_at("DisplayCreditText"), more=rest)


def credit_lines(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Lines of credit of a whole recording."""
    for node in nodes:
        draft.add(field, display_credits(node))
