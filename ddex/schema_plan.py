"""Which files of somebody's folder or archive become which of our schemas. Pure."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ddex.schemas import Described, Known, describe, imported, known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(slots=True)
class Plan:
    """What to put where.

    Attributes:
        files: bytes by name in the schema folder.
        origins: path in the source by the same names.
        missing: names that a schema imports and the source lacks, with the importer.
        unknown: paths in the source that are schemas, but none of ours.
        doubles: paths left out because another file of the source is the same schema.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)

    def put(self, name: str, path: str, data: bytes) -> None:
        """Take a file of the source."""
        self.files[name], self.origins[name] = data, path


def plan(source: Mapping[str, bytes]) -> Plan:
    """The plan for a source: bytes of its `.xsd` and `.sch` files by path."""
    made = Plan()
    said = {path: found for path in sorted(source) if (found := describe(source[path]))}
    for entry, path in _mains(said, made):
        made.put(entry.name, path, source[path])
    for name in list(made.files):
        _companions(made, source, said, name)
    for path, found in said.items():
        if found.is_schematron:
            made.put(f"schematron/{_safe(posixpath.basename(path))}", path, source[path])
    used = {*made.origins.values(), *made.doubles}
    made.unknown = [path for path in said if path not in used]
    return made


def _mains(said: Mapping[str, Described], made: Plan) -> Iterator[tuple[Known, str]]:
    taken: dict[str, str] = {}
    for path in sorted(said, key=lambda path: (_lacks(path, said), _age(said[path]), path)):
        entry = known(said[path])
        if entry is None:
            continue
        if entry.name in taken:
            made.doubles.append(path)
            continue
        taken[entry.name] = path
        yield entry, path


def _lacks(path: str, said: Mapping[str, Described]) -> int:
    """How many of its imports do not lie where it says: a copy that fits its source comes first."""
    folder = posixpath.dirname(path)
    places = (posixpath.join(folder, location) for _, location in said[path].imports)
    return sum(posixpath.normpath(place) not in said for place in places)


def _age(said: Described) -> int:
    """Newer allowed-value sets first; they only grow."""
    return -int(said.avs_version) if said.avs_version.isdigit() else 0


def _companions(
    made: Plan, source: Mapping[str, bytes], said: Mapping[str, Described], name: str
) -> None:
    """The files that this one imports, under the names by which they will be asked for."""
    path = made.origins[name]
    for namespace, location in said[path].imports:
        target = imported(location, name)
        if target is None or target in made.files:
            continue
        found = _find(path, namespace, location, said)
        if found is None:
            made.missing[target] = name
        else:
            made.put(target, found, source[found])
            _companions(made, source, said, target)


def _find(
    importer: str, namespace: str, location: str, said: Mapping[str, Described]
) -> str | None:
    """Beside the importer, else of the same file name, else the newest of the same namespace."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(importer), location))
    if beside in said and said[beside].namespace == namespace:
        return beside
    same = [path for path, found in said.items() if found.namespace == namespace]
    named = [path for path in same if posixpath.basename(path) == posixpath.basename(location)]
    if named:
        return min(named, key=lambda path: (_age(said[path]), path))
    # sets that share the old namespace differ from version to version: never guess among them
    return same[0] if len(same) == 1 and not namespace.endswith("/avs/avs") else None


def _safe(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
