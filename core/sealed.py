"""Secrets that must be used again, sealed with AES-256-GCM before they enter the database.

The keys lie in the data folder as `<folder>/seal.<number>.key` (32 random bytes, mode 0600), never
beside what they seal. The greatest number seals; every number opens, so a key can be rotated while
old secrets are still to be read. What a sealed text is about (`feed_x/store`) is authenticated with
it: moved to another row, it does not open.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core import keystore
from core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME = re.compile(r"seal\.(\d{1,9})\.key")
_FORM = re.compile(r"s1\.(\d{1,9})\.([A-Za-z0-9_-]+)")


class SealBroken(Unavailable):
    """A sealed text does not open: another key, another purpose, or it was changed."""

    retryable = False


class Sealer:
    """Seals and opens; `folder` holds the keys, and the first is made at first use.

    >>> sealer = Sealer(data.keys)
    >>> sealer.open(sealer.seal(b"secret", about="feed_x/store"), about="feed_x/store")
    b'secret'
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seal(self, secret: bytes, *, about: str) -> str:
        """The sealed text: version, number of the key, nonce and ciphertext."""
        number = self._newest() or self._make(1)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        closed = AESGCM(self._key(number)).encrypt(nonce, secret, about.encode())
        return f"s1.{number}.{base64.urlsafe_b64encode(nonce + closed).rstrip(b'=').decode()}"

    def open(self, sealed: str, *, about: str) -> bytes:
        """What was sealed.

        Raises:
            SealBroken: it is no sealed text of ours, is about something else, or its key is gone.
        """
        read = _FORM.fullmatch(sealed)
        if read is None:
            raise SealBroken(f"the secret of {about} is no sealed text", remedy=_REMEDY)
        try:
            held = base64.urlsafe_b64decode(read[2] + "=" * (-len(read[2]) % 4))
            key = AESGCM(self._key(int(read[1])))
            return key.decrypt(held[:_NONCE_BYTES], held[_NONCE_BYTES:], about.encode())
        except (InvalidTag, binascii.Error, ValueError) as wrong:
            raise SealBroken(f"the secret of {about} does not open", remedy=_REMEDY) from wrong

    def rotate(self) -> int:
        """Seal with a new key from now on; returns its number. Old texts open as before."""
        return self._make(self._newest() + 1)

    def current(self, sealed: str) -> bool:
        """Whether a text is sealed with the newest key; others should be sealed again."""
        read = _FORM.fullmatch(sealed)
        return read is not None and int(read[1]) == self._newest()

    def forget(self, needed: Collection[int]) -> list[int]:
        """Remove the keys that are not `needed` and are not the newest; their numbers. What they
        sealed, wherever a copy of it lies, opens no more."""
        newest = self._newest()
        gone = sorted(each for each in self._numbers() if each != newest and each not in needed)
        for number in gone:
            self._path(number).unlink(missing_ok=True)
        return gone

    def _newest(self) -> int:
        return max(self._numbers(), default=0)

    def _numbers(self) -> set[int]:
        found = (_NAME.fullmatch(path.name) for path in self._folder.glob("seal.*.key"))
        return {int(name[1]) for name in found if name}

    def _key(self, number: int) -> bytes:
        path = self._path(number)
        try:
            key = path.read_bytes()
        except OSError as wrong:
            raise SealBroken(
                f"the sealing key {path} can't be read: {wrong.strerror}", remedy=_REMEDY
            ) from wrong
        if len(key) != KEY_BYTES:
            raise SealBroken(f"{path} holds {len(key)} bytes, not {KEY_BYTES}", remedy=_REMEDY)
        return key

    def _make(self, number: int) -> int:
        """The key of this number, or the one that another process made of it meanwhile."""
        with keystore.locked(self._folder, self._path(number).name) as path:
            if not path.exists():
                keystore.write(path, secrets.token_bytes(KEY_BYTES))
        return number

    def _path(self, number: int) -> Path:
        return self._folder / f"seal.{number}.key"


def key_of(sealed: str) -> int:
    """The number of the key that a text is sealed with, 0 when it is no sealed text."""
    read = _FORM.fullmatch(sealed)
    return int(read[1]) if read else 0


_REMEDY = "restore the data folder's `keys` from its backup, or set the secret anew"
