"""What is spoken on the modern port, and what more on the one for old clients.

Algorithms are agreed on before anybody says who they are, so a feed that needs old ones comes by a
port of its own, where only feeds with the explicit switch may log in. What can be broken today
(RC4, DES, MD5, groups of 1024 bits, DSA) is offered nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from asyncssh.kex import get_kex_algs


@dataclass(frozen=True, slots=True)
class Algorithms:
    """Names as SSH writes them, the preferred first; `signatures` are those that prove a user."""

    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    exchanges: tuple[str, ...]
    signatures: tuple[str, ...]

    @property
    def known_exchanges(self) -> list[str]:
        """Those of `exchanges` that the libraries of this machine have."""
        return [name for name in self.exchanges if name.encode() in get_kex_algs()]


MODERN = Algorithms(
    ciphers=(
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
        "aes256-ctr",
        "aes128-ctr",
    ),
    macs=(
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com",
        "hmac-sha2-256",
        "hmac-sha2-512",
    ),
    exchanges=(
        "mlkem768x25519-sha256",
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group16-sha512",
    ),
    signatures=(
        "ssh-ed25519",
        "sk-ssh-ed25519@openssh.com",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "rsa-sha2-512",
        "rsa-sha2-256",
    ),
)
LEGACY = Algorithms(
    ciphers=(*MODERN.ciphers, "aes192-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"),
    macs=(*MODERN.macs, "hmac-sha1-etm@openssh.com", "hmac-sha1"),
    exchanges=(
        *MODERN.exchanges,
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
    ),
    signatures=(*MODERN.signatures, "ssh-rsa"),
)
