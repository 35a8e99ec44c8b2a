"""Trees of RFC 6962: known vectors, an independent recursion, proofs that hold and that do not."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from server.usage import merkle

if TYPE_CHECKING:
    from collections.abc import Callable

# the leaves and roots that implementations of Certificate Transparency test with
LEAVES = [
    bytes.fromhex(each)
    for each in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def independent(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 writes it, on the whole list."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + independent(leaves[:split]) + independent(leaves[split:])).digest()


def nodes(leaves: list[bytes]) -> Callable[[int, int], bytes]:
    return lambda level, number: independent(leaves[number << level : (number + 1) << level])


def numbered(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


def grown(leaves: list[bytes]) -> merkle.Peaks:
    peaks = merkle.Peaks()
    for each in leaves:
        peaks.add(merkle.leaf_hash(each))
    return peaks


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size: int) -> None:
    assert independent(LEAVES[:size]).hex() == ROOTS[size - 1]
    assert grown(LEAVES[:size]).root().hex() == ROOTS[size - 1]


def test_the_empty_tree() -> None:
    assert merkle.Peaks().root() == sha256(b"").digest()


def test_known_proofs() -> None:
    """Of the same tree: PATH(5, D[8]) and PROOF(6, D[8])."""
    node = nodes(LEAVES)
    assert [each.hex() for each in merkle.inclusion(5, 8, node)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [each.hex() for each in merkle.consistency(6, 8, node)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.integers(1, 70), st.data())
def test_every_leaf_can_be_proved_and_no_other(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    root, path = independent(leaves), merkle.inclusion(index, size, nodes(leaves))
    leaf = merkle.leaf_hash(leaves[index])
    assert merkle.includes(leaf, index, size, path, root)
    assert not merkle.includes(merkle.leaf_hash(b"other"), index, size, path, root)
    assert not merkle.includes(leaf, index, size, path, independent([*leaves, b"more"]))
    assert not merkle.includes(leaf, index, size, [*path, leaf], root)
    if path:
        assert not merkle.includes(leaf, index, size, path[:-1], root)


@given(st.integers(1, 70), st.data())
def test_a_tree_that_grew_can_be_proved_and_a_changed_one_not(
    second: int, data: st.DataObject
) -> None:
    leaves = numbered(second)
    first = data.draw(st.integers(1, second))
    path = merkle.consistency(first, second, nodes(leaves))
    old, new = independent(leaves[:first]), independent(leaves)
    assert merkle.extends(first, second, path, old, new)
    assert not merkle.extends(first, second, path, independent([*leaves[: first - 1], b"x"]), new)
    assert not merkle.extends(first, second, [*path, old], old, new)
    assert not merkle.extends(0, second, path, merkle.EMPTY, new)


@given(st.integers(0, 70), st.integers(0, 30))
def test_peaks_go_on_where_they_were_left(size: int, more: int) -> None:
    leaves = numbered(size + more)
    kept = merkle.peaks_of(size, nodes(leaves[:size]))
    for each in leaves[size:]:
        kept.add(merkle.leaf_hash(each))
    assert kept.root() == independent(leaves)
    with pytest.raises(ValueError, match="peaks"):
        merkle.Peaks(size, [b""] * 40)
