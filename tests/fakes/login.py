"""A login host: the two addresses that sign-in with a secret uses, and the refusals it can give.

    login = FakeLogin(TENANT_ID, CLIENT_ID, "s3cret")
    with serving(trust, login) as server:       # [graph] authority = server.url, ca_file = trust.ca_file
        ...
    login.accepts(token)                        # what a fake service asks about the tokens it is shown

`login.refuse("7000222")` makes every further token request fail with that AADSTS code; `login.revoke()` makes tokens
given so far worthless, as when a session is ended while they still last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .tls import Reply, Request

DESCRIPTIONS = {
    "7000215": "Invalid client secret provided.",
    "7000222": "The provided client secret keys for app are expired.",
    "700016": "Application was not found in the directory.",
    "90002": "Tenant not found.",
    "65001": "The user or administrator has not consented to use the application.",
}


@dataclass
class FakeLogin:
    """Answers for one application of one tenant; tokens are `token-1`, `token-2`, … and last `lifetime` seconds."""

    tenant_id: str
    client_id: str
    secret: str
    lifetime: int = 3600
    given: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    """The token requests, as they came."""
    _refusal: str | None = None
    _revoked: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply:
        if request.path == f"/{self.tenant_id}/v2.0/.well-known/openid-configuration":
            return self._configuration(request)
        if request.path == f"/{self.tenant_id}/oauth2/v2.0/token" and request.method == "POST":
            return self._token(request)
        return _refusal("90002", 400)

    def accepts(self, token: str) -> bool:
        """Whether `token` was given out and still counts."""
        return token in self.given and token not in self._revoked

    def refuse(self, code: str) -> None:
        """Fail every further token request with AADSTS`code`."""
        self._refusal = code

    def revoke(self) -> None:
        """End all tokens given so far."""
        self._revoked.update(self.given)

    def _configuration(self, request: Request) -> Reply:
        root = f"https://{request.headers['host']}/{self.tenant_id}"
        return Reply.of(
            {
                "issuer": f"{root}/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
            }
        )

    def _token(self, request: Request) -> Reply:
        self.forms.append(request.form)
        if self._refusal:
            return _refusal(self._refusal, 401)
        if request.form.get("client_id") != self.client_id:
            return _refusal("700016", 400)
        if request.form.get("client_secret") != self.secret:
            return _refusal("7000215", 401)
        self.given.append(f"token-{len(self.given) + 1}")
        return Reply.of({"token_type": "Bearer", "expires_in": self.lifetime, "access_token": self.given[-1]})


def _refusal(code: str, status: int) -> Reply:
    told = f"AADSTS{code}: {DESCRIPTIONS.get(code, 'Refused.')} Trace ID: 00000000-0000-0000-0000-000000000000"
    return Reply.of({"error": "invalid_client", "error_description": told, "error_codes": [int(code)]}, status)
