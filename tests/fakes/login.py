"""A login host: every way pimtrail signs in to one, judged as Entra would, and the refusals it can give.

    login = FakeLogin(TENANT_ID, CLIENT_ID, "s3cret")
    with serving(trust, login) as server:       # [graph] authority = server.url, ca_file = trust.ca_file
        ...
    login.accepts(token)                        # what a fake service asks about the tokens it is shown

Besides the secret it takes `certificate` (signature, audience, thumbprint and times of an assertion are checked),
`federated` (the one token it trusts just now) and, where `person` says what somebody at the code's page does, device
codes. With `roles` or `scp` tokens can be read and carry them; otherwise they are `token-1`, `token-2`, …

`login.refuse("7000222")` makes every further token request fail with that AADSTS code; `login.revoke()` makes tokens
given so far worthless, as when a session is ended while they still last; `login.demand(claims)` accepts no new one
either unless it was asked for with those claims, and `login.challenge` is the header that says so. `ahead` sets its
clock.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .tls import Reply, Request

DESCRIPTIONS = {
    "7000215": "Invalid client secret provided.",
    "7000222": "The provided client secret keys for app are expired.",
    "7000218": "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    "700016": "Application was not found in the directory.",
    "700024": "Client assertion is not within its valid time range.",
    "700027": "Client assertion contains an invalid signature. The key was not found.",
    "700213": "No matching federated identity record found for presented assertion subject.",
    "70016": "Authorization is pending.",
    "90002": "Tenant not found.",
    "65001": "The user or administrator has not consented to use the application.",
}
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class FakeLogin:
    """Answers for one application of one tenant; tokens last `lifetime` seconds."""

    tenant_id: str
    client_id: str
    secret: str = ""
    lifetime: int = 3600
    certificate: x509.Certificate | None = None
    federated: str | None = None
    person: str = ""
    """What somebody does about a device code: `signs in`, `declines`, `waits`; empty: the application may not ask."""
    roles: tuple[str, ...] | None = None
    scp: str | None = None
    ahead: timedelta = timedelta(0)
    given: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    """The token requests, as they came."""
    _refusal: str | None = None
    _revoked: set[str] = field(default_factory=set)
    _demand: Any = None

    def __call__(self, request: Request) -> Reply:
        reply = self._answer(request)
        date = {"Date": format_datetime(self._now(), usegmt=True)}
        return Reply(reply.status, reply.body, {**reply.headers, **date})

    def accepts(self, token: str) -> bool:
        """Whether `token` was given out and still counts."""
        return token in self.given and token not in self._revoked

    def refuse(self, code: str) -> None:
        """Fail every further token request with AADSTS`code`."""
        self._refusal = code

    def revoke(self) -> None:
        """End all tokens given so far."""
        self._revoked.update(self.given)

    def demand(self, claims: dict[str, Any]) -> None:
        """End all tokens given so far, and those to come that are not asked for with `claims`."""
        self.revoke()
        self._demand = claims

    @property
    def challenge(self) -> str:
        """The header WWW-Authenticate that tells what is demanded."""
        claims = base64.b64encode(json.dumps(self._demand).encode()).decode()
        return f'Bearer realm="", error="insufficient_claims", claims="{claims}"' if self._demand else 'Bearer realm=""'

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def _answer(self, request: Request) -> Reply:
        root = f"/{self.tenant_id}"
        if request.path == f"{root}/v2.0/.well-known/openid-configuration":
            return self._configuration(request)
        if request.path == f"{root}/oauth2/v2.0/token" and request.method == "POST":
            return self._token(request)
        if request.path == f"{root}/oauth2/v2.0/devicecode" and request.method == "POST":
            return self._device(request)
        return _refusal("90002", 400)

    def _root(self, request: Request) -> str:
        return f"https://{request.headers['host']}/{self.tenant_id}"

    def _configuration(self, request: Request) -> Reply:
        root = self._root(request)
        return Reply.of(
            {
                "issuer": f"{root}/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            }
        )

    def _token(self, request: Request) -> Reply:
        form = request.form
        self.forms.append(form)
        if self._refusal:
            return _refusal(self._refusal, 401)
        if form.get("client_id") != self.client_id:
            return _refusal("700016", 400)
        if form["grant_type"] != "client_credentials":
            return self._for_a_person(form)
        if form.get("client_assertion_type") == _ASSERTION:
            fault = self._fault_of(form["client_assertion"], f"{self._root(request)}/oauth2/v2.0/token")
        else:
            fault = None if form.get("client_secret") == self.secret != "" else "7000215"
        return _refusal(fault, 401) if fault else self._give(form)

    def _fault_of(self, assertion: str, audience: str) -> str | None:
        """AADSTS code of what is wrong with an assertion: the federated one, or signed with the certificate's key."""
        if self.federated is not None:
            return None if assertion == self.federated else "700213"
        if self.certificate is None:
            return "700027"
        digest = hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest()
        named = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        header = jwt.get_unverified_header(assertion)
        key: Any = self.certificate.public_key()
        if header.get("x5t#S256", "").rstrip("=") != named or len(header.get("x5c", [])) != 1:
            return "700027"
        try:
            told = jwt.decode(assertion, key, ["PS256"], audience=audience, options={"verify_exp": False})
        except jwt.PyJWTError:
            return "700027"
        if (told["iss"], told["sub"]) != (self.client_id, self.client_id):
            return "700027"
        return None if told["iat"] - 300 <= self._now().timestamp() <= told["exp"] else "700024"

    def _give(self, form: dict[str, str], **more: object) -> Reply:
        self.given.append(self._text())
        asked = json.loads(form.get("claims", "{}")).get("access_token", {})
        if self._demand and not all(asked.get(name) == value for name, value in self._demand["access_token"].items()):
            self._revoked.add(self.given[-1])
        token = {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": self.given[-1]}
        return Reply.of({**token, **more})

    def _text(self) -> str:
        number = len(self.given) + 1
        if self.roles is None and self.scp is None:
            return f"token-{number}"
        return readable_token(tid=self.tenant_id, jti=str(number), roles=self.roles, scp=self.scp)

    def _device(self, request: Request) -> Reply:
        self.forms.append(request.form)
        if self._refusal:
            return _refusal(self._refusal, 400)
        page = {"user_code": "ABCD-1234", "verification_uri": "https://login.example/device"}
        return Reply.of({**page, "device_code": "device-code-that-must-not-show", "expires_in": 2, "interval": 1})

    def _for_a_person(self, form: dict[str, str]) -> Reply:
        if not self.person:
            return _refusal("7000218", 401)
        if self.person == "declines":
            return Reply.of({"error": "authorization_declined"}, 400)
        if self.person == "waits" and form["grant_type"] != "refresh_token":
            return _refusal("70016", 400, "authorization_pending")
        scope = " ".join(name for name in form.get("scope", "").split() if "/" in name)
        info = base64.urlsafe_b64encode(json.dumps({"uid": "person-1", "utid": self.tenant_id}).encode()).decode()
        return self._give(
            form,
            scope=scope or self.forms[-2].get("scope", ""),
            refresh_token="refresh-token-that-must-not-show",
            client_info=info,
        )


def readable_token(**claims: object) -> str:
    """An access token whose claims can be read; nobody signed it."""
    parts = ({"alg": "none"}, {name: value for name, value in claims.items() if value is not None})
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.signature-that-must-not-show"


def _refusal(code: str, status: int, error: str = "invalid_client") -> Reply:
    told = f"AADSTS{code}: {DESCRIPTIONS.get(code, 'Refused.')} Trace ID: 00000000-0000-0000-0000-000000000000"
    return Reply.of({"error": error, "error_description": told, "error_codes": [int(code)]}, status)
