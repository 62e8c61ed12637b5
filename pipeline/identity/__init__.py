"""Signing in: as an application, as this machine, or, for trials, as a person. Tokens live in memory.

    identity_for(auth, tenant_id, graph)
        secret, certificate, workload_identity   entra.Application   what the application proves itself with differs
        managed_identity                         entra.Machine       nothing to keep: the platform vouches
        device_code                              entra.Person        somebody at a terminal, reading only

All of them are an `Identity`. Secrets are references in the configuration, and neither they nor keys, assertions or
tokens appear in any message, log or traceback. The modules that need msal are imported at the first sign-in.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from ..config import Auth, Graph, auth_faults
from ..errors import ConfigError
from .credentials import certificate_of, federated_token, resolve_secret
from .refusals import error_for

if TYPE_CHECKING:
    from .session import Session

__all__ = [
    "EXPIRY_WARNING",
    "Identity",
    "Token",
    "credential_expires_at",
    "expiry_words",
    "identity_for",
    "resolve_secret",
]


EXPIRY_WARNING = timedelta(days=30)
"""How long before its end a certificate is worth a word."""


@dataclass(frozen=True)
class Token:
    """An access token; `text` is kept out of every representation."""

    text: str = field(repr=False)
    expires_at: datetime


class Way(Protocol):
    """How a token is come by."""

    def ask(self, scope: str, claims: str | None, fresh: bool) -> dict[str, Any]:
        """The login host's answer, or what is remembered of one: `access_token`, `expires_in`, or `error`."""
        ...


@dataclass(frozen=True)
class Identity:
    """Somebody or something that Entra gives tokens to. Safe for several threads.

    `credential_expires_at` is the end of its certificate; None where nothing expires, or nobody can know when.
    """

    name: str
    way: Way = field(repr=False)
    session: Session = field(repr=False)
    credential_expires_at: datetime | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
        """A token for `scope` (`https://graph.microsoft.com/.default`), from memory while it lasts.

        `claims` answers a challenge; `fresh` asks again although a token is held. Raises AccessError where sign-in is
        refused and UnfinishedError where the login host does not answer.
        """
        from .session import reaching

        with self._guard:
            answer = reaching(self.name, self.session, lambda: self.way.ask(scope, claims, fresh))
            if "access_token" not in answer:
                now = datetime.now(UTC)
                raise error_for(self.name, answer, self.session.seen, now, self.credential_expires_at)
        lasts = timedelta(seconds=int(answer.get("expires_in", 0)))
        return Token(str(answer["access_token"]), datetime.now(UTC) + lasts)


def identity_for(
    auth: Auth, tenant_id: str, graph: Graph, *, permissions: Sequence[str] = (), terminal: TextIO | None = None
) -> Identity:
    """The identity a configuration describes; a login host is asked for its addresses at once.

    `permissions` are what a person is asked to consent to, at `terminal` (standard error). Raises ConfigError for what
    the configuration lacks, AccessError for an unknown tenant, UnfinishedError where the login host does not answer.
    """
    faults = [f"auth.{key}: {words}" for key, words in auth_faults(auth.model_dump(exclude_none=True), whole=True)]
    if faults:
        raise ConfigError(faults)
    from . import entra
    from .session import Session

    if auth.method == "managed_identity":
        session = Session(graph.ca_file, "the managed identity endpoint (of a machine in Azure)")
        name = f"sign-in as managed identity {auth.client_id or 'of this machine'}"
        return Identity(name, entra.Machine(name, auth.client_id, session, graph.base_url, tenant_id), session)
    session = Session(graph.ca_file)
    name = f"sign-in of {auth.client_id} to tenant {tenant_id}"
    at = entra.Authority(name, f"{graph.authority.rstrip('/')}/{tenant_id}", session)
    client_id = str(auth.client_id)
    if auth.method == "device_code":
        return Identity(name, entra.Person(at, client_id, graph.base_url, permissions, terminal), session)
    if auth.method == "workload_identity":
        credential: Any = {"client_assertion": lambda: federated_token(auth.token_file)}
        return Identity(name, entra.Application(at, client_id, credential), session)
    if auth.method == "certificate":
        held = certificate_of(auth)
        credential = {"private_key": held.key, "public_certificate": held.pem}
        return Identity(name, entra.Application(at, client_id, credential), session, held.expires_at)
    secret = resolve_secret(str(auth.client_secret), "auth.client_secret")
    return Identity(name, entra.Application(at, client_id, secret), session)


def expiry_words(ends: datetime | None, now: datetime) -> str | None:
    """That a certificate has ended or soon will; None where there is nothing to say."""
    if ends is None or ends - now > EXPIRY_WARNING:
        return None
    if ends <= now:
        return f"the certificate ended on {ends:%Y-%m-%d}; sign-in is refused until there is another"
    return f"the certificate ends on {ends:%Y-%m-%d}, in {(ends - now).days} days"


def credential_expires_at(auth: Auth) -> datetime | None:
    """When the certificate in use ends, None for other methods. Raises ConfigError where it cannot be read."""
    return certificate_of(auth).expires_at if auth.method == "certificate" and auth.certificate else None
