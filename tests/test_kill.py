"""SIGKILL at several points of a run against a Graph over TLS: what follows ends where an undisturbed run ends."""

import json
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.settings_file import load
from pipeline.verifying import verify_all
from tests.fakes.graph import FakeGraph
from tests.fakes.tls import Certificates, Reply, Request, certificates
from tests.over_tls import Place, fabrikam
from tests.samples import SECOND, holdings

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)
"""Graph's clock; the process itself lives in the present."""


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("trust"))


@dataclass
class Deadly:
    """Graph that kills whoever asks, at the `fatal`-th request from when it was set, before or after answering."""

    graph: FakeGraph
    fatal: int | None = None
    victim: subprocess.Popen[bytes] | None = None
    guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Reply:
        reply = self.graph(request)
        with self.guard:
            if self.fatal is not None and self.victim is not None:
                self.fatal -= 1
                if self.fatal == 0:
                    self.victim.kill()
        return reply


def start(place: Place) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.one_cycle", str(place.config)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def run(place: Place) -> None:
    with start(place) as process:
        assert process.wait(60) == 0


def run_and_kill_at_request(place: Place, number: int) -> None:
    deadly = Deadly(place.graph)
    place.server.answer = deadly
    with start(place) as process:
        deadly.victim, deadly.fatal = process, number
        assert process.wait(60) == -signal.SIGKILL
    place.server.answer = place.graph


def run_and_kill_on(place: Place, word: str) -> None:
    """Kill as soon as the log tells of a stage's end, so that the next one is about to begin or has begun."""
    command = [sys.executable, "-m", "tests.one_cycle", str(place.config)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if word in line:
                process.kill()
        assert process.wait(60) == -signal.SIGKILL


def run_and_kill_after(place: Place, point: str) -> None:
    command = [sys.executable, "-m", "tests.one_cycle", str(place.config), point]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, f"{point} was not reached"


POINTS = (
    "chain.py:append:1",  # the run's begin is in the journal, not in the database
    "files.py:sync_folder:6",  # a segment has its name, but no entry
    "ledger.py:append_segment:3",  # the index has an entry the database lacks
    "outbox.py:enqueue:1",  # alerts stand in the outbox of a transaction that ends nowhere
    "jsonl.py:_append:1",  # an alert is out, but not marked as sent
    "outbox.py:mark_sent:1",  # and so is the mark
)
"""In the order in which a cycle comes by, so that each run gets a bit further than the one before."""


def test_killed_between_a_thing_and_its_record_nothing_is_lost_or_doubled(tmp_path: Path, trust: Certificates) -> None:
    with fabrikam(tmp_path / "calm", trust, SECOND, NOW) as calm:
        run(calm)
        expected = holdings(calm.folder)
        alerts = (calm.folder / "alerts.jsonl").read_text().splitlines()
    with fabrikam(tmp_path / "harried", trust, SECOND, NOW) as harried:
        for point in POINTS:
            run_and_kill_after(harried, point)
        run(harried)
        assert holdings(harried.folder) == expected
        sent = (harried.folder / "alerts.jsonl").read_text().splitlines()
        settings = load(harried.config, environment={})
        (found,) = verify_all(settings, settings.tenants, (), now=datetime.now(UTC))
    assert len(sent) == len(alerts)
    assert (found.faults, found.error) == ((), None)


def test_killed_again_and_again_it_ends_where_an_undisturbed_run_ends(tmp_path: Path, trust: Certificates) -> None:
    with fabrikam(tmp_path / "calm", trust, SECOND, NOW) as calm:
        run(calm)
        expected = holdings(calm.folder)
        alerts = (calm.folder / "alerts.jsonl").read_text().splitlines()
    assert len(expected["audit_event"]) > 500 and alerts
    with fabrikam(tmp_path / "harried", trust, SECOND, NOW) as harried:
        run_and_kill_at_request(harried, 30)
        for stage in ("normalise", "detect"):
            run_and_kill_on(harried, f"[info     ] {stage}")
        run(harried)
        assert holdings(harried.folder) == expected
        sent = [json.loads(line) for line in (harried.folder / "alerts.jsonl").read_text().splitlines()]
    keys = [(alert["AlertId"], alert["Revision"]) for alert in sent]
    assert sorted(keys) == sorted({(alert["AlertId"], alert["Revision"]) for alert in map(json.loads, alerts)})
