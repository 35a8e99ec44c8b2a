"""Resources, from details that hold everywhere, in editions, or by territory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ddex.ern.draft import EVERYWHERE, Draft, Scope, fact, shape
from ddex.ern.model_resources import Contained, RelatedRelease, Resource, Territorial
from ddex.ern.model_values import Fact, for_territory
from ddex.ern.parts import LANGUAGE
from ddex.ern.values import duration, seconds, truth

if TYPE_CHECKING:
    from ddex.ern.draft import Shop
    from ddex.ern.node import Node

_SUPPLEMENTAL = frozenset({"IsSupplemental"})
_SHAPE = shape(Resource)
_MADE = frozenset({"reference", "titles"})
_TITLE_RANK = {"DisplayTitleText": 1, "ReferenceTitle": 2}
_APART = frozenset({"display_artists", "contributors", "groups"})
"""What details by territory say as a whole list, which replaces the default one there."""


def read_resource(node: Node, shop: Shop) -> Resource:
    """A sound recording, video, image, text, …; `kind` is the element's name."""
    draft = Draft(shop).fill(node, shop.tables.resource, EVERYWHERE)
    draft.attributes(node, _SUPPLEMENTAL)
    values = draft.values(_SHAPE, _MADE)
    said = draft.fields
    for lines, line in (("p_lines", "p_line"), ("c_lines", "c_line")):
        if lines in said:
            values[line] = for_territory(said[lines])
    if "publication_dates" in said:
        values["first_publication"] = _first_publication(values["publication_dates"])
    if "languages" in said:
        values["language"] = said["languages"][0]
    if "territorial" in said:
        for field in ("display_artists", "contributors"):
            values[field] = by_default(draft, field)
    return Resource(
        reference=draft.first("reference", ""),
        kind=node.name,
        titles=ordered_titles(draft),
        is_supplemental=truth(node.attribute("IsSupplemental")) is True,
        more=tuple(draft.more),
        place=node.place,
        **values,
    )


def _first_publication(dates: tuple[Any, ...]) -> str:
    """The original date before that of this release of the recording."""
    original = [each for each in dates if each.kind != "ResourceReleaseDate"]
    found = for_territory(original or dates)
    return found.text if found else ""


def ordered_titles(draft: Draft) -> tuple[Any, ...]:
    """Structured display titles first, then the one-string forms, then the reference title."""
    found = draft.all("titles")
    if len(found) < 2:
        return found
    return tuple(sorted(found, key=lambda title: _TITLE_RANK.get(title.kind, 0)))


def by_default(draft: Draft, field: str) -> tuple[Any, ...]:
    """What holds by default: said of the whole, else in the first details that say it."""
    own = draft.all(field)
    if own:
        return own
    said = (getattr(each, field) for each in draft.fields.get("territorial", ()))
    return next((each for each in said if each), ())


def editions(draft: Draft, _field: str, nodes: list[Node], scope: Scope) -> None:
    """Editions of a recording or video (4.3): what they say counts for the resource."""
    for node in nodes:
        draft.fill(node, draft.shop.tables.edition, scope)
        draft.attributes(node)


def details(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Details by territory (3.8): the first give the defaults, later ones what differs."""
    table = draft.shop.tables.details
    for index, node in enumerate(nodes):
        scope = Scope(codes(draft, node), codes(draft, node, "Excluded"), index == 0)
        local = Draft(draft.shop).fill(node, table, scope)
        local.attributes(node, frozenset({LANGUAGE}))
        for name, values in local.fields.items():
            if name not in _APART:
                draft.fields.setdefault(name, []).extend(values)
        draft.add(
            field,
            Territorial(
                territories=scope.territories,
                excluded=scope.excluded,
                language=node.attribute(LANGUAGE),
                is_default=scope.is_default,
                display_artists=local.all("display_artists"),
                contributors=local.all("contributors"),
                resource_groups=local.all("groups"),
                more=tuple(local.more),
            ),
        )


def codes(draft: Draft, node: Node, prefix: str = "") -> tuple[str, ...]:
    """Territories (`Excluded` ones) of a composite; equal tuples are one."""
    nodes = node.children.get(f"{prefix}TerritoryCode", ())
    return draft.shop.share(tuple([each.text for each in nodes if each.text]))


def typed_codes(draft: Draft, _field: str, nodes: list[Node], _scope: Scope) -> None:
    """The codes themselves are read by `codes`; what system they are of is kept."""
    for node in nodes:
        if node.attributes:
            draft.keep(node)


def related_releases(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Other releases and how they relate to this."""
    for node in nodes:
        own = Draft(draft.shop).fill(node, draft.shop.tables.related_release, EVERYWHERE)
        own.attributes(node)
        draft.add(
            field,
            RelatedRelease(
                kind=own.first("kind", ""),
                identifiers=own.all("identifiers"),
                titles=ordered_titles(own) + own.all("additional_titles"),
                more=tuple(own.more),
                place=node.place,
            ),
        )


def contained(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Resources that this one contains or relates to; the first timing gives its cue points."""
    for node in nodes:
        own = Draft(draft.shop).fill(node, draft.shop.tables.contained, EVERYWHERE)
        own.attributes(node)
        timings = own.fields.get("timings", [node])
        more = list(own.more)
        for timing in timings[1:]:
            more += filter(None, [fact(timing)])
        draft.add(field, _contained(node, timings[0], own, more))


def _contained(node: Node, timing: Node, own: Draft, more: list[Fact]) -> Contained:
    if len(timing.children.get("DurationUsed", ())) > 1:
        more += filter(None, [fact(timing)])
    return Contained(
        reference=own.first("reference", ""),
        kind=own.first("kind", ""),
        identifiers=own.all("identifiers"),
        start=seconds(timing.text_at("StartPoint")),
        end=seconds(timing.text_at("EndPoint")),
        duration=duration(timing.text_at("DurationUsed")),
        purpose=own.first("purpose", ""),
        more=tuple(more),
        place=node.place,
    )


def contained_list(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """A list of contained resources."""
    for node in nodes:
        for name, found in node.children.items():
            if name == "ResourceContainedResourceReference":
                contained(draft, field, found, scope)
            else:
                for each in found:
                    draft.keep(each)
