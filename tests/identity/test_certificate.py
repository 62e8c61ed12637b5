"""An application that proves itself with a certificate: what it signs, and which files it will not use."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.config import Auth
from pipeline.errors import AccessError, ConfigError
from pipeline.identity import credential_expires_at, identity_for
from tests.fakes.keys import Pair, pair, written
from tests.fakes.login import FakeLogin
from tests.fakes.tls import Server

from .places import CLIENT, SCOPE, TENANT, graph_at, signed_in


@pytest.fixture
def login() -> FakeLogin:
    return FakeLogin(TENANT, CLIENT, certificate=pair().certificate)


@pytest.mark.parametrize(("form", "sealed"), [(Pair.pem, False), (Pair.pem, True), (Pair.pfx, False), (Pair.pfx, True)])
def test_pem_and_pfx_with_and_without_password(
    server: Server,
    login: FakeLogin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: object,
    sealed: bool,
) -> None:
    monkeypatch.setenv("PIMTRAIL_TEST_PASSWORD", "pässword")
    password = "pässword".encode() if sealed else None
    path = written(tmp_path / "app", form(pair(), password))  # type: ignore[operator]
    more = {"certificate_password": "env:PIMTRAIL_TEST_PASSWORD"} if sealed else {}
    identity = signed_in(server, method="certificate", certificate=f"file:{path}", **more)
    assert identity.token(SCOPE).text == "token-1"
    assert "client_secret" not in login.forms[0]
    left = identity.credential_expires_at - datetime.now(UTC)  # type: ignore[operator]
    assert timedelta(days=364) < left < timedelta(days=366)


def test_a_certificate_from_a_variable(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIMTRAIL_TEST_PEM", pair().pem().decode())
    assert signed_in(server, method="certificate", certificate="env:PIMTRAIL_TEST_PEM").token(SCOPE).text == "token-1"


def test_a_password_that_a_plain_key_does_not_need_does_no_harm(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIMTRAIL_TEST_PASSWORD", "left over")
    auth = {"certificate": f"file:{written(tmp_path / 'app', pair().pem())}"}
    identity = signed_in(server, method="certificate", certificate_password="env:PIMTRAIL_TEST_PASSWORD", **auth)
    assert identity.token(SCOPE).text == "token-1"


def test_another_certificate_is_refused_with_its_last_day(server: Server, tmp_path: Path) -> None:
    path = written(tmp_path / "app", pair(-1).pem())
    with pytest.raises(AccessError) as caught:
        signed_in(server, method="certificate", certificate=f"file:{path}").token(SCOPE)
    day = datetime.now(UTC) - timedelta(days=1)
    assert f"not registered with the application, or has expired; it ended on {day:%Y-%m-%d}" in str(caught.value)


@pytest.mark.parametrize(("minutes", "words"), [(12, "behind"), (-12, "ahead of")])
def test_a_clock_that_is_off_is_told_in_seconds(
    server: Server, login: FakeLogin, tmp_path: Path, minutes: int, words: str
) -> None:
    path = written(tmp_path / "app", pair().pem())
    identity = signed_in(server, method="certificate", certificate=f"file:{path}")
    login.ahead = timedelta(minutes=minutes)
    with pytest.raises(AccessError, match=rf"this machine's clock is 7(19|20|21) s {words} the login host's \(AADSTS7"):
        identity.token(SCOPE)


def _cases(folder: Path) -> dict[str, tuple[Path, str]]:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    curve = ec.generate_private_key(ec.SECP256R1())
    other = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = pair().certificate.public_bytes(Encoding.PEM)
    key = pair().pem().partition(b"-----BEGIN CERTIFICATE")[0]
    held = {
        "absent": (folder / "absent", "cannot be read: No such file or directory"),
        "sealed": (pair().pem(b"x"), "is encrypted; set auth.certificate_password"),
        "sealed_pfx": (pair().pfx(b"x"), "is no PEM or PFX with a private key, or it needs auth.certificate_password"),
        "no_key": (certificate, "is no PEM or PFX with a private key"),
        "no_certificate": (key, "holds no certificate beside its key"),
        "foreign": (
            key + pair(-1).certificate.public_bytes(Encoding.PEM),
            "no certificate that belongs to its key",
        ),
        "curve": (other + certificate, "of another kind than RSA"),
        "nonsense": (b"\x00\xff", "is no PEM or PFX"),
        "empty": (b"", "is no PEM or PFX"),
    }
    return {
        name: (data if isinstance(data, Path) else written(folder / name, data), words)
        for name, (data, words) in held.items()
    }


@pytest.mark.parametrize(
    "name", ["absent", "sealed", "sealed_pfx", "no_key", "no_certificate", "foreign", "curve", "nonsense", "empty"]
)
def test_files_that_cannot_be_used_are_named_with_what_is_wrong(server: Server, tmp_path: Path, name: str) -> None:
    path, words = _cases(tmp_path)[name]
    with pytest.raises(ConfigError) as caught:
        signed_in(server, method="certificate", certificate=f"file:{path}")
    assert str(caught.value).startswith(f"auth.certificate: file:{path} ")
    assert words in str(caught.value)
    assert server.requests == []


def test_a_wrong_password_is_told(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIMTRAIL_TEST_PASSWORD", "wrong")
    for form in (Pair.pem, Pair.pfx):
        path = written(tmp_path / "app", form(pair(), b"right"))
        auth = {"certificate": f"file:{path}", "certificate_password": "env:PIMTRAIL_TEST_PASSWORD"}
        with pytest.raises(ConfigError, match=r"or auth.certificate_password is wrong"):
            signed_in(server, method="certificate", **auth)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_not_used(server: Server, tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "app", pair().pem(), mode)
    with pytest.raises(ConfigError, match=rf"is open to others than its owner \(mode {mode:04o}\); chmod 600 it"):
        signed_in(server, method="certificate", certificate=f"file:{path}")


def test_only_certificates_say_when_they_end(server: Server, tmp_path: Path) -> None:
    assert credential_expires_at(Auth()) is None
    path = written(tmp_path / "app", pair().pem())
    ends = credential_expires_at(Auth(method="certificate", certificate=f"file:{path}"))
    assert ends == pair().certificate.not_valid_after_utc


def test_what_is_missing_is_told_at_once(server: Server) -> None:
    with pytest.raises(ConfigError) as caught:
        identity_for(Auth(method="certificate", token_file=Path("/t")), TENANT, graph_at(server))
    assert caught.value.faults == (
        "auth.token_file: is not used by method 'certificate'",
        "auth.client_id: is missing; method 'certificate' needs it",
        "auth.certificate: is missing; method 'certificate' needs it",
    )
