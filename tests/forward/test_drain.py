from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from pipeline import __version__
from pipeline.config import Sentinel
from pipeline.forward import JsonlSink, SentinelSink, Sink, forward
from pipeline.forward.sink import Outcome, Parcel, Sent, Waits
from pipeline.model import ForwardSummary, iso
from pipeline.store import Store, outbox
from pipeline.store.chain import GENESIS
from pipeline.store.record import ALERT_COLUMNS, HEARTBEAT_COLUMNS
from tests.fakes.ingestion import OK, Fault, Ingestion
from tests.fakes.tls import Server, certificates, serving

from .alerts import RULE, T0, TENANT, StandInIdentity, at, contoso, raise_alert, raise_many, record

ALERTS, BEATS = "Custom-PimAlerts_CL", "Custom-PimHeartbeat_CL"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Ingestion]:
    fake = Ingestion(RULE, {ALERTS: ALERT_COLUMNS, BEATS: HEARTBEAT_COLUMNS}, ["token-1"])
    yield fake
    fake.check()


@pytest.fixture
def server(service: Ingestion, tmp_path: Path) -> Iterator[Server]:
    with serving(certificates(tmp_path), service.answer) as running:
        yield running


def sentinel(server: Server, per_5_min: int | None = None) -> SentinelSink:
    settings = Sentinel(endpoint=server.url, dcr_id=RULE)
    return SentinelSink(
        settings,
        StandInIdentity(),
        server.ca_file,
        per_5_min=per_5_min,
        timeouts=(2, 1),
        pause=lambda seconds: None,
        jitter=lambda: 0.0,
    )


class Killed(BaseException):
    """Stands for a process that ends between two steps."""


class Dying:
    """A sink that delivers and is killed before that can be noted."""

    name, per_5_min = "sentinel", None

    def __init__(self, inner: Sink) -> None:
        self.inner = inner

    def deliver(self, parcels: Sequence[Parcel]) -> Iterator[Outcome]:
        for _ in self.inner.deliver(parcels):
            raise Killed
        yield Sent(())

    def beat(self, line: bytes) -> Waits | None:
        return None

    def close(self) -> None:
        self.inner.close()


def states(store: Store) -> Counter[tuple[str, str]]:
    return Counter((row["sink"], row["state"]) for row in store.rows("SELECT sink, state FROM outbox"))


def test_both_sinks_get_the_same_bytes_in_event_order(tmp_path: Path, service: Ingestion, server: Server) -> None:
    with contoso(tmp_path) as store:
        records = raise_many(store, 40, sinks=("jsonl", "sentinel"))
        summary = forward(store, [JsonlSink(store.folder.alerts), sentinel(server)], run_id="r1", clock=at(T0))
        assert summary == ForwardSummary(sent=80)
        lines = store.folder.alerts.read_bytes().splitlines()
        assert lines == [text.encode() for text in records]
        assert service.rows[ALERTS] == lines
        assert list(msgspec.json.decode(lines[0])) == [name for name, _ in ALERT_COLUMNS]


def test_a_sink_that_says_nothing_of_what_it_was_given_is_a_bug_not_an_endless_loop(tmp_path: Path) -> None:
    class Mute(Dying):
        def deliver(self, parcels: Sequence[Parcel]) -> Iterator[Outcome]:
            return iter(())

    with contoso(tmp_path) as store:
        raise_many(store, 3, ["sentinel"])
        with pytest.raises(RuntimeError, match="sink sentinel says nothing of 3 alerts"):
            forward(store, [Mute(JsonlSink(tmp_path / "unused.jsonl"))], run_id="run-1", clock=at(T0))
        assert outbox.counts(store.con, "sentinel").pending == 3


