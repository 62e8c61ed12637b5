"""A fake without a socket: the same answers and most of the same faults, a thousand times a second.

    with open_graph(config.Graph(base_url=HOME), Tokens(), Direct(fake)) as graph:
        cycle(settings, tenant, now=now, graph=graph, pause=lambda seconds: None)

What a socket would do shows as the HTTP library's own errors: a dropped connection, a body that ends too early. A
trickle counts as the time-out it would become. `hosts` notes every host asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx

from pipeline.identity import Token

from .tls import Reply, Request

HOME = "https://graph.example"


class Tokens:
    """Hands out `token-1`, `token-2`, …: the last stays good until a fresh one is asked for."""

    def __init__(self) -> None:
        self.number = 1

    def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
        """A token for `scope`."""
        self.number += fresh
        return Token(f"token-{self.number}", datetime(2100, 1, 1, tzinfo=UTC))


class Direct(httpx.BaseTransport):
    """Hands requests to `answer` (a FakeGraph) in the caller's own thread."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        self.hosts: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail as the connection would."""
        self.hosts.add(request.url.host)
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.raw_path.decode("ascii")
        reply = self.answer(Request(request.method, target, headers, request.read()))
        if reply.drop:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if reply.drip:
            raise httpx.ReadTimeout("The read operation timed out")
        wire = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        return httpx.Response(reply.status, headers=wire, stream=_Body(reply))


class _Body(httpx.SyncByteStream):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def __iter__(self) -> Iterator[bytes]:
        yield self.reply.body[: self.reply.cut]
        if self.reply.cut is not None:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
