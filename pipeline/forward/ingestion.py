"""The Logs Ingestion API, one request a call: Azure's client carries and signs it, and decides nothing.

Its own chunks exceed the limit of a request and its retries miss most faults, so neither is used.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, UserAgentPolicy
from azure.monitor.ingestion import LogsIngestionClient

from .. import __version__
from ..config import Sentinel
from ..decoders import decoder
from ..errors import AccessError, UnfinishedError
from ..identity import Token
from .reply import NO_ANSWER, NO_LOGIN, NO_TOKEN, Reply

_CLOUDS = {".azure.us": "https://monitor.azure.us", ".azure.cn": "https://monitor.azure.cn"}


class TokenSource(Protocol):
    """Whoever signs in. Raises AccessError, and UnfinishedError where the login host does not answer."""

    def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token: ...


class Ingestion:
    """A connection to one collection rule; not for several threads.

    `timeouts`: seconds to connect, and to wait for an answer.
    """

    def __init__(
        self, at: Sentinel, identity: TokenSource, ca_file: Path | None, timeouts: tuple[float, float]
    ) -> None:
        self._rule, self._credential = at.dcr_id, _Credential(identity)
        scope = scope_of(at.endpoint, at.audience)
        self._client = LogsIngestionClient(
            at.endpoint.rstrip("/"),
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
            return Reply(NO_LOGIN, str(error))
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


def scope_of(endpoint: str, audience: str | None = None) -> str:
    """The scope of a token for `endpoint`: each national cloud has its own; `audience` is for clouds not known here."""
    if audience:
        return f"{audience.rstrip('/')}/.default"
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
    text = _plain(_said(response.body()))
    return Reply(int(response.status_code), text, headers.get("Retry-After"), headers.get("Date"))


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Envelope(msgspec.Struct):
    error: _Error


def _said(body: bytes) -> str:
    """`code: message` of an error in Azure's form, else the body as it is."""
    try:
        error = decoder(_Envelope).decode(body).error
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
    return ": ".join(filter(None, (error.code, error.message)))


def _plain(text: str, longest: int = 400) -> str:
    """Somebody else's words on one short line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest]