def test_a_long_field_is_cut_alike_for_every_sink(tmp_path: Path, service: Ingestion, server: Server) -> None:
    with contoso(tmp_path) as store:
        raise_alert(store, "a", record("a", Justification="ü" * 50_000), sinks=("jsonl", "sentinel"))
        forward(store, [JsonlSink(store.folder.alerts), sentinel(server)], run_id="r1", clock=at(T0))
        assert service.rows[ALERTS] == store.folder.alerts.read_bytes().splitlines()
        assert b"[cut: 100000 bytes, sha256 " in service.rows[ALERTS][0]


def test_a_storm_loses_nothing_and_doubles_only_equal_bytes(tmp_path: Path, service: Ingestion, server: Server) -> None:
    chance = random.Random(20261102)
    kinds = [
        Fault(429),
        Fault(429, headers={"Retry-After": "2"}),
        Fault(500),
        Fault(502),
        Fault(503, headers={"Retry-After": "Mon, 02 Nov 2099 08:00:00 GMT"}),
        Fault(500, committed=True),
        Fault(None),
        Fault(None, committed=True),
        Fault(403),
    ]
    service.faults.extend(chance.choice(kinds) if chance.random() < 0.55 else OK for _ in range(100))
    poisoned = {f"{n:064x}" for n in (7, 60, 99)}
    service.poisoned = lambda row: msgspec.json.decode(row).get("AlertId") in poisoned
    with contoso(tmp_path) as store:
        expected = raise_many(store, 100)
        for number in range(60):
            moment = T0 + timedelta(minutes=15 * number)
            summary = forward(store, [sentinel(server, per_5_min=23)], run_id=f"r{number}", clock=at(moment))
            if not summary.pending:
                break
        assert states(store) == {("sentinel", "sent"): 97, ("sentinel", "quarantined"): 3}
        refused = store.rows("SELECT alert_id, error FROM outbox WHERE state = 'quarantined'")
        assert {row["alert_id"] for row in refused} == poisoned
        assert all("InvalidRecord" in row["error"] for row in refused)
    good = {text.encode() for text in expected if msgspec.json.decode(text)["AlertId"] not in poisoned}
    arrived = Counter(service.rows[ALERTS])
    assert set(arrived) == good
    assert 97 < arrived.total() < 4 * 97


def test_killed_between_send_and_mark_doubles_and_does_not_lose(
    tmp_path: Path, service: Ingestion, server: Server
) -> None:
    with contoso(tmp_path) as store:
        records = [text.encode() for text in raise_many(store, 5)]
        with pytest.raises(Killed):
            forward(store, [Dying(sentinel(server))], run_id="r1", clock=at(T0))
        assert states(store) == {("sentinel", "pending"): 5}
    with contoso(tmp_path) as store:
        assert forward(store, [sentinel(server)], run_id="r2", clock=at(T0)).sent == 5
    assert service.rows[ALERTS] == records + records


def test_what_one_request_carried_is_noted_before_the_next_goes(
    tmp_path: Path, service: Ingestion, server: Server
) -> None:
    service.faults.extend([OK, *[Fault(503)] * 5])
    with contoso(tmp_path) as store:
        for number in range(20):
            raise_alert(store, f"a{number:02}", record(f"a{number:02}", Justification="x" * 60_000))
        summary = forward(store, [sentinel(server)], run_id="r1", clock=at(T0 + timedelta(minutes=20)))
        assert (summary.sent, summary.pending, summary.held) == (14, 6, None)
        assert summary.delayed == "sentinel: 503 (after 5 tries)"
        assert summary.oldest_pending_seconds == 20 * 60
        assert {w.attempts for w in outbox.pending(store.con, "sentinel", 20)} == {1}
        assert service.rows[BEATS] == []


def test_a_missing_grant_holds_everything_and_says_so(tmp_path: Path, service: Ingestion, server: Server) -> None:
    service.granted = False
    with contoso(tmp_path) as store:
        raise_many(store, 3)
        summary = forward(store, [sentinel(server)], run_id="r1", clock=at(T0))
        assert (summary.sent, summary.pending, summary.quarantined) == (0, 3, 0)
        assert summary.held is not None
        assert summary.held.startswith("sentinel: 403: ")
        assert "Monitoring Metrics Publisher" in summary.held
        service.granted = True
        summary = forward(store, [sentinel(server)], run_id="r2", clock=at(T0 + timedelta(minutes=15)))
        assert (summary.sent, summary.pending, summary.held, summary.delayed) == (3, 0, None, None)


