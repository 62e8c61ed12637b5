"""What a machine in Azure asks about its managed identity: plain HTTP on loopback, in the two forms that matter.

    machine = FakeMachine(tokens=login)
    with machine.running(trust, monkeypatch, "vm") as server:      # or "app service"
        ...

A virtual machine asks 169.254.169.254, moved here by AZURE_POD_IDENTITY_AUTHORITY_HOST; App Service and Container Apps
name their address in IDENTITY_ENDPOINT and want IDENTITY_HEADER's value shown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer

import pytest

from .tls import Certificates, Reply, Request, Server

HEADER = "identity-header-that-must-not-show"


class PlainServer(Server):
    """The same without TLS."""

    get_request = ThreadingHTTPServer.get_request  # type: ignore[assignment]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class FakeMachine:
    """A machine with one identity of the system and one, `client_id`, of a user; `token` is what both get."""

    client_id: str
    token: str = "machine-token-that-must-not-show"
    given: int = 0
    faults: list[Reply] = field(default_factory=list)
    """Sent instead of the next answers."""

    def __call__(self, request: Request) -> Reply:
        if self.faults:
            return self.faults.pop(0)
        on_vm = request.path == "/metadata/identity/oauth2/token" and request.headers.get("metadata") == "true"
        in_app = request.path == "/msi/token" and request.headers.get("x-identity-header") == HEADER
        if not (on_vm or in_app) or not request.query.get("resource"):
            return Reply.of({"error": "invalid_request", "error_description": "Required metadata header"}, 400)
        if request.query.get("client_id", self.client_id) != self.client_id:
            return _unknown(on_vm)
        self.given += 1
        token = {"access_token": f"{self.token}", "resource": request.query["resource"], "token_type": "Bearer"}
        ends = {"expires_in": "3600"} if on_vm else {"expires_on": str(int(time.time()) + 3600)}
        return Reply.of({**token, **ends})

    @contextmanager
    def running(self, trust: Certificates, environment: pytest.MonkeyPatch, kind: str = "vm") -> Iterator[Server]:
        """Serve, and have the environment's variables say so, for the length of the block."""
        server = PlainServer(trust, self)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        with environment.context() as variables:
            if kind == "vm":
                variables.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", server.url)
            else:
                variables.setenv("IDENTITY_ENDPOINT", f"{server.url}/msi/token")
                variables.setenv("IDENTITY_HEADER", HEADER)
            try:
                yield server
            finally:
                server.shutdown()
                server.hang_up()
                server.server_close()
                thread.join()


def _unknown(on_vm: bool) -> Reply:
    if on_vm:
        return Reply.of({"error": "invalid_request", "error_description": "Identity not found"}, 400)
    told = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
    return Reply.of({"statusCode": 400, "message": told, "correlationId": "0"}, 400)
