"""Merkle trees as RFC 6962 section 2 and RFC 9162 have them: roots, proofs and their checks. Pure.

A leaf is SHA-256 of 0x00 and its bytes, a node SHA-256 of 0x01 and its two children; a tree of n
leaves splits at the greatest power of two below n.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Node = Callable[[int, int], bytes]
    """(level, number) -> hash of that whole subtree of 2**level leaves."""

EMPTY = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its children."""
    return sha256(b"\x01" + left + right).digest()


class Peaks:
    """A tree that only grows, kept as the roots of its whole subtrees, greatest first."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Raises ValueError when so many hashes can't be the peaks of `size` leaves."""
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError(f"{size} leaves have {size.bit_count()} peaks")

    def add(self, leaf: bytes) -> None:
        """Append a leaf, by its hash."""
        self.hashes.append(leaf)
        self.size += 1
        whole = self.size
        while not whole & 1:
            right, left = self.hashes.pop(), self.hashes.pop()
            self.hashes.append(node_hash(left, right))
            whole >>= 1

    def root(self) -> bytes:
        """The root of the tree as it is."""
        if not self.hashes:
            return EMPTY
        found = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            found = node_hash(left, found)
        return found


def peaks_of(size: int, node: Node) -> Peaks:
    """The peaks of the first `size` leaves."""
    start, hashes = 0, []
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return Peaks(size, hashes)


def _range(start: int, end: int, node: Node) -> bytes:
    """MTH of the leaves [start, end); `start` is where a subtree of such a size may begin."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    split = start + _split(width)
    return node_hash(_range(start, split, node), _range(split, end, node))


def _split(width: int) -> int:
    """The greatest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D[size]), RFC 6962 section 2.1.1: the hashes from the leaf up."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            path.append(_range(split, end, node))
            end = split
        else:
            path.append(_range(start, split, node))
            start = split
    return path[::-1]


def consistency(first: int, second: int, node: Node) -> list[bytes]:
    """PROOF(first, D[second]), RFC 6962 section 2.1.2."""
    if not 0 < first <= second:
        raise ValueError(f"no tree of {first} leaves grew to one of {second}")
    start, end, whole, path = 0, second, True, []
    while first != end:
        split = start + _split(end - start)
        if first <= split:
            path.append(_range(split, end, node))
            end = split
        else:
            path.append(_range(start, split, node))
            start, whole = split, False
    if not whole:
        path.append(_range(start, end, node))
    return path[::-1]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof holds (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for each in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(each, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, each)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def extends(
    first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Whether the tree of `second` leaves begins with that of `first` (RFC 9162 2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    hashes = list(path) if first & (first - 1) else [first_root, *path]
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, each)
        number, last = number >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
