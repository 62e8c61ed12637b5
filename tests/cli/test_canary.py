"""Whole runs that go wrong, with every log on: nothing of what signs in is printed, logged or kept on disk."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.run import run_all
from pipeline.settings_file import load
from tests.fakes.graph import FakeGraph
from tests.fakes.keys import pair, written
from tests.fakes.login import readable_token
from tests.fakes.tls import Certificates, Reply, Request, certificates
from tests.over_tls import SECRET, Place, fabrikam

from .calling import Result, Shell

NOW = datetime(2026, 10, 17, 6, 15, tzinfo=UTC)
ASSERTION = readable_token(sub="system:serviceaccount:a:b")
LOGGERS = ("urllib3", "requests", "httpx", "httpcore", "azure", "asyncio")


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What libraries say at debug, whatever the command line makes of it."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler, levels = Keeping(), {name: logging.getLogger(name).level for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).addHandler(handler)
    yield lines
    for name in LOGGERS:
        logging.getLogger(name).setLevel(levels[name])
        logging.getLogger(name).removeHandler(handler)


def prepare(place: Place, method: str) -> None:
    folder, login = place.config.parent, place.login
    login.roles = ("User.Read.All",)
    proofs = {"secret": 'client_secret = "file:secret"'}
    if method == "certificate":
        login.certificate = pair().certificate
        written(folder / "app.pem", pair().pem())
        proofs[method] = 'certificate = "file:app.pem"'
    if method == "workload_identity":
        login.federated = ASSERTION
        written(folder / "token", ASSERTION.encode())
        proofs[method] = 'token_file = "token"'
    text = place.config.read_text(encoding="utf-8")
    text = text.replace(proofs["secret"], f'method = "{method}", {proofs[method]}')
    place.config.write_text(text, encoding="utf-8")


def told_again(request: Request, _: Reply) -> Reply:
    return Reply.of({"error": {"code": "Odd", "message": request.headers.get("authorization", "")}}, 400)


def kept(request: Request, _: Reply) -> Reply:
    return Reply(200, b"<html>" + request.headers.get("authorization", "").encode())


def spoil(graph: FakeGraph) -> None:
    graph.fail("/v1.0/users", *[told_again] * 9)
    graph.fail("/v1.0/groups", *[kept] * 9)
    graph.fail("/v1.0/servicePrincipals", *[lambda r, a: Reply(200, b'{"value": [{"id":')] * 9)


@pytest.mark.parametrize("method", ["secret", "certificate", "workload_identity"])
def test_nothing_that_signs_in_is_printed_logged_or_kept(
    shell: Shell, trust: Certificates, logged: list[str], method: str
) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW, sentinel=True) as place:
        prepare(place, method)
        spoil(place.graph)
        printed = [cycle(shell, place)]
        place.graph._faults.clear()
        printed.append(shell("doctor"))
        place.login.revoke()
        place.graph.accepts = lambda token: False
        printed += [cycle(shell, place), shell("status"), shell("status", "--json")]
        place.login.refuse("700027")
        printed += [cycle(shell, place), shell("doctor")]
        canaries = [SECRET, ASSERTION, "must-not-show", *place.login.given, *pair().secrets]
        whole = "\n".join([*logged, *(text for each in printed for text in (each.out, each.err))])
        assert logged and place.login.given
        assert [canary for canary in canaries if canary in whole] == []
        assert list(_holding(place.folder, canaries)) == []
        assert "repeats the token" in printed[0].out
        assert [each.code for each in printed] == [4, 3, 3, 0, 0, 3, 3]


def cycle(shell: Shell, place: Place) -> Result:
    """`pimtrail collect`, without waiting."""
    settings = load(place.config)
    [summary] = run_all(settings, settings.tenants, now=NOW, stages=("collect",), pause=lambda seconds: None)
    printed = shell.capsys.readouterr()
    return Result(summary.exit_code, printed.out + str(summary), printed.err)


def _holding(folder: Path, canaries: list[str]) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        held = path.read_bytes() if path.is_file() else b""
        yield from (f"{path}: {canary}" for canary in canaries if canary.encode() in held)
