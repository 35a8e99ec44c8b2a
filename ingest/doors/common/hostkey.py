"""The SSH host key: made once, then never changed by us, because senders pin it."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

if TYPE_CHECKING:
    from pathlib import Path

KEY_NAME = "ssh_host_ed25519_key"


def ensure_host_key(keys: Path) -> str:
    """Make the host key in the folder `keys` if there is none; its fingerprint (`SHA256:…`).

    Works with the server stopped, and when several processes start at once.
    """
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = keys / KEY_NAME
    lock = os.open(keys / f"{KEY_NAME}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _write(path)
        return fingerprint(path)
    finally:
        os.close(lock)


def fingerprint(path: Path) -> str:
    """`SHA256:…` of a private key file, as `ssh-keygen -l` prints it."""
    public = load_ssh_private_key(path.read_bytes(), password=None).public_key()
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _write(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
    )
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(opened)
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
