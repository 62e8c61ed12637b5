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


def raise_alert(
    con: duckdb.DuckDBPyConnection,
    alert_id: str,
    occurred_at: datetime,
    revision: int = 1,
    severity: str = "low",
    status: str = "New",
) -> None:
    con.execute(
        "INSERT INTO alert VALUES (?, ?, ?, 'a.b', ?, ?, ?, ?, 'r1', ?)",
        [TENANT, alert_id, revision, severity, status, occurred_at, T0, f'{{"AlertId":"{alert_id}"}}'],
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


def waits(con: duckdb.DuckDBPyConnection, *raised: tuple[str, int, int, str, str]) -> None:
    """Alerts of (id, revision, minute, severity, status) in the outbox of both sinks."""
    for alert_id, revision, minute, severity, status in raised:
        raise_alert(con, alert_id, T0 + timedelta(minutes=minute), revision, severity, status)
        outbox.enqueue(Changes(con), TENANT, [(alert_id, revision)], BOTH, T0)


def test_the_gravest_go_first_and_among_those_the_earliest(con: duckdb.DuckDBPyConnection) -> None:
    graded = [("i", 0, "informational"), ("m2", 9, "medium"), ("h2", 8, "high"), ("m1", 2, "medium"), ("l", 1, "low")]
    waits(con, *((name, 1, minute, severity, "New") for name, minute, severity in graded), ("h1", 1, 7, "high", "New"))
    assert [w.alert_id for w in outbox.pending(con, "jsonl", 10)] == ["h1", "h2", "m1", "m2", "l", "i"]
    assert [w.alert_id for w in outbox.pending(con, "jsonl", 2)] == ["h1", "h2"]


def test_the_revisions_of_an_alert_keep_their_order_whatever_their_severity(con: duckdb.DuckDBPyConnection) -> None:
    waits(con, ("a", 1, 5, "low", "New"), ("b", 1, 1, "medium", "New"), ("a", 2, 9, "high", "New"))
    waits(con, ("a", 3, 9, "high", "Resolved"))
    assert [w.key for w in outbox.pending(con, "jsonl", 10)] == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]


def test_only_new_alerts_need_room_and_only_once(con: duckdb.DuckDBPyConnection) -> None:
    waits(con, *((name, 1, minute, "high", "New") for minute, name in enumerate("abcd")))
    waits(con, ("a", 2, 0, "high", "Resolved"), ("b", 2, 1, "high", "Resolved"))

    def sent_next(most: int) -> list[outbox.Key]:
        return [w.key for w in outbox.pending(con, "jsonl", 10, most, T0)]

    assert sent_next(0) == []
    assert sent_next(2) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    outbox.note_failure(Changes(con), "jsonl", [("a", 1), ("b", 1)], "403: held")
    assert outbox.landed_since(con, "jsonl", T0) == 0
    outbox.note_failure(Changes(con), "jsonl", [("a", 1), ("b", 1)], "no answer", T0 + timedelta(minutes=1))
    assert outbox.landed_since(con, "jsonl", T0) == 2
    assert sent_next(0) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    outbox.mark_sent(Changes(con), "jsonl", [("a", 1), ("a", 2)], T0 + timedelta(minutes=2))
    assert outbox.landed_since(con, "jsonl", T0) == 2
    assert sent_next(1) == [("b", 1), ("b", 2), ("c", 1)]


def test_what_was_refused_can_wait_again(con: duckdb.DuckDBPyConnection) -> None:
    waits(con, ("a", 1, 0, "low", "New"), ("b", 1, 1, "low", "New"))
    for sink in BOTH:
        outbox.quarantine(Changes(con), sink, [("a", 1)], "400: no", T0)
    assert outbox.retry_quarantined(Changes(con), ["sentinel"]) == 1
    assert outbox.counts(con, "sentinel") == outbox.Counts(pending=2)
    assert outbox.counts(con, "jsonl") == outbox.Counts(pending=1, quarantined=1)
    assert [w.attempts for w in outbox.pending(con, "sentinel", 10)] == [1, 0]
    assert outbox.retry_quarantined(Changes(con), ["sentinel"]) == 0


def test_how_each_sink_stands(con: duckdb.DuckDBPyConnection) -> None:
    assert outbox.standing(con) == []
    waits(con, *((name, 1, 0, "low", "New") for name in "abcd"))
    outbox.mark_sent(Changes(con), "jsonl", [(name, 1) for name in "abcd"], T0)
    outbox.quarantine(Changes(con), "sentinel", [("c", 1)], "400: no", T0)
    outbox.note_failure(Changes(con), "sentinel", [("a", 1), ("b", 1)], "403: no role")
    jsonl, sentinel = outbox.standing(con)
    done = {"pending": 0, "sent": 4, "quarantined": 0, "oldest_pending_at": None}
    assert jsonl == {"sink": "jsonl", "reasons": [], **done}
    assert (sentinel["pending"], sentinel["quarantined"], sentinel["oldest_pending_at"]) == (3, 1, T0)
    assert sentinel["reasons"] == [
        {"state": "pending", "error": "403: no role", "alerts": 2, "alert_id": "a"},
        {"state": "quarantined", "error": "400: no", "alerts": 1, "alert_id": "c"},
    ]


def test_marks_touch_only_their_sink_and_revision(con: duckdb.DuckDBPyConnection) -> None:
    for revision in (1, 2):
        raise_alert(con, "a", T0, revision)
        outbox.enqueue(Changes(con), TENANT, [("a", revision)], BOTH, T0)
    outbox.mark_sent(Changes(con), "jsonl", [("a", 1)], T0)
    outbox.quarantine(Changes(con), "sentinel", [("a", 2)], "400: no", T0)
    assert [w.key for w in outbox.pending(con, "jsonl", 10)] == [("a", 2)]
    assert [w.key for w in outbox.pending(con, "sentinel", 10)] == [("a", 1)]
    assert outbox.counts(con, "sentinel") == outbox.Counts(pending=1, quarantined=1)
    assert con.execute("SELECT error FROM outbox WHERE state = 'quarantined'").fetchall() == [("400: no",)]


def test_what_was_sent_is_not_quarantined_afterwards(con: duckdb.DuckDBPyConnection) -> None:
    raise_alert(con, "a", T0)
    outbox.enqueue(Changes(con), TENANT, [("a", 1)], ("jsonl",), T0)
    outbox.mark_sent(Changes(con), "jsonl", [("a", 1)], T0)
    outbox.quarantine(Changes(con), "jsonl", [("a", 1)], "400", T0)
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
    assert outbox.landed_since(con, "jsonl", T0) == 1
    assert outbox.landed_since(con, "jsonl", T0 + timedelta(minutes=3)) == 0
