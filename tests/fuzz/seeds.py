"""What fuzzing starts from: every sample message that this machine has, and the base messages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lxml import etree

from tests.fixtures.environment import REPOSITORY
from tests.fixtures.ern_messages import VERSIONS, base, compact

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = REPOSITORY.parent / "shared" / "ddex" / "samples"
_LARGE = 100_000


@dataclass(frozen=True, slots=True)
class Seed:
    """One message that is as it should be."""

    name: str
    data: bytes


@cache
def seeds() -> tuple[Seed, ...]:
    """The base messages of each version twice (they are small and faultless), then the samples."""
    made = [Seed(f"base {version}", base(version)) for version in VERSIONS]
    made += [Seed(f"compact {version}", compact(version)) for version in VERSIONS]
    found = sorted(SAMPLES.glob("*/*.xml"))
    return (*made, *(Seed(path.name, path.read_bytes()) for path in found))


@cache
def small() -> tuple[Seed, ...]:
    """Those that are quick to judge."""
    return tuple(each for each in seeds() if len(each.data) < _LARGE)


@cache
def tree(index: int) -> etree._Element:
    """The root of a seed; to be copied, not changed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=False)
    return etree.fromstring(seeds()[index].data, parser)


@cache
def vocabulary() -> dict[str, Sequence[str]]:
    """Names of children by the name of the parent, over all seeds, sorted."""
    children: defaultdict[str, set[str]] = defaultdict(set)
    for index in range(len(seeds())):
        for element in tree(index).iter(etree.Element):
            name = local(element)
            children[name].update(local(child) for child in element.iterchildren(etree.Element))
    return {name: tuple(sorted(inside)) for name, inside in sorted(children.items())}


@cache
def texts() -> tuple[str, ...]:
    """Values that messages hold, each once, sorted: what is right at one place is wrong at most."""
    said = {
        (element.text or "").strip()
        for index in range(len(seeds()))
        for element in tree(index).iter(etree.Element)
    }
    return tuple(sorted(text for text in said if 0 < len(text) < 60))


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
