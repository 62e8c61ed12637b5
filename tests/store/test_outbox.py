from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipeline.store import TenantFolder, open_store, outbox
from pipeline.store.journal import Changes

TENANT = "00000000-0000-0000-0000-00000000000a"
T0 = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
BOTH = ("jsonl", "sentinel")


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(TenantFolder(tmp_path / "contoso"), TENANT) as store:
        yield store.con


def raise_alert(con: duckdb.DuckDBPyConnection, alert_id: str, occurred_at: datetime, revision: int = 1) -> None:
    con.execute(
        "INSERT INTO alert VALUES (?, ?, ?, 'a.b', 'low', 'New', ?, ?, 'r1', ?)",
        [TENANT, alert_id, revision, occurred_at, T0, f'{{"AlertId":"{alert_id}"}}'],
    )


def test_a_revision_waits_once_for_each_sink(con: duckdb.DuckDBPyConnection) -> None:
    raise_alert(con, "a", T0)
    assert outbox.enqueue(Changes(con), TENANT, [("a", 1)], BOTH, T0) == 2
    assert outbox.enqueue(Changes(con), TENANT, [("a", 1)], BOTH, T0 + timedelta(hours=1)) == 0
    (waiting,) = outbox.pending(con, "jsonl", 10)
    assert waiting == outbox.Waiting("a", 1, '{"AlertId":"a"}', T0, 0)


def test_a_sink_added_later_gets_only_what_is_enqueued_for_it(con: duckdb.DuckDBPyConnection) -> None:
    raise_alert(con, "a", T0)
    outbox.enqueue(Changes(con), TENANT, [("a", 1)], ("jsonl",), T0)
    assert outbox.pending(con, "sentinel", 10) == []
    assert outbox.enqueue(Changes(con), TENANT, [("a", 1)], BOTH, T0) == 1


def test_enqueueing_again_does_not_send_again(con: duckdb.DuckDBPyConnection) -> None:
    raise_alert(con, "a", T0)
    outbox.enqueue(Changes(con), TENANT, [("a", 1)], ("jsonl",), T0)
    outbox.mark_sent(Changes(con), "jsonl", [("a", 1)], T0)
    assert outbox.enqueue(Changes(con), TENANT, [("a", 1)], ("jsonl",), T0) == 0
    assert outbox.counts(con, "jsonl") == outbox.Counts(sent=1)


def test_pending_is_by_waiting_time_then_by_event_time(con: duckdb.DuckDBPyConnection) -> None:
    for alert_id, occurred, enqueued in [("late", 0, 5), ("second", 2, 0), ("first", 1, 0)]:
        raise_alert(con, alert_id, T0 + timedelta(minutes=occurred))
        outbox.enqueue(Changes(con), TENANT, [(alert_id, 1)], BOTH, T0 + timedelta(minutes=enqueued))
    assert [w.alert_id for w in outbox.pending(con, "jsonl", 10)] == ["first", "second", "late"]
    assert [w.alert_id for w in outbox.pending(con, "jsonl", 2)] == ["first", "second"]


def test_marks_touch_only_their_sink_and_revision(con: duckdb.DuckDBPyConnection) -> None:
    for revision in (1, 2):
        raise_alert(con, "a", T0, revision)
        outbox.enqueue(Changes(con), TENANT, [("a", revision)], BOTH, T0)
    outbox.mark_sent(Changes(con), "jsonl", [("a", 1)], T0)
    outbox.quarantine(Changes(con), "sentinel", [("a", 2)], "400: no")
    assert [w.key for w in outbox.pending(con, "jsonl", 10)] == [("a", 2)]
    assert [w.key for w in outbox.pending(con, "sentinel", 10)] == [("a", 1)]
    assert outbox.counts(con, "sentinel") == outbox.Counts(pending=1, quarantined=1)
    assert con.execute("SELECT error FROM outbox WHERE state = 'quarantined'").fetchall() == [("400: no",)]


def test_what_was_sent_is_not_quarantined_afterwards(con: duckdb.DuckDBPyConnection) -> None:
    raise_alert(con, "a", T0)
    outbox.enqueue(Changes(con), TENANT, [("a", 1)], ("jsonl",), T0)
    outbox.mark_sent(Changes(con), "jsonl", [("a", 1)], T0)
    outbox.quarantine(Changes(con), "jsonl", [("a", 1)], "400")
    assert outbox.counts(con, "jsonl") == outbox.Counts(sent=1)


def test_a_failure_is_counted_and_goes_on_waiting(con: duckdb.DuckDBPyConnection) -> None:
    raise_alert(con, "a", T0)
    outbox.enqueue(Changes(con), TENANT, [("a", 1)], ("jsonl",), T0)
    outbox.note_failure(Changes(con), "jsonl", [("a", 1)], "503")
    assert [w.attempts for w in outbox.pending(con, "jsonl", 10)] == [1]
    outbox.note_failure(Changes(con), "jsonl", [], "nothing")
    assert [w.attempts for w in outbox.pending(con, "jsonl", 10)] == [1]


def test_age_and_recent_sendings(con: duckdb.DuckDBPyConnection) -> None:
    assert outbox.oldest_pending_seconds(con, BOTH, T0) == 0.0
    for minute, alert_id in enumerate("abc"):
        raise_alert(con, alert_id, T0)
        outbox.enqueue(Changes(con), TENANT, [(alert_id, 1)], ("jsonl",), T0 + timedelta(minutes=minute))
    outbox.mark_sent(Changes(con), "jsonl", [("a", 1)], T0 + timedelta(minutes=3))
    assert outbox.oldest_pending_seconds(con, BOTH, T0 + timedelta(minutes=10)) == 9 * 60
    assert outbox.oldest_pending_seconds(con, ("sentinel",), T0 + timedelta(minutes=10)) == 0.0
    assert outbox.sent_since(con, "jsonl", T0) == 1
    assert outbox.sent_since(con, "jsonl", T0 + timedelta(minutes=3)) == 0
