"""The key that signs heads of the ledger: Ed25519, kept with the installation's other keys."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from core import keystore
from core.errors import Misuse, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

NAME = "usage.key"
_BYTES = 32


class Signer:
    """Signs with `<keys>/usage.key`, made at first use."""

    def __init__(self, keys: Path) -> None:
        """Raises Unavailable when the file holds no whole key."""
        with keystore.locked(keys, NAME) as path:
            if not path.exists():
                keystore.write(path, Ed25519PrivateKey.generate().private_bytes_raw())
            raw = path.read_bytes()
        if len(raw) != _BYTES:
            raise Unavailable(
                f"{path} holds {len(raw)} bytes instead of {_BYTES}",
                remedy="restore it from the backup of the data folder's `keys`",
            )
        self._key = Ed25519PrivateKey.from_private_bytes(raw)

    @property
    def public(self) -> str:
        """The public key, PEM."""
        encoded = self._key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        return encoded.decode()

    def sign(self, said: dict[str, Any]) -> str:
        """The signature of a JSON object, hexadecimal."""
        return self._key.sign(canonical(said)).hex()


def canonical(said: dict[str, Any]) -> bytes:
    """The bytes that are signed: JSON with sorted keys, ASCII, no blanks."""
    return json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def load_public(pem: str) -> Ed25519PublicKey:
    """A public key from PEM. Raises Misuse."""
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as wrong:
        raise Misuse("this is no public key", remedy="give the PEM file of the service") from wrong
    if not isinstance(key, Ed25519PublicKey):
        raise Misuse("this is no Ed25519 key", remedy="give the PEM file of the service")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """By what people tell keys apart: SHA-256 of its 32 bytes."""
    return sha256(key.public_bytes_raw()).hexdigest()


def signed(key: Ed25519PublicKey, said: dict[str, Any], signature: str) -> bool:
    """Whether the signature is this key's over these values."""
    try:
        key.verify(bytes.fromhex(signature), canonical(said))
    except (InvalidSignature, ValueError):
        return False
    return True
