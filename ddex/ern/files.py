"""The files of a resource: technical details, the files they name, hashes, clips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ddex.ern.draft import EVERYWHERE, Draft, Scope, fact
from ddex.ern.model_resources import Clip, File, HashSum
from ddex.ern.values import duration, number, seconds

if TYPE_CHECKING:
    from datetime import timedelta

    from ddex.ern.draft import Shop
    from ddex.ern.node import Node


def technical_details(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """Fills `files` and `clips`. Details without a file are kept as facts."""
    for node in nodes:
        about = Draft(draft.shop).fill(node, draft.shop.tables.technical, EVERYWHERE)
        about.attributes(node)
        reference = about.first("reference", "")
        found = _files(about, about, scope, reference=reference)
        for holder in about.all("deliveries"):
            inner = Draft(draft.shop).fill(holder, draft.shop.tables.technical, EVERYWHERE)
            inner.attributes(holder)
            found += _files(inner, about, scope, reference=reference)
        for preview in about.all("clips"):
            found += _clip(draft, preview, about, scope)
        if found:
            draft.fields.setdefault(field, []).extend(found)
        else:
            draft.keep(node)


def _files(
    holder: Draft, about: Draft, scope: Scope, *, reference: str, is_clip: bool | None = None
) -> list[File]:
    """The files of one holder; what it doesn't say, the details around it say."""
    clip = about.first("is_clip", False) if is_clip is None else is_clip  # noqa: FBT003
    more = tuple(holder.more) if holder is about else (*about.more, *holder.more)
    return [
        read_file(each, holder, scope, reference=reference, is_clip=clip, more=more)
        for each in holder.all("files")
    ]


def read_file(
    node: Node,
    holder: Draft,
    scope: Scope = EVERYWHERE,
    *,
    reference: str = "",
    is_clip: bool = False,
    more: tuple[Any, ...] = (),
) -> File:
    """A File composite; `holder` says codec, rate and delivery."""
    own = Draft(holder.shop).fill(node, holder.shop.tables.file, EVERYWHERE)
    own.attributes(node)
    first = holder.first
    spoken: Node = own.first("names", node)
    for each in own.all("names")[1:]:
        own.keep(each)
    return File(
        uri=_uri(own),
        hashes=own.all("hashes"),
        size_kb=own.first("size", None),
        provided=first("provided", None),
        is_clip=is_clip,
        technical_reference=reference,
        container=first("container", ""),
        codec=first("codec", ""),
        bit_rate=first("bit_rate", ""),
        channels=first("channels", ""),
        sampling_rate=first("sampling_rate", ""),
        bit_depth=first("bit_depth", ""),
        duration=first("duration", None),
        territories=scope.territories,
        excluded=scope.excluded,
        more=(*more, *own.more),
        place=spoken.place,
    )


def _uri(own: Draft) -> str:
    """URI or URL; in 3.8 the path joined with the name, both hostile as sent."""
    named = [each.text for each in own.all("names")]
    if "paths" not in own.fields:
        return named[0] if named else ""
    path = own.fields["paths"][0].text
    name = named[0] if named else ""
    return path + name if not path or path.endswith(("/", "\\")) else f"{path}/{name}"


def nodes_of(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """The elements themselves, for what is put together later."""
    for node in nodes:
        draft.add(field, node)
        if node.attributes and not node.children:
            draft.keep(node)


def size(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """A size in kilobytes."""
    for node in nodes:
        value = number(node.text)
        if value is None or field in draft.fields:
            draft.keep(node)
        else:
            draft.add(field, value)


def hashes(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Hash sums of every version: the names of their parts are disjoint."""
    for node in nodes:
        own = Draft(draft.shop).fill(node, draft.shop.tables.hash_sum, EVERYWHERE)
        own.attributes(node)
        draft.add(
            field,
            HashSum(
                algorithm=own.first("algorithm", ""),
                value=own.first("value", ""),
                data_type=own.first("data_type", ""),
                more=tuple(own.more),
                place=node.place,
            ),
        )


def fingerprints(draft: Draft, _field: str, nodes: list[Node], _scope: Scope) -> None:
    """A fingerprint is kept but for its bytes; a file that holds it belongs to the delivery."""
    for node in nodes:
        draft.keep(node)
        for each in node.children.get("File", []):
            draft.shop.files.append(read_file(each, Draft(draft.shop)))


def supplement(node: Node, shop: Shop) -> File:
    """A file that stands for itself, e.g. a supplemental document."""
    return read_file(node, Draft(shop))


def other_files(draft: Draft, _field: str, nodes: list[Node], _scope: Scope) -> None:
    """Files beside those of resources: they belong to the delivery."""
    for node in nodes:
        draft.shop.files.append(supplement(node, draft.shop))


def _clip(draft: Draft, node: Node, about: Draft, scope: Scope) -> list[File]:
    """A part to be played as preview: its points, and the files that hold just it."""
    own = Draft(draft.shop).fill(node, draft.shop.tables.clip, EVERYWHERE)
    own.attributes(node)
    reference = own.first("reference", "") or about.first("reference", "")
    timings: list[Node] = own.fields.get("timings", [node])
    for timing in timings:
        draft.add("clips", _timed(timing, own, timing is node, reference))
    found: list[File] = []
    for holder in own.all("deliveries"):
        inner = Draft(draft.shop).fill(holder, draft.shop.tables.technical, EVERYWHERE)
        inner.attributes(holder)
        found += _files(inner, inner, scope, reference=reference, is_clip=True)
    return found


def _timed(timing: Node, own: Draft, is_whole: bool, reference: str) -> Clip:  # noqa: FBT001
    kids = timing.children
    used = kids.get("Duration") or kids.get("DurationUsed") or ()
    more = list(own.more)
    if not is_whole and (len(used) > 1 or timing.attributes):
        more += filter(None, [fact(timing)])
    return Clip(
        start=_point(kids.get("StartPoint")),
        end=_point(kids.get("EndPoint")),
        duration=duration(used[0].text) if used else None,
        kind=own.first("kind", ""),
        expression=own.first("expression", ""),
        technical_reference=reference,
        more=tuple(more),
        place=timing.place,
    )


def _point(nodes: list[Node] | None) -> timedelta | None:
    return seconds(nodes[0].text) if nodes else None
