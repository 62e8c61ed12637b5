"""What an application proves itself with: a secret, a certificate with its key, a token somebody else gave it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config import Auth
from ..errors import AccessError, ConfigError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LARGEST = 1 << 20
"""Bytes of a file that can still be a secret, certificate or token."""


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key; `thumbprint` is the SHA-1 in capitals, as portals show it."""

    key: RSAPrivateKey = field(repr=False)
    pem: str = field(repr=False)
    thumbprint: str
    expires_at: datetime


def resolve_secret(reference: str, key: str) -> str:
    """The secret that `env:NAME` or `file:PATH` refers to. Raises ConfigError naming `key` and the reference."""
    try:
        secret = _bytes_of(reference, key).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise ConfigError([f"{key}: {reference} cannot be read: it is no text"]) from None
    if not secret:
        raise ConfigError([f"{key}: {reference} is not set or empty"])
    return secret


def certificate_of(auth: Auth) -> Certificate:
    """The certificate and key a configuration refers to, PEM or PFX. Raises ConfigError."""
    reference, wanted = str(auth.certificate), auth.certificate_password
    password = resolve_secret(wanted, "auth.certificate_password").encode() if wanted else None
    data = _bytes_of(reference, "auth.certificate", private=True)
    try:
        return _from_pem(data, password) if b"-----BEGIN " in data else _from_pfx(data, password)
    except _NotUsableError as error:
        raise ConfigError([f"auth.certificate: {reference} {error}"]) from None


def federated_token(path: Path | None) -> str:
    """The token a platform keeps in `path`, read anew each time since it is renewed there. Raises AccessError."""
    try:
        token = Path(str(path)).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "it is no text"
        raise AccessError(f"the federated token cannot be read: {path}: {told}") from None
    if not token:
        raise AccessError(f"the federated token cannot be read: {path} is empty")
    return token


class _NotUsableError(Exception):
    """Why a file is no certificate with a key, in words that hold nothing of it."""


def _bytes_of(reference: str, key: str, *, private: bool = False) -> bytes:
    kind, _, where = reference.partition(":")
    if kind == "env" and where:
        return os.environ.get(where, "").encode()
    if kind != "file" or not where:
        raise ConfigError([f"{key}: write env:NAME or file:PATH, never the secret itself"])
    try:
        with Path(where).open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if private and mode & 0o077:
                told = f"{reference} is open to others than its owner (mode {mode:04o}); chmod 600 it"
                raise ConfigError([f"{key}: {told}"])
            return file.read(LARGEST)
    except OSError as error:
        raise ConfigError([f"{key}: {reference} cannot be read: {error.strerror}"]) from None


def _from_pem(data: bytes, password: bytes | None) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = _loaded(load_pem_private_key, data, password if b"ENCRYPTED" in data else None)
    try:
        held = x509.load_pem_x509_certificates(data)
    except ValueError:
        raise _NotUsableError("holds no certificate beside its key") from None
    return _matching(key, held)


def _from_pfx(data: bytes, password: bytes | None) -> Certificate:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    key, first, others = _loaded(load_key_and_certificates, data, password)
    return _matching(key, [each for each in (first, *others) if each])


def _loaded(load: Callable[..., Any], data: bytes, password: bytes | None) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return load(data, password)
    except TypeError:
        raise _NotUsableError("is encrypted; set auth.certificate_password") from None
    except (ValueError, UnsupportedAlgorithm):
        told = "auth.certificate_password is wrong" if password else "it needs auth.certificate_password"
        raise _NotUsableError(f"is no PEM or PFX with a private key, or {told}") from None


def _matching(key: Any, certificates: Sequence[x509.Certificate]) -> Certificate:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if not isinstance(key, RSAPrivateKey):
        raise _NotUsableError("has a key of another kind than RSA, which Entra does not take")
    ours = key.public_key()
    held = next((each for each in certificates if each.public_key() == ours), None)
    if held is None:
        raise _NotUsableError("holds no certificate that belongs to its key")
    thumbprint = held.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - a name, as portals show it
    pem = held.public_bytes(serialization.Encoding.PEM).decode()
    return Certificate(key, pem, thumbprint, held.not_valid_after_utc)
