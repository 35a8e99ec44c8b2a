"""The one verdict, and passwords."""

from __future__ import annotations

import pytest

from core.auth import (
    AccessRequest,
    Action,
    Identity,
    Role,
    decide,
    hash_password,
    verify_password,
)

ROLES = {
    Action.BROWSE: {Role.LISTENER, Role.OPERATOR},
    Action.PLAY: {Role.LISTENER, Role.OPERATOR},
    Action.OPERATE: {Role.OPERATOR},
    Action.DELIVER: {Role.FEED},
}


def identity(role: Role = Role.LISTENER, epoch: int = 1) -> Identity:
    return Identity(id="i", name="n", role=role, epoch=epoch)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_its_own(action: Action, role: Role) -> None:
    verdict = decide(AccessRequest(action=action, identity=identity(role), proven=True))
    assert verdict.allowed == (role in ROLES[action])
    assert verdict.code == ("granted" if verdict.allowed else "wrong_role")


@pytest.mark.parametrize("action", Action)
def test_a_claim_without_proof_is_anonymous(action: Action) -> None:
    verdict = decide(AccessRequest(action=action, identity=identity(Role.OPERATOR), proven=False))
    assert verdict.allowed == (action is Action.BROWSE)
    assert verdict.identity is None


def test_an_older_epoch_proves_nothing() -> None:
    asked = AccessRequest(
        action=Action.PLAY, identity=identity(epoch=2), proven=True, proof_epoch=1
    )
    verdict = decide(asked)
    assert (verdict.allowed, verdict.code, verdict.identity) == (False, "session_ended", None)


def test_visitors_play_only_where_told() -> None:
    assert not decide(AccessRequest(action=Action.PLAY)).allowed
    assert decide(AccessRequest(action=Action.PLAY, anonymous_may_play=True)).allowed
    assert not decide(AccessRequest(action=Action.OPERATE, anonymous_may_play=True)).allowed


def test_passwords() -> None:
    stored = hash_password("correct horse")
    assert stored.startswith("$argon2id$")
    assert verify_password(stored, "correct horse")
    assert not verify_password(stored, "battery staple")
    assert not verify_password(None, "nobody has this password")
    assert not verify_password("not a hash", "correct horse")
    assert not verify_password(stored, "x" * 5000)
    assert not verify_password(stored, "\ud800")


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(ValueError, match="8 to 1024"):
        hash_password(password)
