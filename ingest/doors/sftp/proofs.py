"""What a signature has to be before asyncssh looks whose it is.

asyncssh takes a proof by any algorithm that the key can do, SHA-1 among them, whatever was offered;
and a certificate that names nobody lets everybody in. Both are refused here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh
from asyncssh.packet import PacketDecodeError, SSHPacket
from asyncssh.public_key import decode_ssh_certificate

if TYPE_CHECKING:
    from collections.abc import Collection


def demand(connection: asyncssh.SSHServerConnection, signatures: Collection[str]) -> None:
    """From now on the connection takes proofs by these algorithms only."""
    judge = connection.validate_public_key

    async def validate(username: str, key_data: bytes, msg: bytes, signature: bytes) -> bool:
        if signature and algorithm(signature) not in signatures:
            return False
        if not names_somebody(key_data):
            return False
        return await judge(username, key_data, msg, signature)

    connection.validate_public_key = validate  # type: ignore[method-assign]


def algorithm(signature: bytes) -> str:
    """The algorithm of a signature, empty when it can't be read."""
    try:
        return SSHPacket(signature).get_string().decode("ascii")
    except (PacketDecodeError, UnicodeDecodeError):
        return ""


def names_somebody(key_data: bytes) -> bool:
    """False for a certificate without principals; what is no certificate is none of its kind."""
    try:
        certificate = decode_ssh_certificate(key_data)
    except (asyncssh.KeyImportError, PacketDecodeError):
        return True
    return bool(getattr(certificate, "principals", ()))
