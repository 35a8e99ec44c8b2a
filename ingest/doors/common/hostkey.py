"""The SSH host key: made once, then never changed by us, because senders pin it."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from core import keystore

if TYPE_CHECKING:
    from pathlib import Path

KEY_NAME = "ssh_host_ed25519_key"
RSA_NAME = "ssh_host_rsa_key"
"""For clients that know nothing newer."""
_RSA_BITS = 3072


def ensure_host_key(keys: Path, name: str = KEY_NAME) -> str:
    """Make the host key in the folder `keys` if there is none; its fingerprint (`SHA256:…`).

    Works with the server stopped, and when several processes start at once.
    """
    with keystore.locked(keys, name) as path:
        if not path.exists():
            key = _generate(name)
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            keystore.write(path, pem)
        return fingerprint(path)


def _generate(name: str) -> Ed25519PrivateKey | rsa.RSAPrivateKey:
    if name == RSA_NAME:
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return Ed25519PrivateKey.generate()


def public_key(keys: Path, name: str = KEY_NAME) -> str:
    """The host key as OpenSSH's known_hosts has it: type and body."""
    return _public(keys / name).decode()


def fingerprint(path: Path) -> str:
    """`SHA256:…` of a private key file, as `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(base64.b64decode(_public(path).split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _public(path: Path) -> bytes:
    public = load_ssh_private_key(path.read_bytes(), password=None).public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
