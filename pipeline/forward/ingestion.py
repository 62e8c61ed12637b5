"""The Logs Ingestion API, one request a call: Azure's client carries and signs it, and decides nothing.

Its own chunks exceed the limit of a request and its retries miss most faults, so neither is used.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, UserAgentPolicy
from azure.monitor.ingestion import LogsIngestionClient

from .. import __version__
from ..errors import AccessError, UnfinishedError
from ..identity import Token

NO_ANSWER, NO_TOKEN = 0, -1

_CLOUDS = {".azure.us": "https://monitor.azure.us", ".azure.cn": "https://monitor.azure.cn"}


class TokenSource(Protocol):
    """Whoever signs in. Raises AccessError, and UnfinishedError where the login host does not answer."""

    def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token: ...


@dataclass(frozen=True)
class Reply:
    """What came back. `status` NO_ANSWER: nothing, so that nobody knows whether the request was taken."""

    status: int
    text: str = ""
    retry_after: str | None = None
    date: str | None = None

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def passing(self) -> bool:
        """Trying again may help."""
        return self.status in (NO_ANSWER, 408, 429) or self.status >= 500

    def __str__(self) -> str:
        word = {NO_ANSWER: "no answer", NO_TOKEN: "no token"}.get(self.status, str(self.status))
        return f"{word}: {self.text}" if self.text else word


class Ingestion:
    """A connection to one collection rule at `endpoint`; not for several threads.

    `timeouts`: seconds to connect, and to wait for an answer.
    """

    def __init__(
        self, endpoint: str, rule: str, identity: TokenSource, ca_file: Path | None, timeouts: tuple[float, float]
    ) -> None:
        self._rule, self._credential = rule, _Credential(identity)
        scope = scope_of(endpoint)
        self._client = LogsIngestionClient(
            endpoint.rstrip("/"),
            self._credential,
            credential_scopes=[scope],
            authentication_policy=_Bearer(self._credential, scope),
            retry_total=0,
            permit_redirects=False,
            connection_timeout=timeouts[0],
            read_timeout=timeouts[1],
            connection_verify=str(ca_file) if ca_file else True,
            use_env_settings=False,
            user_agent_policy=UserAgentPolicy(f"pimtrail/{__version__}", user_agent_use_env=False),
        )

    def post(self, stream: str, body: bytes) -> Reply:
        """Send a JSON array once."""
        packed = io.BytesIO(gzip.compress(body, mtime=0))
        try:
            self._client.upload(self._rule, stream, packed)
        except AccessError as error:
            return Reply(NO_TOKEN, str(error))
        except UnfinishedError as error:
            return Reply(NO_ANSWER, str(error))
        except HttpResponseError as error:
            return _reply(error)
        except AzureError as error:
            return Reply(NO_ANSWER, _plain(str(error)))
        return Reply(204)

    def renew(self) -> None:
        """Have the next request signed with a token that is not from a cache."""
        self._credential.fresh = True

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def scope_of(endpoint: str) -> str:
    """The scope of a token for `endpoint`: each national cloud has its own."""
    host = (urlsplit(endpoint).hostname or "").lower()
    audience = next((audience for end, audience in _CLOUDS.items() if host.endswith(end)), "https://monitor.azure.com")
    return f"{audience}/.default"


class _Credential:
    """Our identity in the shape Azure's client asks for."""

    def __init__(self, identity: TokenSource) -> None:
        self._identity = identity
        self.fresh = False

    def get_token(self, *scopes: str, claims: str | None = None, **_: Any) -> AccessToken:
        token = self._identity.token(scopes[0], claims, fresh=self.fresh)
        self.fresh = False
        return AccessToken(token.text, int(token.expires_at.timestamp()))


class _Bearer(BearerTokenCredentialPolicy[Any, Any]):
    """Takes the token a challenge asks for, and leaves sending again to the caller: the body is read to its end."""

    def on_challenge(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> bool:
        super().on_challenge(request, response)
        return False


def _reply(error: HttpResponseError) -> Reply:
    response: Any = error.response
    if response is None:
        return Reply(NO_ANSWER, _plain(str(error)))
    headers = response.headers
    text = _plain(response.body().decode("utf-8", "replace"))
    return Reply(int(response.status_code), text, headers.get("Retry-After"), headers.get("Date"))


def _plain(text: str, longest: int = 400) -> str:
    """Somebody else's words on one short line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest]
