"""From the outbox through a storm into the table, and what the rule makes of it: each alert is raised once."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from deploy.sentinel.rules import kql
from deploy.sentinel.template import TABLES
from pipeline.config import Alerts, Sentinel
from pipeline.forward import SentinelSink, forward
from tests.fakes.ingestion import OK, Fault, Ingestion
from tests.fakes.tls import Server, certificates, serving
from tests.forward.alerts import RULE, T0, StandInIdentity, at, contoso, raise_many

from .kusto import Workspace

COUNT = 90
STREAMS = {f"Custom-{table}": columns for table, columns in TABLES.items()}
M = timedelta(minutes=1)


@pytest.fixture
def service() -> Ingestion:
    """Most requests fail, and half of those after the rows were taken: also five in a row, so that runs end with it."""
    chance = random.Random(5)
    kinds = [Fault(429), Fault(500), Fault(500, committed=True), Fault(None, committed=True)]
    fake = Ingestion(RULE, STREAMS, ["token-1"])
    fake.faults.extend(chance.choice(kinds) if chance.random() < 0.85 else OK for _ in range(300))
    return fake


@pytest.fixture
def server(service: Ingestion, tmp_path: Path) -> Iterator[Server]:
    with serving(certificates(tmp_path), service.answer) as running:
        yield running


def arrivals(tmp_path: Path, service: Ingestion, server: Server) -> list[tuple[datetime, bytes]]:
    """(when, row) of all that came in, by runs a quarter of an hour apart that stop trying at once."""
    settings = Sentinel(endpoint=server.url, dcr_id=RULE)
    came: list[tuple[datetime, bytes]] = []
    with contoso(tmp_path) as store:
        raise_many(store, COUNT)
        for number in range(80):
            sink = SentinelSink(
                settings,
                StandInIdentity(),
                server.ca_file,
                per_5_min=Alerts().per_5_min,
                pause=lambda seconds: None,
                jitter=lambda: 0.0,
            )
            moment = T0 + 15 * M * number
            left = forward(store, [sink], run_id=f"r{number}", clock=at(moment)).pending
            fresh = service.rows["Custom-PimAlerts_CL"][len(came) :]
            came += [(moment + timedelta(seconds=5 + index), row) for index, row in enumerate(fresh)]
            if not left:
                return came
    raise AssertionError("it never ended")


def test_each_alert_is_raised_once_and_no_run_meets_more_than_it_shows(
    tmp_path: Path, service: Ingestion, server: Server
) -> None:
    came = arrivals(tmp_path, service, server)
    assert len(came) > 2 * COUNT, "too few copies to tell anything"
    assert max(moment for moment, row in came if row == came[0][1]) - came[0][0] > 10 * M, "none in a later run"
    workspace = Workspace("AlertId Revision Status TimeGenerated DetectedTime")
    raised: Counter[str] = Counter()
    most = 0
    for number in range(1, int((came[-1][0] - T0) / (5 * M)) + 4):
        now = T0 + 5 * M * number
        for moment, row in [each for each in came if now - 5 * M < each[0] <= now]:
            values = msgspec.json.decode(row)
            values |= {"Status": "New", "TimeGenerated": datetime.fromisoformat(values["TimeGenerated"])}
            workspace.arrive("PimAlerts_CL", values, moment)
        found = workspace.query(kql("prompt") + "\nfresh | project AlertId", now)
        raised.update(row["AlertId"] for row in found)
        most = max(most, len(found))
    service.check()
    assert raised == Counter({f"{number:064x}": 1 for number in range(COUNT)})
    assert most <= 49
