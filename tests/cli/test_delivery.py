"""Trouble on the way to Sentinel, as an operator meets it in `forward`, `status`, `doctor` and their exit codes."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli.sending import examine_sending
from pipeline.config import Alerts
from pipeline.forward.drain import RATE_SPAN
from pipeline.forward.reply import HINTS
from pipeline.forward.sentinel import LIMIT
from pipeline.settings_file import load
from pipeline.store import TenantFolder, open_store
from tests.fakes.ingestion import Ingestion
from tests.fakes.login import FakeLogin
from tests.fakes.tls import certificates, serving
from tests.forward.alerts import RULE, TENANT
from tests.storm import ALERTS, BEATS, fill, new_service, records
from tests.storm_kills import CLIENT, CONFIG, SECRET

from .calling import Shell

POISONED = 2


@dataclass
class Office:
    """A shell beside a configuration and five alerts that wait for Sentinel since three days."""

    shell: Shell
    service: Ingestion
    login: FakeLogin
    text: str

    def configure(self, old: str = "", new: str = "") -> None:
        assert old in self.text
        self.shell.write("pimtrail.toml", self.text.replace(old, new, 1))

    def doctor(self) -> dict[str, str]:
        """Its lines about alerts: subject → state and detail."""
        settings = load(self.shell.folder / "pimtrail.toml", environment={})
        lines = examine_sending(settings, settings.tenants[0], datetime.now(UTC))
        return {line.subject.removeprefix("t, "): f"{line.state} {line.detail}" for line in lines}


@pytest.fixture
def office(shell: Shell, tmp_path: Path) -> Iterator[Office]:
    (tmp_path / "trust").mkdir()
    trust, login = certificates(tmp_path / "trust"), FakeLogin(TENANT, CLIENT, SECRET)
    service = new_service((f"token-{number}" for number in range(100)), POISONED)
    with serving(trust, service.answer) as server, serving(trust, login) as sign_in:
        text = CONFIG.format(login=sign_in.url, ca=trust.ca_file, endpoint=server.url)
        shell.write("secret", SECRET)
        with open_store(TenantFolder(shell.folder / "data" / "t"), TENANT) as store:
            fill(store, records(5, random.Random(1)), datetime.now(UTC) - timedelta(days=3))
        office = Office(shell, service, login, text)
        office.configure()
        yield office


def test_without_the_role_everything_waits_and_all_say_what_to_do(office: Office) -> None:
    office.service.granted = False
    result = office.shell("forward")
    assert (result.code, result.out) == (3, "t: 5 wait\n")
    words = "403: OperationFailed: The authentication token provided does not have access – give the identity the role"
    assert f"delivery is held: sentinel: {words} Monitoring Metrics Publisher" in result.err
    told = office.shell("status").out
    assert "t: 5 alerts wait for sentinel, the oldest since 20" in told and words in told
    assert "over two days late get the time of their arrival" in told
    lines = office.doctor()
    assert lines[ALERTS].startswith(f"fail {words}") and lines[BEATS].startswith("fail 403")
    assert lines["outbox"].startswith("warn 5 alerts wait for sentinel")
    office.service.granted = True
    assert office.doctor()[ALERTS] == "ok takes rows"
    assert office.service.rows[ALERTS] == [], "looking writes nothing"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (RULE, "dcr-1", "404: NotFound: Data collection rule with immutable Id not found. – check endpoint and dcr_id"),
        (
            "[[tenants]]",
            'stream = "Custom-Typo_CL"\n[[tenants]]',
            "400: InvalidStream: Stream was not configured – check",
        ),
    ],
    ids=["rule", "stream"],
)
def test_what_is_misconfigured_is_held_and_named(office: Office, old: str, new: str, words: str) -> None:
    office.configure(old, new)
    result = office.shell("forward", "--quiet")
    assert result.code == 3 and words in result.err
    assert words in office.shell("status").out
    assert any(words in line for line in office.doctor().values())
    assert office.service.rows[ALERTS] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (RULE, "my-rule", "sentinel.dcr_id: is not the rule's immutable id"),
        ("[[tenants]]", 'stream = "PimAlerts_CL"\n[[tenants]]', "sentinel.stream: is no stream"),
        ('"\ndcr_id', '/dataCollectionRules/dcr-1"\ndcr_id', "sentinel.endpoint: is an address with a path"),
    ],
    ids=["rule", "stream", "endpoint"],
)
def test_what_cannot_be_right_is_told_before_anything_is_tried(office: Office, old: str, new: str, words: str) -> None:
    office.configure(old, new)
    result = office.shell("forward")
    assert result.code == 2 and words in result.err


def test_an_expired_secret_is_told_in_all_places(office: Office) -> None:
    office.login.refuse("7000222")
    result = office.shell("forward")
    assert result.code == 3 and "the client secret has expired; add a new one" in result.err
    assert "the client secret has expired" in office.shell("status").out
    assert "the client secret has expired" in office.doctor()["alerts"]


def test_a_refused_alert_is_told_once_loudly_and_then_until_it_is_sent(office: Office) -> None:
    result = office.shell("forward", "--quiet")
    assert result.code == 8 and "refused and put aside: 1 of the alerts" in result.err
    assert office.shell("forward").code == 0
    told = office.shell("status").out
    assert "t: 1 alert was refused by sentinel and not sent since: 400: InvalidRecord: a record cannot be read" in told
    assert "(pimtrail show 000000000000)" in told and "pimtrail forward --retry-quarantined" in told
    assert office.shell("forward", "--retry-quarantined").code == 8
    office.service.poisoned = lambda row: False
    assert office.shell("forward", "--retry-quarantined").out == "t: 1 sent\n"
    assert "refused" not in office.shell("status").out
    assert len(set(office.service.rows[ALERTS])) == len(office.service.rows[ALERTS]) == 5


def test_what_waits_for_a_sink_that_is_gone_is_said(office: Office) -> None:
    with open_store(TenantFolder(office.shell.folder / "data" / "t"), TENANT) as store, store.journalled() as changes:
        changes.update("outbox", ("sink",), [{"sink": "sentinel", "state": "pending"}])
    text = office.text
    office.text = text[: text.index("[sentinel]")] + text[text.index("[[tenants]]") :]
    office.configure()
    assert office.shell("forward").code == 0
    assert "wait for sentinel, the oldest since" in office.shell("status").out
    assert "it is not configured any more, so nothing sends them" in office.shell("status").out
    assert office.doctor()["alerts"].startswith("info go to ")


def test_a_burst_over_the_rate_says_when_the_rest_goes(office: Office) -> None:
    office.configure("[sentinel]", "[alerts]\nper_5_min = 2\n[sentinel]")
    office.service.poisoned = lambda row: False
    why = "sentinel: 3 more wait for another run: at most 2 new alerts go in any 11 minutes"
    assert office.shell("forward").out == f"t: 2 sent; 3 wait ({why})\n"
    assert office.shell("forward").out.startswith("t: 3 wait (")
    office.configure("[sentinel]", "[alerts]\nper_5_min = 0\n[sentinel]")
    assert office.shell("forward").out == "t: 3 sent\n"


def test_the_page_quotes_what_is_said() -> None:
    page = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text(encoding="utf-8")
    quoted = dict(re.findall(r"^\| `(\d{3}) … ([^`]+)`", page, re.MULTILINE))
    assert quoted.keys() == {"400", "401", "403", "404"}
    assert all(words in HINTS[int(status)] for status, words in quoted.items())
    assert f"any {RATE_SPAN // timedelta(minutes=1)} minutes" in page.replace("eleven", "11")
    assert f"at most {LIMIT:,} bytes" in page and f"({Alerts().per_5_min};" in page
