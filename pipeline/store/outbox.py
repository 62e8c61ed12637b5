"""The outbox: an alert's revision waits here for each sink until that sink has it.

A row goes from `pending` to `sent` or, where the sink will never take the record, to `quarantined`; none is deleted.
Callers hold the transaction, so that an alert and its rows are committed together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from .journal import Changes

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


def enqueue(changes: Changes, tenant_id: str, keys: Iterable[Key], sinks: Sequence[str], at: datetime) -> int:
    """Let revisions wait for `sinks`; one that has a row already keeps it. Returns how many rows were added."""
    wanted = dict.fromkeys((sink, *key) for key in keys for sink in sinks)
    ids = list({alert_id for _, alert_id, _ in wanted})
    held = changes.con.execute(
        """
        SELECT sink, alert_id, revision FROM outbox
        WHERE tenant_id = ? AND alert_id IN (SELECT unnest(?::VARCHAR[]))
        """,
        [tenant_id, ids],
    ).fetchall()
    rest = {"state": "pending", "enqueued_at": at, "attempts": 0}
    names = ("sink", "alert_id", "revision")
    new = [key for key in wanted if key not in set(held)]
    changes.insert("outbox", [{"tenant_id": tenant_id, **dict(zip(names, key, strict=True)), **rest} for key in new])
    return len(new)


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


def mark_sent(changes: Changes, sink: str, keys: Iterable[Key], at: datetime) -> None:
    """`sink` has these revisions, as of `at`."""
    _update(changes, sink, keys, {"state": "sent", "sent_at": at, "error": None})


def quarantine(changes: Changes, sink: str, keys: Iterable[Key], error: str) -> None:
    """`sink` will never take these revisions; `error` is what it said."""
    _update(changes, sink, keys, {"state": "quarantined", "error": error}, failed=True)


def note_failure(changes: Changes, sink: str, keys: Iterable[Key], error: str) -> None:
    """These revisions could not be sent this time and go on waiting."""
    _update(changes, sink, keys, {"error": error}, failed=True)


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
    changes: Changes, sink: str, keys: Iterable[Key], values: dict[str, object], *, failed: bool = False
) -> None:
    ids, revisions = zip(*keys, strict=True) if (keys := list(keys)) else ((), ())
    waiting = changes.con.execute(
        """
        SELECT o.alert_id, o.revision, o.attempts FROM outbox o
        JOIN (SELECT unnest(?::VARCHAR[]) AS id, unnest(?::INTEGER[]) AS number) k
            ON o.alert_id = k.id AND o.revision = k.number
        WHERE o.sink = ? AND o.state = 'pending'
        """,
        [list(ids), list(revisions), sink],
    ).fetchall()
    rows = [
        {"sink": sink, "alert_id": alert_id, "revision": revision, "attempts": attempts + failed, **values}
        for alert_id, revision, attempts in waiting
    ]
    changes.update("outbox", ("sink", "alert_id", "revision"), rows)
