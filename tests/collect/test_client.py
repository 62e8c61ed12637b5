"""A token goes to the configured Graph and nowhere else."""

from datetime import UTC, datetime

import pytest

from pipeline.collect.client import Graph
from pipeline.collect.faults import UnreachableError
from pipeline.collect.http import Http, Request, Response, Transport, response
from pipeline.errors import AccessError, ConfigError
from pipeline.identity import Token

BASE = "https://graph.microsoft.com"


class Recorder(Transport):
    """Answers 200, or what `statuses` says, and keeps what it was asked."""

    def __init__(self, *statuses: int, challenge: str = "") -> None:
        self.statuses, self.challenge, self.requests = list(statuses), challenge, list[Request]()

    def handle_request(self, request: Request) -> Response:
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        return response(status, {"WWW-Authenticate": self.challenge}, b"{}")


class Tokens:
    """Hands out token-1, token-2, … and keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, bool]] = []

    def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
        self.asked.append((scope, claims, fresh))
        return Token(f"token-{len(self.asked)}", datetime(2026, 11, 1, tzinfo=UTC))


def graph(transport: Recorder, tokens: Tokens | None = None, base: str = BASE) -> Graph:
    return Graph(Http(None, transport), base, tokens)


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com@evil.example/v1.0/users",
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://graph.microsoft.com\\@evil.example/v1.0/users",
        "https://graph.microsoft.com%2eevil.example/v1.0/users",
        "https://graph.microsoft.com./v1.0/users",
        "https://graph.microsoft.com:8443/v1.0/users",
        "https://user@graph.microsoft.com/v1.0/users",
        "https://gr\u0430ph.microsoft.com/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "ftp://graph.microsoft.com/v1.0/users",
        "//graph.microsoft.com/v1.0/users",
        "/v1.0/users",
        "https://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com/v1.0x/users",
        "https://graph.microsoft.com/v1.0/../evil",
        "https://graph.microsoft.com/v1.0/%2e%2e/evil",
        "https://graph.microsoft.com/v1.0/..%5cevil",
        "https://graph.microsoft.com/elsewhere/v1.0/users",
        "https://evil.example/https://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com/v1.0/\nusers",
        "",
    ],
)
def test_a_url_that_leads_elsewhere_is_refused_before_any_request(url: str) -> None:
    transport, tokens = Recorder(), Tokens()
    with graph(transport, tokens) as client, pytest.raises(ValueError):
        client.get(url)
    assert transport.requests == []
    assert tokens.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com/v1.0/users?$skiptoken=RFNwdAIAAQAAAB",
        "https://graph.microsoft.com:443/beta/users",
        "HTTPS://GRAPH.Microsoft.com/v1.0/users?$filter=a eq 'b@evil.example'",
    ],
)
def test_links_of_our_own_graph_are_followed(url: str) -> None:
    transport, tokens = Recorder(), Tokens()
    with graph(transport, tokens) as client:
        assert client.get(url).status == 200
    assert transport.requests[0].headers["Authorization"] == "Bearer token-1"
    assert tokens.asked == [("https://graph.microsoft.com/.default", None, False)]


@pytest.mark.parametrize("base", ["http://graph.microsoft.com", "graph.microsoft.com", "", "https://a@b"])
def test_a_base_that_is_no_https_address_is_a_fault_of_the_configuration(base: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        graph(Recorder(), base=base)


def test_a_base_below_a_path_stays_below_it() -> None:
    with graph(Recorder(), base="https://gate.example/graph/") as client:
        assert client.url("/v1.0/users") == "https://gate.example/graph/v1.0/users"
        client.check("https://gate.example/graph/v1.0/users")
        with pytest.raises(ValueError, match="another path"):
            client.check("https://gate.example/v1.0/users")


def test_a_401_is_answered_with_one_fresh_token() -> None:
    transport, tokens = Recorder(401), Tokens()
    with graph(transport, tokens) as client:
        assert client.get(f"{BASE}/v1.0/users").status == 200
    assert [fresh for _, _, fresh in tokens.asked] == [False, True]
    assert transport.requests[1].headers["Authorization"] == "Bearer token-2"


def test_a_second_401_ends_it() -> None:
    transport = Recorder(401, 401)
    with graph(transport, Tokens()) as client, pytest.raises(AccessError):
        client.get(f"{BASE}/v1.0/users")
    assert len(transport.requests) == 2


@pytest.mark.parametrize(
    ("challenge", "claims"),
    [
        ('Bearer realm="", claims="eyJhIjoxfQ=="', '{"a":1}'),
        ('Bearer realm="", claims="eyJhIjoxfQ"', '{"a":1}'),
        ('Bearer realm="", claims="/w=="', None),
        ("Bearer", None),
    ],
)
def test_claims_of_a_challenge_are_passed_on(challenge: str, claims: str | None) -> None:
    tokens = Tokens()
    with graph(Recorder(401, challenge=challenge), tokens) as client:
        client.get(f"{BASE}/v1.0/users")
    assert tokens.asked[1][1] == claims


def test_without_tokens_requests_go_unsigned() -> None:
    transport = Recorder()
    with graph(transport) as client:
        client.get(f"{BASE}/v1.0/users")
    assert "Authorization" not in transport.requests[0].headers


def test_an_answer_that_repeats_the_token_is_not_kept() -> None:
    class Echo(Transport):
        def handle_request(self, request: Request) -> Response:
            return response(200, {}, b'{"value": ["' + request.headers["Authorization"].encode() + b'"]}')

    class Long(Tokens):
        def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
            return Token("t" * 64, datetime(2026, 11, 1, tzinfo=UTC))

    with Graph(Http(None, Echo()), BASE, Long()) as client, pytest.raises(UnreachableError, match="repeats") as caught:
        client.get(client.url("/v1.0/users"))
    assert "ttt" not in str(caught.value)
