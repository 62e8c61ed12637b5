"""HTTPS on loopback for fakes of services: a private CA, a threaded server on port 0, and faults to order.

    with serving(certificates(tmp_path), answer) as server:
        requests.get(server.url, verify=server.ca_file)

`answer` takes a `Request` and gives a `Reply`. The server counts connections and keeps the requests it read, so a test
can say that nothing ever came to it. It stops by itself when the block ends.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import trustme


@dataclass(frozen=True)
class Certificates:
    """A private CA: clients trust `ca_file`, servers present `context` (for localhost and 127.0.0.1)."""

    ca_file: Path
    context: ssl.SSLContext


def certificates(folder: Path) -> Certificates:
    """A new CA whose certificate is written to `folder`/ca.pem."""
    authority, ca_file = trustme.CA(), folder / "ca.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(ca_file))
    return Certificates(ca_file, context)


@dataclass(frozen=True)
class Request:
    """What a client sent; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded; of a repeated one the last."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def form(self) -> dict[str, str]:
        """The body read as a form."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """What the server sends, and how it fails to."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    """Close the connection without a word."""
    cut: int | None = None
    """Announce the whole body and close after so many bytes of it."""
    drip: float = 0.0
    """Seconds before each byte of the body."""
    framed: bool = True
    """Announce the length; else the end of the connection is the end of the body."""

    @staticmethod
    def of(value: object, status: int = 200, **headers: str) -> Reply:
        """A JSON reply; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


Answering = Callable[[Request], Reply]


class Server(ThreadingHTTPServer):
    """A running fake. `url` has no slash at its end; `requests` and `connections` say what reached it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, trust: Certificates, answer: Answering) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.ca_file, self.requests = answer, trust.ca_file, list[Request]()
        self.connections, self._open, self._guard = 0, set[socket.socket](), threading.Lock()
        self._context = trust.context

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept; the handshake is left to the connection's own thread."""
        plain, address = super().get_request()
        secure = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        with self._guard:
            self.connections += 1
            self._open.add(secure)
        return secure, address

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Close one connection."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up or refuse the certificate are part of the tests."""

    def take(self, request: Request) -> Reply:
        """Note the request, then answer it."""
        with self._guard:
            self.requests.append(request)
        return self.answer(request)

    def hang_up(self) -> None:
        """Close every connection still open."""
        with self._guard:
            left = list(self._open)
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving(trust: Certificates, answer: Answering) -> Iterator[Server]:
    """A server that answers with `answer` for the length of the block."""
    server = Server(trust, answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.take(Request(self.command, self.path, headers, self.rfile.read(length)))
        if reply.drop:
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        named = {name.lower() for name in reply.headers}
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if not reply.framed:
            self.close_connection = True
        elif "content-length" not in named:
            self.send_header("Content-Length", str(len(reply.body)))
        if "date" not in named:
            self.send_header("Date", self.date_time_string())
        self.end_headers()
        self._write(reply)

    def _write(self, reply: Reply) -> None:
        body = reply.body if reply.cut is None else reply.body[: reply.cut]
        if reply.cut is not None:
            self.close_connection = True
        if not reply.drip:
            self.wfile.write(body)
            return
        for byte in body:
            time.sleep(reply.drip)
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    do_GET = do_POST = do_PUT = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""
