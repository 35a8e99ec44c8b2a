"""Heads of the ledger: what is signed each day, and how anybody checks it. Pure but for the key.

A document is JSON: `head` (what is signed), `signature`, `public_key`, and two things that follow
from the tree: `frontier`, the peaks of the tree before the day, from which the day's file alone
gives the new root, and `consistency`, the proof that the former tree is the beginning of the new.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from server.usage import merkle
from server.usage.signing import canonical, key_id, load_public, signed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from catalog.models import UsageDay
    from server.usage.signing import Signer

VERSION = 1


def opening(day: date, last: UsageDay | None) -> bytes:
    """The leaf that a day begins with: so its root holds the former root."""
    return _opening(str(day), _former(last))


def _opening(day: str, previous: dict[str, Any] | None) -> bytes:
    return canonical({"day": day, "previous": previous})


def _former(last: UsageDay | None) -> dict[str, Any] | None:
    return {"day": last.day, "size": last.size, "root": last.root} if last else None


def make(
    *, day: date, last: UsageDay | None, size: int, root: bytes, file: str, closed_at: datetime
) -> dict[str, Any]:
    """What is signed: `first` is the opening leaf, rows are the leaves behind it below `size`."""
    first = last.size if last else 0
    return {
        "version": VERSION,
        "day": str(day),
        "first": first,
        "size": size,
        "rows": size - first - 1,
        "root": root.hex(),
        "previous": _former(last),
        "file_sha256": file,
        "closed_at": closed_at.astimezone(UTC).isoformat(),
    }


def document(
    signer: Signer, head: dict[str, Any], frontier: Iterable[bytes], proof: Iterable[bytes]
) -> dict[str, Any]:
    """The head with everything that checking it takes."""
    return {
        "head": head,
        "signature": signer.sign(head),
        "public_key": signer.public,
        "frontier": [each.hex() for each in frontier],
        "consistency": [each.hex() for each in proof],
    }


class Evidence:
    """A document that somebody gives us; every method says what is wrong, empty when nothing is."""

    def __init__(self, said: dict[str, Any], public_key: str = "") -> None:
        """`public_key`: PEM of the service, as known from elsewhere. Raises Misuse, KeyError."""
        self.head: dict[str, Any] = said["head"]
        self._said = said
        self._key = load_public(public_key or said["public_key"])
        self.key_id = key_id(self._key)

    def signature(self) -> str:
        """The head is signed by the key."""
        fine = signed(self._key, self.head, str(self._said["signature"]))
        return "" if fine else "the signature is not this key's over this head"

    def growth(self) -> str:
        """The tree begins with the former one, and the frontier is that one's."""
        previous, frontier = self.head["previous"], _hashes(self._said["frontier"])
        size = previous["size"] if previous else 0
        if size != self.head["first"] or len(frontier) != size.bit_count():
            return "the frontier is not that of the former tree"
        former = merkle.Peaks(size, frontier).root()
        if previous is None:
            return ""
        if former.hex() != previous["root"]:
            return "the frontier does not give the former root"
        proof, root = _hashes(self._said["consistency"]), bytes.fromhex(self.head["root"])
        fine = merkle.extends(size, self.head["size"], proof, former, root)
        return "" if fine else "the tree does not begin with the former one"

    def rows(self, leaves: Iterable[bytes]) -> str:
        """These leaves, in their order and all of them, give the root."""
        peaks = merkle.Peaks(self.head["first"], _hashes(self._said["frontier"]))
        peaks.add(merkle.leaf_hash(_opening(self.head["day"], self.head["previous"])))
        for each in leaves:
            peaks.add(merkle.leaf_hash(each))
        if peaks.size != self.head["size"]:
            return f"there are {peaks.size - self.head['first'] - 1} rows, not {self.head['rows']}"
        fine = peaks.root().hex() == self.head["root"]
        return "" if fine else "the rows do not give the root: some row is not as it was signed"

    def inclusion(self, leaf: bytes, index: int, path: Iterable[str]) -> str:
        """This leaf stands in the tree at its place."""
        root = bytes.fromhex(self.head["root"])
        fine = merkle.includes(
            merkle.leaf_hash(leaf), index, self.head["size"], _hashes(path), root
        )
        return "" if fine else f"leaf {index} is not in the tree of this head"


def _hashes(texts: Iterable[str]) -> list[bytes]:
    return [bytes.fromhex(each) for each in texts]
