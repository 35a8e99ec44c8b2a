"""Messages by bytes: seeds cut, spliced, flipped and stuffed, well-formed or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.fuzz.seeds import seeds, small, texts
from tests.fuzz.values import BYTES, ENCODINGS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_HUGE = 10_500_000


def mutated(chance: Random) -> bytes:
    """A seed with one to six changes to its bytes."""
    data = chance.choice(seeds() if chance.random() < 0.03 else small()).data
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        data = chance.choice(CHANGES)(data, chance)
    return data


def _spot(data: bytes, chance: Random) -> int:
    return chance.randrange(len(data) + 1)


def _flip(data: bytes, chance: Random) -> bytes:
    changed = bytearray(data or b"x")
    for _ in range(chance.choice((1, 1, 4, 50))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _insert(data: bytes, chance: Random) -> bytes:
    at = _spot(data, chance)
    return data[:at] + chance.choice(BYTES) + data[at:]


def _cut(data: bytes, chance: Random) -> bytes:
    at = _spot(data, chance)
    return data[:at] + data[at + chance.choice((1, 3, 30, 900)) :]


def _truncate(data: bytes, chance: Random) -> bytes:
    return data[: _spot(data, chance)]


def _double(data: bytes, chance: Random) -> bytes:
    at = _spot(data, chance)
    piece = data[at : at + chance.choice((1, 20, 400, 4_000))]
    return data[:at] + piece * chance.choice((2, 2, 5, 40)) + data[at:]


def _splice(data: bytes, chance: Random) -> bytes:
    other = chance.choice(small()).data
    return data[: _spot(data, chance)] + other[_spot(other, chance) :]


_TEXT = re.compile(rb">([^<>]+)</|=\"([^\"]*)\"")


def _value(data: bytes, chance: Random) -> bytes:
    """Another value in an element or attribute: the message mostly stays well-formed."""
    found = list(_TEXT.finditer(data))
    if not found:
        return data
    one = chance.choice(found)
    start, end = one.span(1 if one.group(1) is not None else 2)
    said = chance.choice(TEXTS if chance.random() < 0.6 else texts())
    safe = said.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return data[:start] + safe.encode("utf-8", "surrogatepass") + data[end:]


def _element(data: bytes, chance: Random) -> bytes:
    """One leaf gone, doubled, or put somewhere else."""
    found = list(re.finditer(rb"<(\w+)(?: [^<>]*)?>[^<>]*</\1>", data))
    if not found:
        return data
    one, other = chance.choice(found), chance.choice(found)
    start, end = one.span()
    act = chance.randrange(3)
    if act == 0:
        return data[:start] + data[end:]
    if act == 1:
        return data[:end] + one.group() * chance.choice((1, 3, 300)) + data[end:]
    return data[: other.start()] + one.group() + data[other.end() :]


def _name(data: bytes, chance: Random) -> bytes:
    names = sorted(set(re.findall(rb"<(\w+)", data)))
    if not names:
        return data
    one, other = chance.choice(names), chance.choice(names)
    return re.sub(rb"(</?)%s\b" % one, rb"\g<1>%s" % other, data, count=chance.choice((1, 2, 0)))


def _recode(data: bytes, chance: Random) -> bytes:
    declared, sent = chance.choice(ENCODINGS)
    text = data.decode("utf-8", "replace").replace("UTF-8", declared, 1)
    try:
        return text.encode(sent, "xmlcharrefreplace")
    except UnicodeError:
        return text.encode(sent, "replace")


def _huge(data: bytes, chance: Random) -> bytes:
    """Rarely, a value of more than 10 MB."""
    if chance.random() > 0.01:
        return data
    found = list(_TEXT.finditer(data))
    if not found:
        return data
    at = chance.choice(found).end() - 2
    return data[:at] + b"x" * _HUGE + data[at:]


CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip, _insert, _insert, _cut, _truncate, _double, _splice, _value, _value, _value, _value,
    _element, _element, _element, _name, _recode, _huge,
)  # fmt: skip
"""More often those after which the message can still be read: the rules lie behind the parser."""
