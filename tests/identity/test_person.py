"""Device codes, for trials: somebody at a terminal signs in, to read and nothing else."""

import io

import pytest

from pipeline.config import Auth
from pipeline.errors import AccessError
from pipeline.identity import Identity, identity_for
from tests.fakes.login import FakeLogin
from tests.fakes.tls import Server

from .places import CLIENT, SCOPE, TENANT, Terminal, graph_at

READING = ("User.Read.All", "AuditLog.Read.All", "User.Read.All")


def of(server: Server, terminal: io.StringIO) -> Identity:
    auth = Auth(method="device_code", client_id=CLIENT)
    return identity_for(auth, TENANT, graph_at(server), permissions=READING, terminal=terminal)


def test_a_person_is_told_what_to_do_and_asked_to_consent_to_reading_alone(server: Server, login: FakeLogin) -> None:
    login.person, terminal = "signs in", Terminal()
    identity = of(server, terminal)
    assert terminal.getvalue() == ""
    assert identity.token(SCOPE).text == identity.token(SCOPE).text == "token-1"
    told = f"sign-in of {CLIENT} to tenant {TENANT}: open https://login.example/device and enter ABCD-1234 within"
    assert terminal.getvalue().startswith(told)
    graph = "https://graph.microsoft.com"
    asked = {name for name in login.forms[0]["scope"].split() if "/" in name}
    assert asked == {f"{graph}/AuditLog.Read.All", f"{graph}/User.Read.All"}


def test_a_token_is_renewed_without_the_person_also_on_a_challenge(server: Server, login: FakeLogin) -> None:
    login.person, terminal = "signs in", Terminal()
    identity = of(server, terminal)
    identity.token(SCOPE)
    assert identity.token(SCOPE, fresh=True).text == "token-2"
    login.demand({"access_token": {"nbf": {"value": "1"}}})
    token = identity.token(SCOPE, '{"access_token": {"nbf": {"value": "1"}}}', fresh=True)
    assert login.accepts(token.text)
    assert terminal.getvalue().count("ABCD-1234") == 1


def test_without_a_terminal_nobody_could_see_the_code(server: Server, login: FakeLogin) -> None:
    login.person, output = "signs in", io.StringIO()
    with pytest.raises(AccessError, match="device_code needs a person at a terminal"):
        of(server, output).token(SCOPE)
    assert (output.getvalue(), login.forms) == ("", [])


def test_nothing_but_graph_is_read_this_way(server: Server, login: FakeLogin) -> None:
    with pytest.raises(AccessError, match=r"to read Graph, not for https://monitor.azure.com"):
        of(server, Terminal()).token("https://monitor.azure.com//.default")


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("declines", "the person declined"),
        ("waits", r"nobody signed in before the code ran out \(AADSTS70016\)"),
        ("", "device_code needs 'Allow public client flows' switched on"),
    ],
)
def test_what_came_of_it_is_told(server: Server, login: FakeLogin, person: str, words: str) -> None:
    login.person = person
    with pytest.raises(AccessError, match=words):
        of(server, Terminal()).token(SCOPE)


def test_a_refusal_before_there_is_a_code(server: Server, login: FakeLogin) -> None:
    terminal = Terminal()
    identity = of(server, terminal)
    login.refuse("7000112")
    with pytest.raises(AccessError, match="the application is disabled"):
        identity.token(SCOPE)
    assert terminal.getvalue() == ""
