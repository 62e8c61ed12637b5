"""Continuous Access Evaluation: a token that stops counting is answered with the claims asked for, once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.collect import open_graph
from pipeline.config import Auth, Graph
from pipeline.errors import AccessError
from pipeline.identity import identity_for
from tests.fakes.keys import pair, written
from tests.fakes.login import FakeLogin
from tests.fakes.machine import FakeMachine
from tests.fakes.tls import Certificates, Reply, Request, Server, serving

from .places import CLIENT, SECRET, TENANT

CLAIMS = {"access_token": {"nbf": {"essential": True, "value": "1604106651"}}}
METHODS = ("secret", "certificate", "workload_identity")


@pytest.fixture
def graph_server(trust: Certificates, login: FakeLogin) -> Iterator[Server]:
    with serving(trust, guarded(login.accepts, lambda: login.challenge)) as running:
        yield running


def guarded(accepts: Callable[[str], bool], challenge: Callable[[], str]) -> Callable[[Request], Reply]:
    """A Graph that answers whoever is accepted, and challenges everybody else."""

    def answer(request: Request) -> Reply:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return Reply.of({"value": []}) if accepts(token) else Reply.of({}, 401, WWW_Authenticate=challenge())

    return answer


def prepared(method: str, login: FakeLogin, folder: Path) -> Auth:
    """The table of `auth` for a method, the login host ready to take it."""
    if method == "secret":
        proof = {"client_secret": f"file:{written(folder / 'secret', SECRET.encode())}"}
    elif method == "certificate":
        login.certificate = pair().certificate
        proof = {"certificate": f"file:{written(folder / 'app.pem', pair().pem())}"}
    else:
        login.federated = "assertion"
        proof = {"token_file": str(written(folder / "token", b"assertion"))}
    return Auth.model_validate({"method": method, "client_id": CLIENT, **proof})


@pytest.mark.parametrize("method", METHODS)
def test_a_challenge_is_answered_and_an_unanswerable_one_ends_with_code_3(
    server: Server, graph_server: Server, login: FakeLogin, tmp_path: Path, method: str
) -> None:
    settings = Graph(authority=server.url, base_url=graph_server.url, ca_file=server.ca_file)
    auth = prepared(method, login, tmp_path)
    with open_graph(settings, identity_for(auth, TENANT, settings)) as graph:
        url = graph.url("/v1.0/users")
        assert graph.get(url).status == 200
        login.demand(CLAIMS)
        assert graph.get(url).status == 200
        assert '"value": "1604106651"' in login.forms[-1]["claims"]
        assert all("CP1" in form["claims"] for form in login.forms)
        assert (len(login.forms), len(graph_server.requests)) == (2, 3)
        login.demand({"access_token": {"acrs": {"essential": True, "value": "c1"}}})
        login.accepts = lambda token: False  # type: ignore[method-assign]
        graph_server.answer = guarded(login.accepts, lambda: login.challenge)
        with pytest.raises(AccessError, match="401, twice") as caught:
            graph.get(url)
        assert caught.value.exit_code == 3
        assert (len(login.forms), len(graph_server.requests)) == (3, 5)


def test_a_machine_asks_its_platform_again(
    trust: Certificates, monkeypatch: pytest.MonkeyPatch, server: Server, login: FakeLogin
) -> None:
    machine = FakeMachine(CLIENT, token="first")
    with ExitStack() as stack:
        stack.enter_context(machine.running(trust, monkeypatch))
        login.demand(CLAIMS)
        answer = guarded(lambda token: token == "second", lambda: login.challenge)
        there = stack.enter_context(serving(trust, answer))
        settings = Graph(base_url=there.url, ca_file=server.ca_file)
        identity = identity_for(Auth(method="managed_identity"), TENANT, settings)
        graph = stack.enter_context(open_graph(settings, identity))
        with pytest.raises(AccessError, match="401, twice"):
            graph.get(graph.url("/v1.0/users"))
        machine.token = "second"
        assert graph.get(graph.url("/v1.0/users")).status == 200
        assert machine.given == 3