def test_one_held_sink_does_not_keep_the_other(tmp_path: Path, service: Ingestion, server: Server) -> None:
    service.granted = False
    with contoso(tmp_path) as store:
        raise_many(store, 3, sinks=("sentinel", "jsonl"))
        summary = forward(store, [sentinel(server), JsonlSink(store.folder.alerts)], run_id="r1", clock=at(T0))
        assert (summary.sent, summary.pending) == (3, 3)


def test_the_rate_spreads_a_burst_over_runs(tmp_path: Path, service: Ingestion, server: Server) -> None:
    def run(minutes: float) -> tuple[int, int, str | None]:
        moment = T0 + timedelta(minutes=minutes)
        summary = forward(store, [sentinel(server, per_5_min=10)], run_id=f"r{minutes}", clock=at(moment))
        return summary.sent, summary.pending, summary.delayed

    rate = "sentinel: {} more wait for another run: at most 10 new alerts go in any 11 minutes"
    with contoso(tmp_path) as store:
        records = raise_many(store, 25)
        assert run(0) == (10, 15, rate.format(15))
        assert run(10) == (0, 15, rate.format(15))
        assert run(11) == (10, 5, rate.format(5))
        assert run(22) == (5, 0, None)
    assert service.rows[ALERTS] == [text.encode() for text in records]
    assert len(service.rows[BEATS]) == 4


def test_the_rate_holds_in_every_span_whatever_was_lost_on_the_way(
    tmp_path: Path, service: Ingestion, server: Server
) -> None:
    """Also where the service kept what it did not answer, and graver alerts came up in between."""
    landed: list[tuple[datetime, bytes]] = []
    with contoso(tmp_path) as store:
        raise_many(store, 25)
        for number in range(18):
            moment = T0 + timedelta(minutes=4 * number)
            if number == 1:
                for grave in range(15):
                    raise_alert(store, f"f{grave:063x}", at=moment, severity="high")
            service.faults.extend([Fault(503, committed=True)] * (5 if number == 0 else 0))
            before = len(service.rows[ALERTS])
            forward(store, [sentinel(server, per_5_min=10)], run_id=f"r{number}", clock=at(moment))
            landed += [(moment, row) for row in service.rows[ALERTS][before:]]
        assert states(store) == {("sentinel", "sent"): 40}
    first = {row: moment for moment, row in reversed(landed)}
    due = [max(moment, T0 + timedelta(minutes=5)) for moment in first.values()]  # as the analytics rule counts
    assert len(due) == 40
    for begin in due:
        assert sum(begin <= moment < begin + timedelta(minutes=5) for moment in due) <= 10


def test_a_slow_cycle_counts_its_alerts_when_they_go_not_when_it_began(
    tmp_path: Path, service: Ingestion, server: Server
) -> None:
    with contoso(tmp_path) as store:
        raise_many(store, 1)
        moments = iter([T0 + timedelta(minutes=minutes) for minutes in range(9)])
        forward(store, [sentinel(server, per_5_min=10)], run_id="r1", clock=lambda: next(moments))
        assert store.rows("SELECT sent_at FROM outbox")[0]["sent_at"] == T0 + timedelta(minutes=1)
    assert msgspec.json.decode(service.rows[BEATS][0])["TimeGenerated"] == iso(T0 + timedelta(minutes=3))


