"""One text for one signature."""

from __future__ import annotations

import pytest

from core.canonical import is_canonical


@pytest.mark.parametrize("token", ["a.b.AAAA", "x.AAA", "AA", ""])
def test_ours(token: str) -> None:
    assert is_canonical(token)


@pytest.mark.parametrize("token", ["x.AAB", "x.AB", "x.A", "x.AAAA=", "x.AA!AA", "x.AA A", "x.é"])
def test_other_texts_of_the_same_bytes(token: str) -> None:
    assert not is_canonical(token)
