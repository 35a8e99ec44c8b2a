"""Parties: those of PartyList, those that 3.8 names where they act, and what they are credited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.draft import EVERYWHERE, Draft, Scope, fact, spare
from ddex.ern.model_resources import RightsController
from ddex.ern.model_values import Credit, Fact, Identifier, Party
from ddex.ern.parts import display_credits, localize
from ddex.ern.values import truth, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.draft import Shop
    from ddex.ern.node import Node

_SEQUENCE = frozenset({"SequenceNumber"})
_FLAGS = frozenset({"IsDPID", "IsISNI", "Namespace"})
_SOCIETY_IDS = {"IPI": "IpiNameNumber", "IPN": "IPN"}


def read_party(node: Node, shop: Shop) -> Party:
    """An entry of PartyList."""
    draft = Draft(shop).fill(node, shop.tables.party, EVERYWHERE)
    draft.attributes(node)
    party = Party(
        reference=draft.first("reference", ""),
        names=draft.all("names"),
        identifiers=draft.all("identifiers"),
        more=tuple(draft.more),
        place=node.place,
    )
    shop.names.setdefault(party.reference, party.name)
    return party


def names(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """Names of a party; what beside the full name was sent is kept with it."""
    for node in nodes:
        full = node.text_at("FullName")
        if not full:
            draft.keep(node)
            continue
        facts = (fact(node) or Fact(name=node.name)).facts
        rest = tuple(each for each in facts if each.name != "FullName" or each.attributes)
        draft.add(field, localize(node, scope, full, more=rest))


def party_ids(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Identifiers of a party: a composite of kinds in ERN 4, a flagged text in 3.8."""
    for node in nodes:
        for kind, each in _kinds(node):
            namespace = ""
            more: tuple[Fact, ...] = ()
            if each.attributes:
                namespace = each.attributes.get("Namespace", "").strip()
                more = tuple(spare(each, _FLAGS))
            draft.add(
                field,
                Identifier(
                    kind=kind, value=each.text, namespace=namespace, more=more, place=each.place
                ),
            )
        if node.children and node.attributes:
            draft.more.extend(spare(node))


def _kinds(node: Node) -> Iterator[tuple[str, Node]]:
    if node.children:
        for kind, nodes in node.children.items():
            for each in nodes:
                yield kind, each
    else:
        yield party_id_kind(node), node


def party_id_kind(node: Node) -> str:
    """The kind of a PartyId of 3.8: by its flags and namespace, else by its look."""
    if truth(node.attribute("IsDPID")):
        return "DPID"
    if truth(node.attribute("IsISNI")):
        return "ISNI"
    namespace = node.attribute("Namespace")
    if namespace:
        return _SOCIETY_IDS.get(namespace.upper(), "ProprietaryId")
    return "DPID" if node.text.upper().startswith("PA") else "ProprietaryId"


def inline_party(draft: Draft, node: Node) -> str:
    """The made-up reference of a party that is named where it acts; equal ones share it."""
    shop = draft.shop
    inner = Draft(shop)
    for field, name, take in (("names", "PartyName", names), ("ids", "PartyId", party_ids)):
        take(inner, field, node.children.get(name, []), EVERYWHERE)
    draft.more.extend(inner.more)
    if not inner.fields:
        return ""
    said = inner.all("names"), tuple((i.kind, i.value, i.namespace) for i in inner.all("ids"))
    party = shop.inline.get(said)
    if party is None:
        reference = f"#{len(shop.inline) + 1}"
        party = shop.inline[said] = Party(
            reference=reference,
            names=inner.all("names"),
            identifiers=inner.all("ids"),
            place=node.place,
        )
        shop.names[reference] = party.name
    return party.reference


def credits(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:  # noqa: A001 - DDEX's word
    """Display artists and contributors, of a list or inline."""
    table = draft.shop.tables.credit
    for node in nodes:
        inner = Draft(draft.shop).fill(node, table, EVERYWHERE)
        said = inner.fields
        sequence = None
        if node.attributes:
            inner.attributes(node, _SEQUENCE)
            sent = node.attribute("SequenceNumber")
            sequence = whole(sent)
            if sent and (sequence is None or str(sequence) != sent):
                inner.more.append(Fact(name="@SequenceNumber", text=sent))
        reference = said["party"][0] if "party" in said else inline_party(inner, node)
        draft.add(
            field,
            Credit(
                party_reference=reference,
                roles=draft.shop.share(tuple(said["roles"])) if "roles" in said else (),
                sequence=sequence,
                instruments=tuple(said["instruments"]) if "instruments" in said else (),
                display_credits=tuple(said["lines"]) if "lines" in said else (),
                more=tuple(inner.more),
                place=node.place,
            ),
        )


def role(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Roles; a UserDefined one is what its sender calls it."""
    for node in nodes:
        own = node.attribute("UserDefinedValue") if node.attributes else ""
        if node.text:
            draft.add(field, own if own and node.text == "UserDefined" else node.text)
        if node.attributes or node.children:
            draft.keep(node)


def lines_of_credit(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """DisplayCredits."""
    for node in nodes:
        draft.add(field, display_credits(node))


def nothing(_draft: Draft, _field: str, _nodes: list[Node], _scope: Scope) -> None:
    """These elements are read by the caller itself."""


def rights_controllers(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """Who controls rights, by reference or inline."""
    for node in nodes:
        inner = Draft(draft.shop).fill(node, draft.shop.tables.rights_controller, EVERYWHERE)
        reference = inner.first("party", "") or inline_party(inner, node)
        inner.attributes(node)
        draft.add(
            field,
            RightsController(
                party_reference=reference,
                roles=inner.all("roles"),
                share=inner.first("share", ""),
                of_work=node.name == "WorkRightsController",
                sequence=whole(node.attribute("SequenceNumber")),
                territories=inner.all("territories") or scope.territories,
                excluded=scope.excluded,
                more=tuple(inner.more),
                place=node.place,
            ),
        )


def messaging(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """A party of the header: `<field>_dpid` and `<field>_name`, the rest as a fact."""
    for node in nodes:
        ids = node.children.get("PartyId", [])
        best = next((each for each in ids if party_id_kind(each) == "DPID"), None)
        best = best or (ids[0] if ids else None)
        name = node.text_at("PartyName/FullName")
        if best is not None and best.text:
            draft.add(f"{field}_dpid", best.text)
        if name:
            draft.add(f"{field}_name", name)
        if _says_more(node, ids):
            draft.keep(node)


def _says_more(node: Node, ids: list[Node]) -> bool:
    named = node.children.get("PartyName", [])
    rich = any(each.attributes or len(each.children) > 1 for each in named)
    rich = rich or any(each.attributes for parts in named for each in parts.all("FullName"))
    flagged = any(each.attributes or each.children for each in ids)
    others = len(node.children) > bool(ids) + bool(named)
    return bool(len(ids) > 1 or len(named) > 1 or rich or flagged or others or node.attributes)


def plain_party(node: Node) -> str:
    """How a party is named briefly: DPID, another identifier, full or trading name."""
    return node.text_at("PartyId/DPID", "PartyId", "PartyId/*", "PartyName/FullName", "TradingName")


def labels_by_reference(draft: Draft, field: str, nodes: list[Node], scope: Scope) -> None:
    """Labels as parties: the text is the party's name, `kind` its reference."""
    for node in nodes:
        name = draft.shop.names.get(node.text, "")
        draft.add(field, localize(node, scope, name, kind=node.text))
