"""Signed requests to one Graph. A token goes to the configured host and nowhere else."""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from ..errors import AccessError, ConfigError
from ..identity import Token
from .faults import UnreachableError
from .http import Http, Place, Reply, place

SHORTEST_TOKEN = 64
"""Characters; shorter ones are no real tokens and may stand in a body by chance."""

VERSIONS = ("v1.0", "beta")


class TokenSource(Protocol):
    """Where tokens come from: an `Identity`, or a stand-in."""

    def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
        """A token for `scope`."""
        ...


class Graph:
    """One tenant's Graph at `base_url`. Without `tokens` requests go unsigned, as a replay wants them.

    Use as a context manager, or `close` it. Raises ConfigError for a base URL that is not https.
    """

    def __init__(self, http: Http, base_url: str, tokens: TokenSource | None) -> None:
        self._http, self._tokens, self._base = http, tokens, base_url.rstrip("/")
        self._home, self._guard = _home(self._base), threading.Lock()
        self._fresh: dict[str, Token] = {}
        parts = urlsplit(self._base)
        self._scope = f"{parts.scheme}://{parts.netloc}/.default"

    def url(self, address: str) -> str:
        """The full URL of an address such as `/v1.0/users?$top=999`."""
        return self._base + address

    def check(self, url: str) -> None:
        """Raise ValueError unless `url` leads to this Graph: same scheme, host, port and one of its versions."""
        there, home = place(url), self._home
        if (there.scheme, there.host, there.port) != (home.scheme, home.host, home.port) or there.has_user:
            raise ValueError(f"it leads to another host, {there.scheme}://{there.host!r}:{there.port}")
        prefixes = tuple(f"{home.path.rstrip('/')}/{version}/" for version in VERSIONS)
        if not there.path.startswith(prefixes) or ".." in there.path.split("/") or "\\" in there.path:
            raise ValueError(f"it leads to another path, {there.path[:80]!r}")

    def get(self, url: str) -> Reply:
        """Ask once, with one silent renewal of the token.

        Raises ValueError for a foreign URL, UnreachableError, AccessError.
        """
        self.check(url)
        return self._signed(lambda headers: self._http.get(url, headers))

    def batch(self, version: str, body: bytes) -> Reply:
        """Ask `/{version}/$batch` once with a JSON `body`. Raises as `get` does."""
        url = self.url(f"/{version}/$batch")
        return self._signed(lambda headers: self._http.post(url, headers, body))

    def _signed(self, send: Callable[[dict[str, str]], Reply]) -> Reply:
        if self._tokens is None:
            return send({})
        with self._guard:
            token = self._tokens.token(self._scope)
        reply = _unquoted(send, _bearer(token))
        if reply.status == 401:
            claims = _challenge(reply.headers.get("www-authenticate", ""))
            reply = _unquoted(send, _bearer(self._renewed(self._tokens, token, claims)))
        if reply.status == 401:
            raise AccessError(f"Graph does not accept the token for {self._scope} (401, twice)")
        return reply

    def _renewed(self, tokens: TokenSource, refused: Token, claims: str | None) -> Token:
        """A fresh token in place of the refused one; requests refused together share it, unless it is the same."""
        with self._guard:
            if self._fresh.get(refused.text, refused).text == refused.text:
                self._fresh[refused.text] = tokens.token(self._scope, claims, fresh=True)
            return self._fresh[refused.text]

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unquoted(send: Callable[[dict[str, str]], Reply], headers: dict[str, str]) -> Reply:
    """The reply, unless it repeats the token: bodies and request ids are quoted and kept, tokens never."""
    reply, token = send(headers), headers["Authorization"].removeprefix("Bearer ")
    is_told = token.encode() in reply.body or any(token in value for value in reply.headers.values())
    if len(token) >= SHORTEST_TOKEN and is_told:
        raise UnreachableError("the answer repeats the token it was asked with; nothing of it is kept")
    return reply


def _bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.text}"}


def _home(base_url: str) -> Place:
    try:
        home = place(base_url)
    except ValueError as error:
        raise ConfigError([f"graph.base_url: {error}"]) from error
    if home.scheme != "https" or not home.host or home.has_user:
        raise ConfigError([f"graph.base_url: {base_url!r} is no https address"])
    return home


def _challenge(header: str) -> str | None:
    """The claims a 401 asks for, decoded; None where it asks for none."""
    found = re.search(r'claims="([A-Za-z0-9+/=_-]+)"', header)
    if not found:
        return None
    try:
        return base64.b64decode(found[1] + "==", altchars=b"-_").decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
