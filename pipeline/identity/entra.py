"""The ways to a token, over msal: an application, a machine, a person."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO
from urllib.parse import urlsplit

import msal
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

from ..errors import AccessError
from .claims import claims_of
from .session import Session, reaching

CAPABILITIES = ["CP1"]
"""We answer the challenges of Continuous Access Evaluation."""


@dataclass(frozen=True)
class Authority:
    """A tenant at a login host, and who asks there."""

    name: str
    url: str
    session: Session = field(repr=False)

    def client(self, kind: Any, client_id: str, **more: Any) -> Any:
        """msal's client of that `kind`, the login host asked for its addresses."""
        known = urlsplit(self.url).hostname in WELL_KNOWN_AUTHORITY_HOSTS
        return reaching(
            self.name,
            self.session,
            lambda: kind(
                client_id,
                authority=self.url,
                instance_discovery=None if known else False,
                client_capabilities=CAPABILITIES,
                http_client=self.session,
                **more,
            ),
        )


class Application:
    """An application with a credential of its own, in any form msal takes."""

    def __init__(self, at: Authority, client_id: str, credential: Any) -> None:
        kind = msal.ConfidentialClientApplication
        region = kind.DISABLE_MSAL_FORCE_REGION
        self._client = at.client(kind, client_id, client_credential=credential, azure_region=region)

    def ask(self, scope: str, claims: str | None, fresh: bool) -> dict[str, Any]:
        if fresh and not claims:
            self._client.remove_tokens_for_client()
        answer: dict[str, Any] = self._client.acquire_token_for_client([scope], claims)
        return answer


class Machine:
    """What this runs on: a machine, App Service, Container Apps … and the identity the platform gave it.

    Its tokens are of the platform's own tenant whatever is configured, so a token for Graph is looked into.
    """

    def __init__(self, name: str, client_id: str | None, session: Session, base_url: str, tenant_id: str) -> None:
        self._name, self._session, self._base, self._tenant = name, session, base_url.rstrip("/"), tenant_id
        self._identity = (
            msal.UserAssignedManagedIdentity(client_id=client_id) if client_id else msal.SystemAssignedManagedIdentity()
        )
        self._client = self._new()

    def ask(self, scope: str, claims: str | None, fresh: bool) -> dict[str, Any]:
        if fresh and not claims:
            self._client = self._new()
        resource = scope.removesuffix("/.default")
        answer: dict[str, Any] = self._client.acquire_token_for_client(resource=resource, claims_challenge=claims)
        home = claims_of(str(answer.get("access_token", ""))).get("tid") if resource == self._base else None
        if home and home != self._tenant:
            told = f"it belongs to tenant {str(home)[:36]!r} and cannot read tenant {self._tenant}"
            raise AccessError(f"{self._name}: {told}; use an application there, with workload_identity")
        return answer

    def _new(self) -> Any:
        return msal.ManagedIdentityClient(self._identity, http_client=self._session, client_capabilities=CAPABILITIES)


class Person:
    """Somebody who opens an address and enters a code. For Graph only the permissions named are asked for."""

    def __init__(
        self, at: Authority, client_id: str, base_url: str, permissions: Sequence[str], terminal: TextIO | None
    ) -> None:
        self._name, self._base, self._terminal = at.name, base_url.rstrip("/"), terminal
        self._permissions = sorted(set(permissions))
        self._client = at.client(msal.PublicClientApplication, client_id)

    def ask(self, scope: str, claims: str | None, fresh: bool) -> dict[str, Any]:
        scopes = [f"{self._base}/{name}" for name in self._permissions]
        if scope != f"{self._base}/.default" or not scopes:
            raise AccessError(f"{self._name}: a person signs in to read Graph, not for {scope}")
        for account in self._client.get_accounts():
            held = self._client.acquire_token_silent_with_error(
                scopes, account, force_refresh=fresh, claims_challenge=claims
            )
            if held and "access_token" in held:
                return dict(held)
        flow = self._begin(scopes, claims)
        answer: dict[str, Any] = (
            self._client.acquire_token_by_device_flow(flow, claims_challenge=claims) if "user_code" in flow else flow
        )
        return answer

    def _begin(self, scopes: list[str], claims: str | None) -> dict[str, Any]:
        terminal = self._terminal or sys.stderr
        if not terminal.isatty():
            raise AccessError(f"{self._name}: device_code needs a person at a terminal; it is for trials only")
        flow: dict[str, Any] = self._client.initiate_device_flow(scopes, claims_challenge=claims)
        if "user_code" in flow:
            minutes = int(flow.get("expires_in", 900)) // 60
            told = f"{self._name}: open {flow.get('verification_uri')} and enter {flow['user_code']}"
            told = "".join(sign if sign.isprintable() else "?" for sign in told)
            terminal.write(f"{told} within {minutes} minutes\n")
            terminal.flush()
        return flow
