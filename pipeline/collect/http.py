"""HTTPS requests with a deadline and a size. No other module imports the HTTP library."""

from __future__ import annotations

import logging
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from .. import __version__
from ..errors import ConfigError
from .faults import OversizeError, UnreachableError

for _talkative in ("httpx", "httpcore"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)  # below that they write headers down

Transport = httpx.BaseTransport
Request = httpx.Request
Response = httpx.Response


def response(status: int, headers: Mapping[str, str], body: bytes) -> httpx.Response:
    """An answer as a transport of our own gives it."""
    return httpx.Response(status, headers=dict(headers), stream=httpx.ByteStream(body))


@dataclass(frozen=True)
class Limits:
    """What one answer may cost: seconds from the request to its last byte, and bytes once inflated."""

    seconds: float = 120.0
    size: int = 64 << 20


@dataclass(frozen=True)
class Reply:
    """An answer read to its end. Header names are in lower case; `server_time` is its Date header."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    server_time: datetime | None


@dataclass(frozen=True)
class Place:
    """Where a URL leads, as the HTTP library itself will read it. A default port is None; `path` is decoded."""

    scheme: str
    host: bytes
    port: int | None
    path: str
    has_user: bool


def place(url: str) -> Place:
    """Take a URL apart. Raises ValueError for one that cannot be requested."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"no valid URL: {error}") from error
    return Place(parts.scheme, parts.raw_host, parts.port, parts.path, bool(parts.userinfo))


class Http:
    """Connections to services that `ca_file` (or the public authorities) vouch for; nothing is taken from the
    environment and redirects are not followed."""

    def __init__(self, ca_file: Path | None, transport: Transport | None = None, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._client = httpx.Client(
            verify=_trust(ca_file),
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(30.0, connect=10.0),
            headers={
                "User-Agent": f"pimtrail/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
        )

    def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Ask once. Raises UnreachableError where no whole answer came in time, OversizeError."""
        return self._ask("GET", url, headers, None)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send JSON once. Raises as `get` does."""
        return self._ask("POST", url, {**headers, "Content-Type": "application/json"}, body)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        deadline = time.monotonic() + self._limits.seconds
        try:
            with self._client.stream(method, url, headers=headers, content=content) as response:
                body = self._read(response, deadline)
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error) as error:
            raise UnreachableError(f"{type(error).__name__}: {error}") from error
        named = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, named, body, _moment(named.get("date")))

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body, encoding = bytearray(), response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in ("identity", "gzip"):
            raise UnreachableError("the answer has an encoding nobody asked for")
        inflating = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        for chunk in response.iter_raw():
            body += inflating.decompress(chunk, self._limits.size + 1 - len(body)) if inflating else chunk
            if len(body) > self._limits.size:
                raise OversizeError(f"an answer of more than {self._limits.size >> 20} MiB")
            if time.monotonic() > deadline:
                raise UnreachableError(f"no whole answer within {self._limits.seconds:g} s")
        if inflating and not inflating.eof:
            raise UnreachableError("a compressed answer broke off")
        return bytes(body)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:
        raise ConfigError([f"graph.ca_file: {ca_file} cannot be read: {error.strerror or error}"]) from error


def _moment(text: str | None) -> datetime | None:
    """The time an HTTP date names, None where it names none."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