def test_what_was_refused_is_sent_again_when_asked(tmp_path: Path, service: Ingestion, server: Server) -> None:
    service.poisoned = lambda row: b"a1" in row
    with contoso(tmp_path) as store:
        for name in ("a0", "a1", "a2"):
            raise_alert(store, name)
        assert forward(store, [sentinel(server)], run_id="r1", clock=at(T0)).quarantined == 1
        service.poisoned = lambda row: False
        assert forward(store, [sentinel(server)], run_id="r2", clock=at(T0)).sent == 0
        again = forward(store, [sentinel(server)], run_id="r3", clock=at(T0), retry_quarantined=True)
        assert (again.sent, again.quarantined, again.pending) == (1, 0, 0)
        assert states(store) == {("sentinel", "sent"): 3}
        journal = store.folder.journal.read_text()
    assert service.rows[ALERTS].count(record("a1").encode()) == 1
    assert '"quarantined"' in journal


def test_a_heartbeat_tells_where_the_run_stands(tmp_path: Path, service: Ingestion, server: Server) -> None:
    with contoso(tmp_path) as store:
        gap = ("directory_audits", T0 - timedelta(days=3), T0 - timedelta(days=2), "retention", T0, "r0")
        spans = [(-48, -24), (-25, -2), (-1, -0.5)]
        store.con.execute("INSERT INTO gap VALUES (?, ?, ?, ?, ?, ?, ?)", [TENANT, *gap])
        for since, until in spans:
            put_window(store, T0 + timedelta(hours=since), T0 + timedelta(hours=until))
        put_segment(store, "r1", "stream", 7)
        put_segment(store, "r1", "snapshot", 1_000)
        put_segment(store, "r0", "stream", 50)
        raise_many(store, 15)
        forward(store, [sentinel(server, per_5_min=10)], run_id="r1", clock=at(T0))
        head = store.chain_head
    (line,) = service.rows[BEATS]
    assert list(msgspec.json.decode(line)) == [name for name, _ in HEARTBEAT_COLUMNS]
    assert msgspec.json.decode(line) == {
        "TimeGenerated": iso(T0),
        "RunId": "r1",
        "EntraTenantId": TENANT,
        "TenantName": "contoso",
        "WatermarkTime": iso(T0 - timedelta(hours=2)),
        "LagSeconds": 7200.0,
        "EventsCollected": 7,
        "FindingsNew": 0,
        "AlertsPending": 5,
        "GapsOpen": 1,
        "ChainHead": head,
        "Version": __version__,
    }


def test_a_heartbeat_before_anything_was_collected(tmp_path: Path, service: Ingestion, server: Server) -> None:
    with contoso(tmp_path) as store:
        forward(store, [sentinel(server)], run_id="r1", clock=at(T0))
    beat = msgspec.json.decode(service.rows[BEATS][0])
    assert (beat["WatermarkTime"], beat["LagSeconds"], beat["EventsCollected"]) == (None, None, 0)
    assert beat["ChainHead"] == f"{GENESIS}:{GENESIS}"


def test_a_heartbeat_stream_nobody_made_is_told_and_loses_no_alert(
    tmp_path: Path, service: Ingestion, server: Server
) -> None:
    del service.streams[BEATS]
    with contoso(tmp_path) as store:
        raise_many(store, 2)
        summary = forward(store, [sentinel(server)], run_id="r1", clock=at(T0))
    assert (summary.sent, summary.pending) == (2, 0)
    assert summary.held is not None
    assert "InvalidStream" in summary.held


def put_window(store: Store, since: datetime, until: datetime) -> None:
    store.con.execute(
        'INSERT INTO "window" VALUES (?, ?, ?, ?, ?, 1, 1, 0, ?, false)',
        [TENANT, "directory_audits", since, until, T0, "r1"],
    )


def put_segment(store: Store, run_id: str, kind: str, items: int) -> None:
    store.con.execute(
        """INSERT INTO segment (tenant_id, seq, source, kind, run_id, started_at, finished_at, items, new_items,
            content, answers, answers_sha256, refers_to, bytes)
        VALUES (?, 1, 'directory_audits', ?, ?, ?, ?, ?, ?, '', 1, '', [], 0)""",
        [TENANT, kind, run_id, T0, T0, items + 3, items],
    )
