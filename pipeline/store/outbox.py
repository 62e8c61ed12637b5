"""The outbox: an alert's revision waits here for each sink until that sink has it.

A row goes from `pending` to `sent` or, where the sink will not take the record, to `quarantined`, from where somebody
may let it wait again; none is deleted. Callers hold the transaction, so that an alert and its rows are committed
together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from ..model import Severity
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


_LINE = """
WITH waiting AS (
    SELECT o.tenant_id, o.alert_id, o.revision, o.enqueued_at, o.attempts,
        max(list_position($severities::VARCHAR[], a.severity)) OVER alert AS weight,
        min(a.occurred_at) OVER alert AS happened,
        a.status = 'New' AND coalesce(o.tried_at <= $since::TIMESTAMPTZ, true) AS fresh
    FROM outbox o
    JOIN alert a ON a.tenant_id = o.tenant_id AND a.alert_id = o.alert_id AND a.revision = o.revision
    WHERE o.sink = $sink AND o.state = 'pending'
    WINDOW alert AS (PARTITION BY o.alert_id)
), line AS (
    SELECT *, row_number() OVER place AS place, count(*) FILTER (fresh) OVER place AS room
    FROM waiting
    WINDOW place AS (ORDER BY weight DESC, happened, alert_id, revision ROWS UNBOUNDED PRECEDING)
)
SELECT l.alert_id, l.revision, a.record, l.enqueued_at, l.attempts
FROM line l
JOIN alert a ON a.tenant_id = l.tenant_id AND a.alert_id = l.alert_id AND a.revision = l.revision
WHERE l.place <= $limit AND ($most::BIGINT IS NULL OR l.room <= $most)
ORDER BY l.place
"""
"""Those whose place in the line is before the first new alert too many."""


def pending(
    con: duckdb.DuckDBPyConnection, sink: str, limit: int, most: int | None = None, since: datetime | None = None
) -> list[Waiting]:
    """At most `limit` revisions `sink` lacks, gravest first and in the order of events, an alert's own in theirs.

    At most `most` of them are alerts that are new to the sink: what was tried after `since` may be there already, and
    resolved ones call nobody.
    """
    named = {"sink": sink, "limit": limit, "most": most, "since": since}
    rows = con.execute(_LINE, {**named, "severities": [each.value for each in Severity]}).fetchall()
    return [Waiting(*row) for row in rows]


def mark_sent(changes: Changes, sink: str, keys: Iterable[Key], at: datetime) -> None:
    """`sink` has these revisions, as of `at`."""
    _update(changes, sink, keys, {"state": "sent", "sent_at": at, "error": None})


def quarantine(changes: Changes, sink: str, keys: Iterable[Key], error: str, at: datetime) -> None:
    """`sink` will not take these revisions; `error` is what it said."""
    _update(changes, sink, keys, {"state": "quarantined", "error": error, "tried_at": at}, failed=True)


def note_failure(changes: Changes, sink: str, keys: Iterable[Key], error: str, at: datetime | None = None) -> None:
    """These revisions could not be sent and go on waiting; `at` is given where they may have arrived all the same."""
    _update(changes, sink, keys, {"error": error} | ({"tried_at": at} if at else {}), failed=True)


def retry_quarantined(changes: Changes, sinks: Sequence[str]) -> int:
    """Let all that `sinks` refused wait again; returns how many revisions."""
    rows = changes.con.execute(
        "SELECT sink, alert_id, revision FROM outbox WHERE state = 'quarantined' AND list_contains(?::VARCHAR[], sink)",
        [list(sinks)],
    ).fetchall()
    names = ("sink", "alert_id", "revision")
    again = [dict(zip(names, row, strict=True)) | {"state": "pending"} for row in rows]
    changes.update("outbox", names, again)
    return len(again)


def counts(con: duckdb.DuckDBPyConnection, sink: str) -> Counts:
    """How many revisions wait for `sink`, went to it, and were refused by it."""
    rows = con.execute("SELECT state, count(*) FROM outbox WHERE sink = ? GROUP BY state", [sink]).fetchall()
    return Counts(**dict(rows))


def landed_since(con: duckdb.DuckDBPyConnection, sink: str, since: datetime) -> int:
    """How many new alerts went to `sink` after `since`, or may have."""
    row = con.execute(
        """
        SELECT count(*) FROM outbox o
        JOIN alert a ON a.tenant_id = o.tenant_id AND a.alert_id = o.alert_id AND a.revision = o.revision
        WHERE o.sink = ? AND a.status = 'New'
            AND (o.state = 'sent' AND o.sent_at > ? OR o.state = 'pending' AND o.tried_at > ?)
        """,
        [sink, since, since],
    ).fetchone()
    return int(row[0]) if row else 0


def standing(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every sink's rows by state, since when the oldest waits, and `reasons`: what it said of how many of them."""
    cursor = con.execute(
        """
        SELECT sink, count(*) FILTER (state = 'pending') AS pending, count(*) FILTER (state = 'sent') AS sent,
            count(*) FILTER (state = 'quarantined') AS quarantined,
            min(enqueued_at) FILTER (state = 'pending') AS oldest_pending_at
        FROM outbox GROUP BY sink ORDER BY sink
        """
    )
    names = [column[0] for column in cursor.description or ()]
    sinks = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    told = con.execute(
        """
        SELECT sink, state, error, count(*) AS n, min(alert_id) FROM outbox
        WHERE state <> 'sent' AND error IS NOT NULL
        GROUP BY ALL ORDER BY n DESC, state, error LIMIT 20
        """
    ).fetchall()
    for each in sinks:
        each["reasons"] = [
            {"state": state, "error": error, "alerts": n, "alert_id": alert_id}
            for sink, state, error, n, alert_id in told
            if sink == each["sink"]
        ]
    return sinks


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
