"""Signing in as the tenant's application. Tokens live in memory; secrets are references and appear in no message."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .config import Auth, Graph
from .errors import AccessError, ConfigError, UnfinishedError

TIMEOUT_SECONDS = 30
"""Patience with the login host, each for connecting and for each read."""

REFUSALS = {
    "AADSTS7000215": "the client secret is wrong (the value is needed, not the secret's id)",
    "AADSTS7000222": "the client secret has expired; add a new one to the application",
    "AADSTS7000216": "the application needs a client secret or certificate and none was accepted",
    "AADSTS700016": "the application is unknown in this tenant; check client_id and tenant_id",
    "AADSTS700027": "the certificate is not registered with the application",
    "AADSTS700024": "the signature's time is out of range; check this machine's clock",
    "AADSTS90002": "the tenant is unknown; check tenant_id and [graph] authority",
    "AADSTS900023": "the tenant id is not valid; check tenant_id",
    "AADSTS65001": "an administrator has not consented to the application's permissions",
    "AADSTS500011": "the tenant does not know the service asked for; check [graph] base_url",
    "AADSTS7000112": "the application is disabled in this tenant",
    "AADSTS53003": "a Conditional Access policy blocks the application",
}
"""Microsoft's codes in the words of somebody who has to mend it."""


@dataclass(frozen=True)
class Token:
    """An access token; `text` is kept out of every representation."""

    text: str = field(repr=False)
    expires_at: datetime


class Identity:
    """One application in one tenant. Safe for several threads."""

    def __init__(self, application: Any, name: str, secret: str) -> None:
        self._application, self._name, self._secret = application, name, secret
        self._guard = threading.Lock()

    def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
        """A token for `scope` (`https://graph.microsoft.com/.default`), from memory while it lasts.

        `claims` answers a challenge; `fresh` asks again although a token is held. Raises AccessError where sign-in is
        refused and UnfinishedError where the login host does not answer.
        """
        with self._guard:
            if fresh and not claims:
                self._application.remove_tokens_for_client()
            answer = _reaching(self._name, lambda: self._application.acquire_token_for_client([scope], claims))
        if "access_token" not in answer:
            raise AccessError(f"{self._name}: {self._reason(answer)}")
        lasts = timedelta(seconds=int(answer.get("expires_in", 0)))
        return Token(str(answer["access_token"]), datetime.now(UTC) + lasts)

    def _reason(self, answer: dict[str, Any]) -> str:
        told = str(answer.get("error_description") or answer.get("error") or "no reason given")
        code = re.search(r"AADSTS\d+", told)
        if code and code[0] in REFUSALS:
            return f"{REFUSALS[code[0]]} ({code[0]})"
        line = " ".join(told.replace(self._secret, "***").splitlines()[0].split())[:300]
        return f"sign-in was refused: {''.join(sign if sign.isprintable() else '?' for sign in line)}"


def identity_for(auth: Auth, tenant_id: str, graph: Graph) -> Identity:
    """The identity a configuration describes; the login host is asked for its addresses at once.

    Raises ConfigError for what the configuration lacks, AccessError for an unknown tenant, UnfinishedError where the
    login host does not answer.
    """
    if auth.method != "secret":
        raise ConfigError([f"auth.method: {auth.method!r} is not built yet; use 'secret'"])
    missing = [key for key in ("client_id", "client_secret") if not getattr(auth, key)]
    if missing:
        raise ConfigError([f"auth.{key}: needed to sign in with a secret" for key in missing])
    secret = resolve_secret(str(auth.client_secret), "auth.client_secret")
    name = f"sign-in of {auth.client_id} to tenant {tenant_id}"
    return Identity(_application(str(auth.client_id), secret, tenant_id, graph, name), name, secret)


def resolve_secret(reference: str, key: str) -> str:
    """The secret that `env:NAME` or `file:PATH` refers to. Raises ConfigError naming `key` and the reference."""
    kind, _, where = reference.partition(":")
    if kind == "env" and where:
        secret = os.environ.get(where, "")
    elif kind == "file" and where:
        try:
            secret = Path(where).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([f"{key}: {reference} cannot be read: {error}"]) from error
    else:
        raise ConfigError([f"{key}: write env:NAME or file:PATH, never the secret itself"])
    if not secret:
        raise ConfigError([f"{key}: {reference} is not set or empty"])
    return secret


def _application(client_id: str, secret: str, tenant_id: str, graph: Graph, name: str) -> Any:
    import msal
    from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

    known = urlsplit(graph.authority).hostname in WELL_KNOWN_AUTHORITY_HOSTS
    return _reaching(
        name,
        lambda: msal.ConfidentialClientApplication(
            client_id,
            client_credential=secret,
            authority=f"{graph.authority.rstrip('/')}/{tenant_id}",
            instance_discovery=None if known else False,
            azure_region=msal.ConfidentialClientApplication.DISABLE_MSAL_FORCE_REGION,
            client_capabilities=["CP1"],
            http_client=_session(graph.ca_file),
        ),
    )


def _session(ca_file: Path | None) -> Any:
    """Nothing is taken from the environment: no proxy, no netrc, no other certificates."""
    import requests
    from requests.adapters import HTTPAdapter

    class Session(requests.Session):
        def request(self, *arguments: Any, **named: Any) -> Any:
            named.setdefault("timeout", TIMEOUT_SECONDS)
            named.setdefault("allow_redirects", False)
            return super().request(*arguments, **named)

    session = Session()
    session.trust_env = False
    session.verify = str(ca_file) if ca_file else True
    session.mount("https://", HTTPAdapter(max_retries=2))
    return session


def _reaching(name: str, ask: Any) -> Any:
    """The answer of the login host, its failures told in our own words."""
    import msal
    import requests

    try:
        return ask()
    except (requests.RequestException, msal.exceptions.MsalServiceError) as error:
        raise UnfinishedError(f"{name}: the login host does not answer: {type(error).__name__}") from error
    except ValueError as error:
        code = re.search(r"AADSTS\d+", f"{error} {error.__context__}")
        reason = REFUSALS.get(code[0] if code else "", "the authority is no login host for this tenant")
        raise AccessError(f"{name}: {reason}{f' ({code[0]})' if code else ''}") from error
