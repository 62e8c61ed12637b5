"""Certificates of applications: made once a process, since keys cost time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)


@dataclass(frozen=True)
class Pair:
    """A key and its certificate."""

    key: RSAPrivateKey
    certificate: x509.Certificate

    def pem(self, password: bytes | None = None) -> bytes:
        """Key, then certificate."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _sealed(password))
        return key + self.certificate.public_bytes(Encoding.PEM)

    def pfx(self, password: bytes | None = None) -> bytes:
        return pkcs12.serialize_key_and_certificates(b"app", self.key, self.certificate, None, _sealed(password))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Pieces of the key that no output may hold."""
        body = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().splitlines()[1:-1]
        return tuple(body)


@cache
def pair(days: float = 365) -> Pair:
    """A certificate that ends in `days` from now."""
    key, now = generate_private_key(65537, 2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pimtrail")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=400))
    return Pair(key, builder.not_valid_after(now + timedelta(days=days)).sign(key, hashes.SHA256()))


def written(path: Path, data: bytes, mode: int = 0o600) -> Path:
    """`path`, holding `data`, open to those `mode` says."""
    path.write_bytes(data)
    path.chmod(mode)
    return path


def _sealed(password: bytes | None) -> KeySerializationEncryption:
    return BestAvailableEncryption(password) if password else NoEncryption()
