"""From who is looking to what rights are asked for."""

from __future__ import annotations

from core.auth import Identity, Role
from server.services.audiences import Audiences

PREMIUM = (("SubscriptionModel", "OnDemandStream"),)


def test_a_visitor_has_the_defaults_and_an_account_its_own() -> None:
    audiences = Audiences({"premium": PREMIUM, "free": ()}, "GB", "premium")
    ada = Identity(id="a", name="ada", role=Role.LISTENER, territory="DE", tier="free")
    assert (audiences.of(None).territory, audiences.of(None).wanted) == ("GB", PREMIUM)
    assert (audiences.of(ada).territory, audiences.of(ada).wanted) == ("DE", ())


def test_a_viewer_on_a_page_is_the_same_audience_as_in_the_api() -> None:
    audiences = Audiences({"premium": PREMIUM}, "GB", "premium")
    ada = Identity(id="a", name="ada", role=Role.LISTENER, territory="DE", tier="premium")
    viewer = {"name": "ada", "role": "listener", "territory": "DE", "tier": "premium"}
    assert audiences.of_viewer(viewer) == audiences.of(ada)
    assert audiences.of_viewer(None) == audiences.of(None)


def test_a_tier_that_is_gone_may_play_nothing() -> None:
    audiences = Audiences({"premium": PREMIUM}, "GB", "premium")
    assert audiences.of_viewer({"territory": "GB", "tier": "gold"}).wanted == ()
