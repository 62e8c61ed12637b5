"""Workload identity federation: somebody else's token, read again whenever one is sent."""

from pathlib import Path

import pytest

from pipeline.errors import AccessError
from pipeline.identity import Identity
from tests.fakes.keys import written
from tests.fakes.login import FakeLogin
from tests.fakes.tls import Server

from .places import SCOPE, signed_in


@pytest.fixture
def token_file(tmp_path: Path, login: FakeLogin) -> Path:
    login.federated = "first-assertion"
    return written(tmp_path / "token", b"first-assertion\n", 0o644)


def of(server: Server, token_file: Path) -> Identity:
    return signed_in(server, method="workload_identity", token_file=token_file)


def test_the_token_is_the_proof_and_is_read_anew_since_it_rotates(
    server: Server, login: FakeLogin, token_file: Path
) -> None:
    identity = of(server, token_file)
    assert identity.token(SCOPE).text == "token-1"
    form = login.forms[0]
    assert form["client_assertion"] == "first-assertion"
    assert form["client_assertion_type"].endswith(":jwt-bearer")
    login.federated = "second-assertion"
    token_file.write_text("second-assertion", encoding="utf-8")
    assert identity.token(SCOPE).text == "token-1"
    assert identity.token(SCOPE, fresh=True).text == "token-2"


def test_a_token_the_application_does_not_trust(server: Server, login: FakeLogin, token_file: Path) -> None:
    login.federated = "another"
    with pytest.raises(AccessError, match=r"trusts no federated identity with this token's subject.*AADSTS700213"):
        of(server, token_file).token(SCOPE)


def test_an_expired_token_is_told_from_a_clock_that_is_off(server: Server, login: FakeLogin, token_file: Path) -> None:
    login.refuse("700024")
    with pytest.raises(AccessError, match=r"clock agrees with the login host's, so look at when the token"):
        of(server, token_file).token(SCOPE)


def test_a_file_that_is_gone_or_empty_is_named_and_nothing_is_sent(
    server: Server, login: FakeLogin, token_file: Path
) -> None:
    identity = of(server, token_file)
    for damage, words in (
        (lambda: token_file.write_bytes(b""), f"{token_file} is empty"),
        (lambda: token_file.write_bytes(b"\xff\xfe"), "it is no text"),
        (token_file.unlink, "No such file"),
    ):
        damage()
        with pytest.raises(AccessError, match=words):
            identity.token(SCOPE)
    assert login.forms == []
