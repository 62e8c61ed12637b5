"""Sign-in against a login host of our own: what goes over the wire, and what a person is told when it fails."""

from pathlib import Path

import pytest

from pipeline.config import Auth, Graph
from pipeline.errors import AccessError, ConfigError, UnfinishedError
from pipeline.identity import Identity, identity_for, resolve_secret
from tests.fakes.login import FakeLogin
from tests.fakes.tls import Certificates, Reply, Server, certificates, serving

from . import places
from .places import CLIENT, SCOPE, SECRET, TENANT


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    return path


def signed_in(server: Server, secret_file: Path, client: str = CLIENT, tenant: str = TENANT) -> Identity:
    return places.signed_in(server, tenant, client_id=client, client_secret=f"file:{secret_file}")


def test_a_token_is_asked_for_once_and_kept(server: Server, login: FakeLogin, secret_file: Path) -> None:
    identity = signed_in(server, secret_file)
    assert identity.token(SCOPE).text == identity.token(SCOPE).text == "token-1"
    assert len(login.forms) == 1
    form = login.forms[0]
    assert (form["grant_type"], form["scope"], form["client_secret"]) == ("client_credentials", SCOPE, SECRET)
    assert [request.method for request in server.requests] == ["GET", "POST"]


def test_fresh_asks_again_without_claims_and_claims_are_sent(
    server: Server, login: FakeLogin, secret_file: Path
) -> None:
    identity = signed_in(server, secret_file)
    identity.token(SCOPE)
    assert identity.token(SCOPE, fresh=True).text == "token-2"
    assert identity.token(SCOPE, '{"access_token":{"nbf":{"value":"1"}}}', fresh=True).text == "token-3"
    assert '"value": "1"' in login.forms[2]["claims"]
    assert identity.token(SCOPE).text == "token-3"


def test_tokens_of_several_services_are_kept_apart(server: Server, secret_file: Path) -> None:
    identity = signed_in(server, secret_file)
    assert identity.token(SCOPE).text == "token-1"
    assert identity.token("https://monitor.azure.com//.default").text == "token-2"
    assert identity.token(SCOPE).text == "token-1"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("7000215", "client secret is wrong"),
        ("7000222", "client secret has expired"),
        ("700016", "application is unknown in this tenant"),
        ("65001", "administrator has not consented"),
        ("53003", "Conditional Access policy blocks"),
        ("999999", "sign-in was refused: AADSTS999999: Refused."),
    ],
)
def test_refusals_say_what_to_mend(server: Server, login: FakeLogin, secret_file: Path, code: str, words: str) -> None:
    identity = signed_in(server, secret_file)
    login.refuse(code)
    with pytest.raises(AccessError, match=words) as caught:
        identity.token(SCOPE)
    assert f"AADSTS{code}" in str(caught.value)
    assert CLIENT in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_tenant_the_login_host_does_not_know(server: Server, secret_file: Path) -> None:
    with pytest.raises(AccessError, match=r"the tenant is unknown.*AADSTS90002"):
        signed_in(server, secret_file, tenant=CLIENT)


def test_an_application_the_tenant_does_not_know(server: Server, secret_file: Path) -> None:
    with pytest.raises(AccessError, match=r"application is unknown.*AADSTS700016"):
        signed_in(server, secret_file, client=TENANT).token(SCOPE)


def test_the_secret_shows_nowhere_even_if_it_is_echoed(
    trust: Certificates, secret_file: Path, login: FakeLogin
) -> None:
    def echoing(request: object) -> Reply:
        reply = login(request)  # type: ignore[arg-type]
        told = {"error": "odd", "error_description": f"no: {SECRET}\x1b[31m\nmore"}
        return reply if getattr(request, "method", "") == "GET" else Reply.of(told, 400)

    with serving(trust, echoing) as server, pytest.raises(AccessError) as caught:
        signed_in(server, secret_file).token(SCOPE)
    assert str(caught.value).endswith("sign-in was refused: no: ***?[31m")


def test_a_token_does_not_show_itself(server: Server, secret_file: Path) -> None:
    assert "token-1" not in repr(signed_in(server, secret_file).token(SCOPE))


def test_a_login_host_that_does_not_answer_is_worth_another_try(
    trust: Certificates, login: FakeLogin, secret_file: Path
) -> None:
    with serving(trust, login) as server:
        gone = server
    with pytest.raises(UnfinishedError, match="login host does not answer"):
        signed_in(gone, secret_file)
    with serving(trust, lambda request: Reply(503)) as broken, pytest.raises(UnfinishedError, match="does not answer"):
        signed_in(broken, secret_file)


def test_something_that_is_no_login_host(trust: Certificates, secret_file: Path) -> None:
    words = "what answers is not the login host of this tenant"
    with serving(trust, lambda _: Reply(200, b"<html>")) as server, pytest.raises(AccessError, match=words):
        signed_in(server, secret_file)


def test_a_stranger_to_the_configured_authority_is_not_shown_the_secret(tmp_path: Path, secret_file: Path) -> None:
    login = FakeLogin(TENANT, CLIENT, SECRET)
    strangers, ours = tmp_path / "a", tmp_path / "b"
    strangers.mkdir()
    ours.mkdir()
    with serving(certificates(strangers), login) as server:
        graph = Graph(authority=server.url, ca_file=certificates(ours).ca_file)
        auth = Auth(client_id=CLIENT, client_secret=f"file:{secret_file}")
        with pytest.raises(UnfinishedError, match="SSLError"):
            identity_for(auth, TENANT, graph)
    assert login.forms == []


def test_environment_of_other_tools_changes_nothing(
    server: Server, secret_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("MSAL_FORCE_REGION", "westeurope")
    assert signed_in(server, secret_file).token(SCOPE).text == "token-1"


def test_secrets_by_reference(secret_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIMTRAIL_TEST_SECRET", SECRET)
    assert resolve_secret("env:PIMTRAIL_TEST_SECRET", "key") == SECRET
    assert resolve_secret(f"file:{secret_file}", "key") == SECRET


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:PIMTRAIL_TEST_ABSENT", "auth.client_secret: env:PIMTRAIL_TEST_ABSENT is not set or empty"),
        ("file:/absent/secret", "auth.client_secret: file:/absent/secret cannot be read"),
        ("Abc~123:def", "auth.client_secret: write env:NAME or file:PATH, never the secret itself"),
        ("env:", "auth.client_secret: write env:NAME or file:PATH"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(reference: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        resolve_secret(reference, "auth.client_secret")


def test_what_is_not_configured_is_said() -> None:
    with pytest.raises(ConfigError) as caught:
        identity_for(Auth(), TENANT, Graph())
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["auth.client_id", "auth.client_secret"]


def test_a_login_host_that_leads_elsewhere_is_not_followed(trust: Certificates, secret_file: Path) -> None:
    with serving(trust, lambda _: Reply.of({})) as elsewhere:
        moved = Reply(302, b"", {"Location": f"{elsewhere.url}/{TENANT}/v2.0/.well-known/openid-configuration"})
        with serving(trust, lambda _: moved) as server, pytest.raises(AccessError, match="is not the login host"):
            signed_in(server, secret_file)
        assert elsewhere.connections == 0
