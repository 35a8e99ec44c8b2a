"""Sealed secrets: what is sealed opens, with its key and for its purpose alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.sealed import SealBroken, Sealer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration
ABOUT = "feed_x/store"


def test_what_is_sealed_opens(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path / "keys")
    sealed = sealer.seal(b"secret", about=ABOUT)
    assert b"secret" not in sealed.encode()
    assert Sealer(tmp_path / "keys").open(sealed, about=ABOUT) == b"secret"
    assert sealer.seal(b"secret", about=ABOUT) != sealed, "the same twice looks different"
    assert sealer.open(sealer.seal(b"", about=""), about="") == b""
    [key] = (tmp_path / "keys").glob("seal.*.key")
    assert key.stat().st_mode & 0o077 == 0


def test_keys_rotate_and_old_texts_open_on(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path)
    old = sealer.seal(b"secret", about=ABOUT)
    assert sealer.current(old)
    assert sealer.rotate() == 2
    assert not sealer.current(old)
    assert sealer.open(old, about=ABOUT) == b"secret"
    assert sealer.current(sealer.seal(b"secret", about=ABOUT))


@pytest.mark.parametrize("change", ["about", "text", "key", "no key", "short key", "form"])
def test_what_was_changed_does_not_open(tmp_path: Path, change: str) -> None:
    sealer = Sealer(tmp_path)
    sealed, about = sealer.seal(b"secret", about=ABOUT), ABOUT
    [key] = tmp_path.glob("seal.*.key")
    if change == "about":
        about = "feed_y/store"
    elif change == "text":
        sealed = sealed[:-2] + ("AA" if not sealed.endswith("AA") else "BB")
    elif change == "key":
        key.write_bytes(bytes(32))
    elif change == "no key":
        key.unlink()
    elif change == "short key":
        key.write_bytes(b"short")
    else:
        sealed = "argon2id$"
    with pytest.raises(SealBroken) as broken:
        sealer.open(sealed, about=about)
    assert broken.value.remedy
    assert not broken.value.retryable
