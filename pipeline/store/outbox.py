"""The outbox: an alert's revision waits here for each sink until that sink has it.

A row goes from `pending` to `sent` or, where the sink will never take the record, to `quarantined`; none is deleted.
Callers hold the transaction, so that an alert and its rows are committed together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

Key = tuple[str, int]
"""(alert id, revision)."""


@dataclass(frozen=True)
class Waiting:
    """A revision that a sink does not have yet. `record` is the frozen JSON text, `attempts` counts failed sendings."""

    alert_id: str
    revision: int
    record: str
    enqueued_at: datetime
    attempts: int

    @property
    def key(self) -> Key:
        return self.alert_id, self.revision


@dataclass(frozen=True)
class Counts:
    """Rows of a sink by state."""

    pending: int = 0
    sent: int = 0
    quarantined: int = 0


def enqueue(
    con: duckdb.DuckDBPyConnection, tenant_id: str, alert_id: str, revision: int, sinks: Sequence[str], at: datetime
) -> int:
    """Let a revision wait for `sinks`; one that has a row already keeps it. Returns how many rows were added."""
    row = con.execute(
        """
        INSERT INTO outbox (tenant_id, sink, alert_id, revision, state, enqueued_at, attempts)
        SELECT $tenant, s.sink, $alert, $revision, 'pending', $at, 0
        FROM (SELECT DISTINCT unnest($sinks::VARCHAR[]) AS sink) s
        WHERE NOT EXISTS (
            SELECT 1 FROM outbox o
            WHERE o.tenant_id = $tenant AND o.alert_id = $alert AND o.revision = $revision AND o.sink = s.sink)
        """,
        {"tenant": tenant_id, "alert": alert_id, "revision": revision, "sinks": list(sinks), "at": at},
    ).fetchone()
    return int(row[0]) if row else 0


def pending(con: duckdb.DuckDBPyConnection, sink: str, limit: int) -> list[Waiting]:
    """At most `limit` revisions `sink` lacks, longest waiting first, in the order of their events among those."""
    rows = con.execute(
        """
        SELECT o.alert_id, o.revision, a.record, o.enqueued_at, o.attempts
        FROM outbox o
        JOIN alert a ON a.tenant_id = o.tenant_id AND a.alert_id = o.alert_id AND a.revision = o.revision
        WHERE o.sink = ? AND o.state = 'pending'
        ORDER BY o.enqueued_at, a.occurred_at, o.alert_id, o.revision
        LIMIT ?
        """,
        [sink, limit],
    ).fetchall()
    return [Waiting(*row) for row in rows]


def mark_sent(con: duckdb.DuckDBPyConnection, sink: str, keys: Iterable[Key], at: datetime) -> None:
    """`sink` has these revisions, as of `at`."""
    _update(con, sink, keys, "state = 'sent', sent_at = $at, error = NULL", {"at": at})


def quarantine(con: duckdb.DuckDBPyConnection, sink: str, keys: Iterable[Key], error: str) -> None:
    """`sink` will never take these revisions; `error` is what it said."""
    _update(con, sink, keys, "state = 'quarantined', attempts = attempts + 1, error = $error", {"error": error})


def note_failure(con: duckdb.DuckDBPyConnection, sink: str, keys: Iterable[Key], error: str) -> None:
    """These revisions could not be sent this time and go on waiting."""
    _update(con, sink, keys, "attempts = attempts + 1, error = $error", {"error": error})


def counts(con: duckdb.DuckDBPyConnection, sink: str) -> Counts:
    """How many revisions wait for `sink`, went to it, and were refused by it."""
    rows = con.execute("SELECT state, count(*) FROM outbox WHERE sink = ? GROUP BY state", [sink]).fetchall()
    return Counts(**dict(rows))


def sent_since(con: duckdb.DuckDBPyConnection, sink: str, since: datetime) -> int:
    """How many revisions went to `sink` after `since`."""
    row = con.execute(
        "SELECT count(*) FROM outbox WHERE sink = ? AND state = 'sent' AND sent_at > ?", [sink, since]
    ).fetchone()
    return int(row[0]) if row else 0


def oldest_pending_seconds(con: duckdb.DuckDBPyConnection, sinks: Sequence[str], now: datetime) -> float:
    """Age of the longest waiting revision of `sinks`, 0 where none waits."""
    row = con.execute(
        "SELECT min(enqueued_at) FROM outbox WHERE state = 'pending' AND list_contains(?::VARCHAR[], sink)",
        [list(sinks)],
    ).fetchone()
    oldest = row[0] if row else None
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def _update(
    con: duckdb.DuckDBPyConnection, sink: str, keys: Iterable[Key], change: str, values: dict[str, object]
) -> None:
    ids, revisions = zip(*keys, strict=True) if (keys := list(keys)) else ((), ())
    con.execute(
        f"""
        UPDATE outbox SET {change}
        FROM (SELECT unnest($ids::VARCHAR[]) AS id, unnest($revisions::INTEGER[]) AS number) k
        WHERE sink = $sink AND state = 'pending' AND alert_id = k.id AND revision = k.number
        """,
        {"sink": sink, "ids": list(ids), "revisions": list(revisions), **values},
    )
