"""The TLS certificate of a door that has none of its own: self-signed, made once, then kept."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core import keystore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from core.clock import Clock

FILE_NAME = "ftps.pem"
PUBLIC_NAME = "ftps_certificate.pem"
_YEARS = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of a certificate (with its chain) and of its private key; often the same file."""

    chain: Path
    key: Path

    @property
    def public(self) -> Path:
        """The file to hand to senders: without the key."""
        return self.chain.with_name(PUBLIC_NAME) if self.key == self.chain else self.chain

    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it."""
        return "SHA256 " + self._read().fingerprint(hashes.SHA256()).hex(":").upper()

    def expires(self) -> datetime:
        """When it ends. Raises OSError or ValueError."""
        return self._read().not_valid_after_utc

    def _read(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.chain.read_bytes())


def ensure_certificate(keys: Path, hosts: Iterable[str], clock: Clock) -> Certificate:
    """Make a self-signed certificate for `hosts` in the folder `keys` if there is none.

    It is never changed by us: other hosts later do not change it. `PUBLIC_NAME` is a copy without
    the key, for senders.
    """
    with keystore.locked(keys, FILE_NAME) as path:
        if not path.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            public = _sign(key, list(dict.fromkeys(hosts)), clock).public_bytes(Encoding.PEM)
            secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            keystore.write(keys / PUBLIC_NAME, public)
            keystore.write(path, public + secret)
        return Certificate(path, path)


def _sign(key: ec.EllipticCurvePrivateKey, hosts: list[str], clock: Clock) -> x509.Certificate:
    others = x509.SubjectAlternativeName([_alternative(host) for host in hosts])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock() - timedelta(days=1))
        .not_valid_after(clock() + _YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(others, critical=False)
        .add_extension(usage, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
