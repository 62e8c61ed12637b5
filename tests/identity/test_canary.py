"""No secret, key, assertion, code or token in any output, whatever goes wrong and however much is logged."""

import io
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.config import Auth, Graph
from pipeline.errors import PimtrailError
from pipeline.identity import Identity, identity_for
from tests.fakes.keys import pair, written
from tests.fakes.login import FakeLogin, readable_token
from tests.fakes.machine import HEADER, FakeMachine
from tests.fakes.tls import Certificates, Reply, Request, serving

from .places import CLIENT, SCOPE, TENANT, Terminal

SECRET = "s3cret-that-must-not-show~with.signs+/"
PASSWORD = "password-that-must-not-show"
ASSERTION = readable_token(sub="system:serviceaccount:a:b")
TOKEN = readable_token(aud="https://graph.microsoft.com", tid=TENANT)
SENT = ("refresh-token-that-must-not-show", "device-code-that-must-not-show", HEADER, ASSERTION, TOKEN)
CANARIES = (SECRET, PASSWORD, *SENT, *pair().secrets, "must-not-show")
METHODS = ("secret", "certificate", "workload_identity", "device_code", "managed_identity")


def everything(request: Request) -> str:
    """What was sent, decoded, as an unkind server may say it again."""
    return " ".join([*request.form.values(), *request.headers.values(), TOKEN])


SPOILS: dict[str, Callable[[Request], Reply]] = {
    "told again": lambda r: Reply.of({"error": "odd", "error_description": f"no: {everything(r)}"}, 400),
    "told again with a code": lambda r: Reply.of({"error": f"AADSTS1 {everything(r)}"}, 401),
    "told again as a page": lambda r: Reply(500, f"<html>{everything(r)}".encode()),
    "told again, busy": lambda r: Reply.of({"error": "busy", "error_description": everything(r)}, 429),
    "cut JSON": lambda r: Reply(200, f'{{"access_token": "{TOKEN}'.encode()),
    "a list": lambda r: Reply.of([TOKEN, everything(r)]),
    "a text": lambda r: Reply.of(TOKEN),
    "no number": lambda r: Reply.of({"access_token": TOKEN, "expires_in": TOKEN, "expires_on": TOKEN}),
    "a page": lambda r: Reply(200, f"<html>{everything(r)}".encode()),
    "elsewhere": lambda r: Reply(302, TOKEN.encode(), {"Location": f"https://127.0.0.1:9/{TOKEN}"}),
    "dropped": lambda r: Reply(drop=True),
    "without an end": lambda r: Reply.of({"access_token": TOKEN}),
    "nothing": lambda r: Reply.of({}),
    "half": lambda r: Reply(200, TOKEN.encode(), cut=20),
}


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """What to look through: errors are put in here, logs at debug and both outputs are added in the end."""
    caplog.set_level(logging.DEBUG)
    logs, texts = io.StringIO(), list[str]()
    handler = logging.StreamHandler(logs)
    logging.getLogger().addHandler(handler)
    yield texts
    logging.getLogger().removeHandler(handler)
    printed = capfd.readouterr()
    whole = "\n".join([*texts, logs.getvalue(), printed.out, printed.err])
    assert "connection" in logs.getvalue()
    assert [canary for canary in CANARIES if canary in whole] == []


def note(error: BaseException, texts: list[str]) -> None:
    texts += [repr(error), "".join(traceback.format_exception(error))]
    inner: BaseException | None = error
    while inner is not None:
        texts.append(str(inner))
        inner = inner.__context__


def prepared(method: str, folder: Path, environment: pytest.MonkeyPatch) -> Auth:
    environment.setenv("PIMTRAIL_TEST_PASSWORD", PASSWORD)
    proofs = {
        "secret": {"client_secret": f"file:{written(folder / 'secret', SECRET.encode())}"},
        "certificate": {
            "certificate": f"file:{written(folder / 'app.pem', pair().pem(PASSWORD.encode()))}",
            "certificate_password": "env:PIMTRAIL_TEST_PASSWORD",
        },
        "workload_identity": {"token_file": str(written(folder / "token", ASSERTION.encode()))},
    }
    return Auth.model_validate({"method": method, "client_id": CLIENT, **proofs.get(method, {})})


@pytest.mark.parametrize("spoil", SPOILS)
@pytest.mark.parametrize("method", METHODS)
def test_whatever_the_login_host_answers(
    trust: Certificates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: list[str],
    method: str,
    spoil: str,
) -> None:
    login = FakeLogin(TENANT, CLIENT, person="signs in")

    def answer(request: Request) -> Reply:
        spoiled = request.path.endswith(("/token", "/devicecode")) and SPOILS[spoil]
        return spoiled(request) if spoiled else login(request)

    with ExitStack() as stack:
        server = stack.enter_context(serving(trust, answer))
        machine = stack.enter_context(FakeMachine(CLIENT).running(trust, monkeypatch, "app service"))
        machine.answer = SPOILS[spoil]
        settings = Graph(authority=server.url, ca_file=trust.ca_file)
        identity = signing(method, tmp_path, monkeypatch, settings)
        for fresh in (False, True):
            with pytest.raises(PimtrailError) as caught:
                said.append(repr(identity.token(SCOPE, fresh=fresh)))
                raise PimtrailError("a token came")
            note(caught.value, said)
            assert caught.value.exit_code in ((1, 3) if spoil == "without an end" else (3, 4)), str(caught.value)
        said.append(repr(identity))
        assert "127.0.0.1:9" not in str(caught.value)


def signing(method: str, folder: Path, environment: pytest.MonkeyPatch, settings: Graph) -> Identity:
    auth = prepared(method, folder, environment)
    return identity_for(auth, TENANT, settings, permissions=["User.Read.All"], terminal=Terminal())


def test_a_sign_in_that_works_is_as_silent(
    trust: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    for method in METHODS:
        login = FakeLogin(TENANT, CLIENT, SECRET, person="signs in", roles=("User.Read.All",))
        login.certificate = pair().certificate if method == "certificate" else None
        login.federated = ASSERTION if method == "workload_identity" else None
        machine = FakeMachine(CLIENT, token=TOKEN)
        with ExitStack() as stack:
            server = stack.enter_context(serving(trust, login))
            stack.enter_context(machine.running(trust, monkeypatch))
            settings = Graph(authority=server.url, ca_file=trust.ca_file)
            identity = signing(method, tmp_path, monkeypatch, settings)
            for fresh in (False, True):
                assert identity.token(SCOPE, fresh=fresh).text in (*login.given, TOKEN)
            said.append(repr((identity, identity.token(SCOPE), identity.way.__dict__.get("_name"))))


def test_files_that_cannot_be_used_are_not_shown(tmp_path: Path, said: list[str]) -> None:
    logging.getLogger("any").debug("no connection is made")
    for number, data in enumerate(
        [
            pair().pem().replace(b"MII", b"MIJ", 1),
            pair().pem(PASSWORD.encode()),
            pair().pfx(PASSWORD.encode())[:-9],
            json.dumps({"key": SECRET}).encode(),
        ]
    ):
        path = written(tmp_path / str(number), data)
        auth = Auth(method="certificate", client_id=CLIENT, certificate=f"file:{path}")
        with pytest.raises(PimtrailError) as caught:
            identity_for(auth, TENANT, Graph())
        note(caught.value, said)
