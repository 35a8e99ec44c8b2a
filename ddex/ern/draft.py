"""How a table reads an element: each row names a child, the field it fills, and how.

Whatever no row names is kept as a fact, so that nothing is lost without a word (see `left`).
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from ddex.ern.left import LEFT
from ddex.ern.model_values import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ddex.ern.model import File, Party
    from ddex.ern.node import Node
    from ddex.ern.tables import Tables

T = TypeVar("T")
_MOST = 20_000
"""So many different values are shared at most."""


class Scope(NamedTuple):
    """Territories for which a part of a message speaks; neither kind: everywhere."""

    territories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    is_default: bool = False


EVERYWHERE = Scope()


class Shop:
    """What the readings of one message share: tables, party names, inline parties, equal values."""

    __slots__ = ("files", "inline", "names", "releases", "shared", "tables")

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.names: dict[str, str] = {}
        self.inline: dict[object, Party] = {}
        self.releases: dict[str, str] = {}  # further references of a release (3.8) to its first
        self.files: list[File] = []
        self.shared: dict[object, Any] = {}

    def share(self, value: T) -> T:
        """An equal value met before, or this one: territories repeat thousands of times."""
        if len(self.shared) > _MOST:  # so many are not equal
            return cast("T", self.shared.get(value, value))
        return cast("T", self.shared.setdefault(value, value))


class Draft:
    """What is read so far of one thing: values by field, in document order."""

    __slots__ = ("fields", "more", "shop")

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.fields: dict[str, list[Any]] = {}
        self.more: list[Fact] = []

    def add(self, field: str, value: object) -> None:
        """One more value of a field."""
        found = self.fields.get(field)
        if found is None:
            self.fields[field] = [value]
        else:
            found.append(value)

    def all(self, field: str) -> tuple[Any, ...]:
        """All values of a field."""
        found = self.fields.get(field)
        return tuple(found) if found else ()

    def first(self, field: str, default: T) -> T:
        """The first value of a field."""
        found = self.fields.get(field)
        return found[0] if found else default

    def values(self, shape: Shape, skip: frozenset[str] = frozenset()) -> dict[str, Any]:
        """What was said, as arguments of a class of this shape whose other fields have defaults.

        `skip` are those that the caller makes something of. What the class has no field for is
        left out: tables are shared, so an element may stand where no schema has it.
        """
        return {
            name: found[0] if name in shape.once else tuple(found)
            for name, found in self.fields.items()
            if name in shape.every and name not in skip
        }

    def keep(self, node: Node) -> None:
        """Keep an element as it is."""
        found = fact(node)
        if found is not None:
            self.more.append(found)

    def fill(self, node: Node, table: Mapping[str, tuple[str, Any]], scope: Scope) -> Draft:
        """Read the children of an element by a table."""
        if node.kids is not None:
            find = table.get
            for name, nodes in node.kids.items():
                row = find(name)
                if row is not None:
                    field, take = row
                    take(self, field, nodes, scope)
                else:
                    for each in nodes:
                        self.keep(each)
        return self

    def attributes(self, node: Node, known: frozenset[str] = frozenset()) -> None:
        """Keep the attributes that the caller doesn't read itself."""
        if node.attributes and not node.attributes.keys() <= known:
            self.more.extend(spare(node, known))


class Shape(NamedTuple):
    """The fields of a class of the model: all, and those that hold one value."""

    every: frozenset[str]
    once: frozenset[str]


def shape(kind: type) -> Shape:
    """The shape of a dataclass."""
    types = {field.name: str(field.type) for field in fields(kind)}
    single = (name for name, told in types.items() if not told.startswith("tuple"))
    return Shape(frozenset(types), frozenset(single))


def spare(node: Node, known: frozenset[str] = frozenset()) -> Iterable[Fact]:
    """Attributes beside the known ones, as facts named `@Name`."""
    for name, value in node.attributes.items():
        plain = name.rpartition("}")[2]
        if plain not in known and "@" + plain not in LEFT and not _of_xml(name):
            yield Fact(name="@" + plain, text=value.strip())


def _of_xml(name: str) -> bool:
    """Attributes for XML tools (`xsi:schemaLocation`, `xml:space`), not for people."""
    return name.startswith(("{http://www.w3.org/", "xsi:", "xml:"))


def fact(node: Node) -> Fact | None:
    """An element with all that stands below it, None when it says nothing or is left out."""
    if node.name in LEFT:
        return None
    facts = []
    for nodes in node.children.values():
        for each in nodes:  # one frame for each level: messages may be 256 deep
            found = fact(each)
            if found is not None and f"{node.name}/{found.name}" not in LEFT:
                facts.append(found)
    said = spare(node) if node.attributes else ()
    attributes = tuple((each.name[1:], each.text) for each in said)
    if not (node.text or attributes or facts):
        return None
    return Fact(name=node.name, text=node.text, attributes=attributes, facts=tuple(facts))
