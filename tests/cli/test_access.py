"""What doctor says of sign-in: against a login host and a Graph over TLS, and of tokens alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli.access import grants, reads_only
from pipeline.collect.endpoints import TABLE, permissions
from tests.fakes.graph import status
from tests.fakes.keys import pair, written
from tests.fakes.login import readable_token
from tests.fakes.tls import Certificates, certificates
from tests.over_tls import Place, fabrikam

from .calling import Shell

NOW = datetime(2026, 10, 17, 6, 15, tzinfo=UTC)
WRITES = ("RoleManagement.ReadWrite.Directory", "Directory.AccessAsUser.All", "Mail.Send", "Sites.Selected")


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("trust"))


def told(token: str, **answered: bool) -> list[str]:
    return [f"{line.state}: {line.detail}" for line in grants("t", token, answered)]


def test_exactly_what_is_needed() -> None:
    roles = list(permissions())
    assert told(readable_token(roles=roles)) == ["ok: what is needed is granted, for reading, and nothing more"]
    person = " ".join([*roles, "openid", "profile", "email", "User.Read"])
    assert told(readable_token(scp=person)) == ["ok: what is needed is granted, for reading, and nothing more"]


@pytest.mark.parametrize("write", WRITES)
def test_whatever_can_change_things_is_loud(write: str) -> None:
    assert told(readable_token(roles=[*permissions(), write])) == [
        f"warn: THIS SIGN-IN CAN CHANGE THINGS: {write}. Remove it: nothing needs it"
    ]
    assert f"THIS SIGN-IN CAN CHANGE THINGS: {write}." in told(readable_token(scp=f"openid {write}"))[0]


def test_more_reading_than_needed_is_told() -> None:
    assert told(readable_token(roles=[*permissions(), "Mail.Read"])) == [
        "warn: more is granted than is needed: Mail.Read"
    ]


def test_what_is_missing_names_the_endpoints_unless_they_answered_all_the_same() -> None:
    roles = [name for name in permissions() if name != "GroupMember.Read.All"]
    assert told(readable_token(roles=roles)) == [
        "warn: GroupMember.Read.All is not granted: group_members, group_owners will be skipped"
    ]
    assert told(readable_token(roles=roles), group_members=True) == [
        "warn: GroupMember.Read.All is not granted: group_owners will be skipped"
    ]
    assert told(readable_token(roles=roles), group_members=True, group_owners=True) == []
    assert len(told(readable_token(aud="x"))) == len(permissions())


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.W10.c", "a.bnVsbA.c", "EwB4A8l6BAAU"])
def test_a_token_that_cannot_be_read_says_so(token: str) -> None:
    assert told(token) == ["info: the token does not say what it grants, so what is too much is not known"]


def test_nothing_the_endpoint_table_asks_for_can_change_anything() -> None:
    assert [endpoint.name for endpoint in TABLE if not reads_only(endpoint.permission)] == []


def lines(shell: Shell) -> dict[str, tuple[str, str]]:
    found = json.loads(shell("doctor", "--json").out)
    return {line["subject"]: (line["state"], line["detail"]) for line in found}


def by_certificate(place: Place, days: float) -> None:
    """Have the tenant sign in with a certificate that ends in so many days."""
    place.login.certificate = pair(days).certificate
    written(place.config.parent / "app.pem", pair(days).pem())
    text = place.config.read_text(encoding="utf-8")
    auth = 'method = "certificate", certificate = "file:app.pem"'
    place.config.write_text(text.replace('client_secret = "file:secret"', auth), encoding="utf-8")


def test_doctor_reads_the_token_and_prints_none_of_it(shell: Shell, trust: Certificates) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW, sentinel=True) as place:
        place.login.roles = (*(name for name in permissions() if name != "User.Read.All"), WRITES[0])
        place.graph.fail("/v1.0/users", status(403, code="Authorization_RequestDenied"))
        result = shell("doctor")
        assert f"WARN  fabrikam, permissions: THIS SIGN-IN CAN CHANGE THINGS: {WRITES[0]}. Remove it" in result.out
        assert "WARN  fabrikam, permissions: User.Read.All is not granted: users will be skipped" in result.out
        assert "OK    fabrikam, sign-in: a token came, by secret" in result.out
        assert "INFO  cloud: localhost with localhost" in result.out
        assert "OK    fabrikam, alerts: go to https://localhost" in result.out
        assert "signature-that-must-not-show" not in result.out + result.err


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [(200.5, "ok", ", in 200 days"), (12.5, "warn", ", in 12 days"), (-1, "fail", "sign-in is refused until")],
)
def test_a_certificates_end_is_told_in_time(
    shell: Shell, trust: Certificates, days: float, state: str, words: str
) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW) as place:
        by_certificate(place, days)
        found = lines(shell)["fabrikam, certificate"]
        assert (found[0], words in found[1]) == (state, True)
        ends = datetime.now(UTC) + timedelta(days=days)
        assert f"{ends:%Y-%m-%d}" in found[1]
        [status_] = json.loads(shell("status", "--json").out)
        assert status_["certificate_expires_at"][:10] == f"{ends:%Y-%m-%d}"
        assert (f"fabrikam: {found[1]}" in shell("status").out) == (state != "ok")


def test_a_run_logs_a_certificate_that_soon_ends(shell: Shell, trust: Certificates) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", datetime.now(UTC)) as place:
        by_certificate(place, 12.5)
        place.graph.fail("/v1.0/subscribedSkus", *[status(400)] * 9)
        assert "the certificate ends on " in shell("collect", "--quiet").err


def test_status_says_where_a_certificate_cannot_be_read(shell: Shell, trust: Certificates) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW) as place:
        by_certificate(place, 200.5)
        (Path(place.config.parent) / "app.pem").chmod(0o644)
        result = shell("status")
        assert (result.code, "is open to others than its owner" in result.out) == (0, True)


def test_a_secret_that_others_can_read_is_told(shell: Shell, trust: Certificates) -> None:
    with fabrikam(shell.folder, trust, "2026-10-17", NOW) as place:
        written(place.config.parent / "secret", b"s3cret-that-must-not-show", 0o644)
        assert "secret can be read by others than its owner" in shell("doctor").out
        written(place.config.parent / "secret", b"s3cret-that-must-not-show", 0o600)
        out = shell("doctor").out
        assert "can be read by others" not in out
        assert "when it ends cannot be known" in out
