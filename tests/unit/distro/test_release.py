from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, strategies as st

from distro.release import ALPHABET, check_37_36, dpid, gtin13, isrc, streaming_offers


@pytest.mark.parametrize(
    "known",
    ["PADPIDA2013042401U", "PADPIDA2009101501Y", "PADPIDA2007050901U", "PADPIDA2014111801Y"],
)
def test_check_characters_of_published_dpids(known: str) -> None:
    assert dpid(known[7:17]) == known


@given(st.text(alphabet=ALPHABET, min_size=10, max_size=10))
def test_a_changed_character_breaks_a_dpid(body: str) -> None:
    whole = dpid(body)
    for place in range(7, 17):
        other = "0" if whole[place] != "0" else "1"
        changed = whole[:place] + other + whole[place + 1 : 17]
        assert check_37_36(changed) != whole[17]


@pytest.mark.parametrize("body", ["", "123", "lowercase0", "2026000001Q"])
def test_what_is_no_body_of_a_dpid(body: str) -> None:
    with pytest.raises(ValueError, match="10 digits"):
        dpid(body)


@given(st.text())
def test_icpns_have_their_check_digit(seed: str) -> None:
    digits = [int(each) for each in gtin13(seed)]
    assert len(digits) == 13
    assert digits[:2] == [2, 0]
    assert sum(each * (3 if place % 2 else 1) for place, each in enumerate(digits)) % 10 == 0
    assert gtin13(seed) == gtin13(seed)


def test_isrcs_differ_within_a_release() -> None:
    found = [isrc("seed", 2026, number) for number in range(1, 501)]
    assert len(set(found)) == 500
    assert all(re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", each) for each in found)
    assert found[0][5:7] == "26"


def test_the_default_offers_are_for_streaming() -> None:
    subscription, advertising = streaming_offers(date(2026, 1, 1), None, ("DE",))
    assert subscription.models == ("SubscriptionModel",)
    assert "OnDemandStream" in subscription.uses
    assert advertising.models == ("AdvertisementSupportedModel",)
    assert "NonInteractiveStream" in advertising.uses
    assert subscription.territories == advertising.territories == ("DE",)
    assert subscription.start == date(2026, 1, 1)
