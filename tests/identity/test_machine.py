"""Managed identities, asked for over plain HTTP on loopback as platforms offer them."""

import pytest

from pipeline.config import Auth, Graph
from pipeline.errors import AccessError, UnfinishedError
from pipeline.identity import Identity, identity_for
from tests.fakes.login import readable_token
from tests.fakes.machine import HEADER, FakeMachine
from tests.fakes.tls import Certificates, Reply, serving

from .places import CLIENT, SCOPE, TENANT

KINDS = pytest.mark.parametrize("kind", ["vm", "app service"])


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine(CLIENT)


def of(client_id: str | None = None) -> Identity:
    return identity_for(Auth(method="managed_identity", client_id=client_id), TENANT, Graph())


@KINDS
@pytest.mark.parametrize("client_id", [None, CLIENT])
def test_a_token_of_the_systems_and_of_a_users_identity(
    trust: Certificates, monkeypatch: pytest.MonkeyPatch, machine: FakeMachine, kind: str, client_id: str | None
) -> None:
    with machine.running(trust, monkeypatch, kind) as server:
        identity = of(client_id)
        assert server.requests == []
        token = identity.token(SCOPE)
        assert token.text == identity.token(SCOPE).text == machine.token
        assert machine.given == 1
        assert identity.token(SCOPE, fresh=True).text == machine.token
        assert machine.given == 2
        assert server.requests[0].query["resource"] == "https://graph.microsoft.com"
        assert server.requests[0].query.get("client_id") == client_id
        shown = server.requests[0].headers.get("x-identity-header")
        assert shown == (HEADER if kind == "app service" else None)
        identity.token("https://monitor.azure.com//.default")
        assert server.requests[-1].query["resource"] == "https://monitor.azure.com/"


@KINDS
def test_an_identity_that_is_not_there(
    trust: Certificates, monkeypatch: pytest.MonkeyPatch, machine: FakeMachine, kind: str
) -> None:
    with machine.running(trust, monkeypatch, kind), pytest.raises(AccessError, match=r"(?i)identity.* found") as caught:
        of(TENANT).token(SCOPE)
    assert TENANT in str(caught.value)


@KINDS
def test_a_busy_platform_is_asked_again_and_then_later(
    trust: Certificates, monkeypatch: pytest.MonkeyPatch, machine: FakeMachine, kind: str
) -> None:
    with machine.running(trust, monkeypatch, kind):
        machine.faults = [Reply(429), Reply(503, b"<html>")]
        assert of().token(SCOPE).text == machine.token
        machine.faults = [Reply(503, b"<html>")] * 4
        with pytest.raises(UnfinishedError, match="does not answer: 503"):
            of().token(SCOPE)
        machine.faults = [Reply(200, b'{"access_token": "cut-off-tok')]
        with pytest.raises(AccessError, match=r"what answers is not the managed identity endpoint") as caught:
            of().token(SCOPE)
        assert "cut-off" not in str(caught.value)


def test_a_machine_without_one(trust: Certificates, monkeypatch: pytest.MonkeyPatch, machine: FakeMachine) -> None:
    with machine.running(trust, monkeypatch) as server:
        gone = server.url
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", gone)
    with pytest.raises(UnfinishedError, match=r"managed identity.*does not answer"):
        of().token(SCOPE)


def test_a_proxy_in_the_environment_is_not_shown_the_identity(
    trust: Certificates, monkeypatch: pytest.MonkeyPatch, machine: FakeMachine
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with machine.running(trust, monkeypatch, "app service"):
        assert of().token(SCOPE).text == machine.token


def test_another_tenants_identity_cannot_fill_this_tenants_store(
    trust: Certificates, monkeypatch: pytest.MonkeyPatch, machine: FakeMachine
) -> None:
    machine.token = readable_token(tid=CLIENT)
    with machine.running(trust, monkeypatch):
        with pytest.raises(AccessError, match=f"belongs to tenant '{CLIENT}' and cannot read tenant {TENANT}"):
            of().token(SCOPE)
        of().token("https://monitor.azure.com//.default")
        machine.token = readable_token(tid=TENANT)
        assert of().token(SCOPE).text == machine.token


@KINDS
def test_a_redirect_is_not_followed(
    trust: Certificates, monkeypatch: pytest.MonkeyPatch, machine: FakeMachine, kind: str
) -> None:
    with (
        serving(trust, lambda _: Reply.of({})) as elsewhere,
        machine.running(trust, monkeypatch, kind) as server,
    ):
        server.answer = lambda _: Reply(302, b"", {"Location": elsewhere.url})
        with pytest.raises(AccessError):
            of().token(SCOPE)
        assert elsewhere.connections == 0
