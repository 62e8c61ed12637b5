"""Who signs in where, in these tests."""

from __future__ import annotations

import io
from typing import Any

from pipeline.config import Auth, Graph
from pipeline.identity import Identity, identity_for
from tests.fakes.tls import Server

TENANT = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"
CLIENT = "11111111-1111-1111-1111-111111111111"
SECRET = "s3cret-that-must-not-show"
SCOPE = "https://graph.microsoft.com/.default"


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


def graph_at(server: Server) -> Graph:
    """The usual Graph, `server` being its login host."""
    return Graph(authority=server.url, ca_file=server.ca_file)


def signed_in(server: Server, tenant: str = TENANT, **auth: Any) -> Identity:
    """The identity of a table of `auth`, with the usual client id."""
    return identity_for(Auth.model_validate({"client_id": CLIENT, **auth}), tenant, graph_at(server))
