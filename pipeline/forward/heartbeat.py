"""The heartbeat: a row each run, so that silence is an alert and the evidence has an anchor elsewhere."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .. import __version__
from ..model import iso
from ..store import Store, outbox
from ..store.record import HEARTBEAT_COLUMNS, ordered

_COUNTS = """
SELECT
    (SELECT coalesce(sum(new_items), 0)::BIGINT FROM segment
        WHERE run_id = $run AND kind IN ('stream', 'import')) AS events,
    (SELECT count(*) FROM finding WHERE run_id = $run AND revision = 1) AS findings,
    (SELECT count(*) FROM gap) AS gaps
"""

_WATERMARK = """
WITH span AS (
    SELECT since, until FROM "window" WHERE source = 'directory_audits'
    UNION ALL SELECT since, until FROM gap WHERE source = 'directory_audits'
        AND until >= (SELECT min(since) FROM "window" WHERE source = 'directory_audits')
), walk AS (
    SELECT since, until,
        max(until) OVER (ORDER BY since, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM span
)
SELECT coalesce(min(reached) FILTER (since > reached), max(until)) AS watermark FROM walk
"""


def heartbeat(store: Store, sink: str, *, run_id: str, now: datetime) -> bytes:
    """The heartbeat record of this run for `sink`, as one line of JSON."""
    counted = store.rows(_COUNTS, {"run": run_id})[0]
    watermark: datetime | None = store.rows(_WATERMARK)[0]["watermark"]
    record = {
        "TimeGenerated": iso(now),
        "RunId": run_id,
        "EntraTenantId": store.tenant_id,
        "TenantName": store.folder.root.name,
        "WatermarkTime": iso(watermark) if watermark else None,
        "LagSeconds": (now - watermark).total_seconds() if watermark else None,
        "EventsCollected": counted["events"],
        "FindingsNew": counted["findings"],
        "AlertsPending": outbox.counts(store.con, sink).pending,
        "GapsOpen": counted["gaps"],
        "ChainHead": store.ledger.head,
        "Version": __version__,
    }
    return msgspec.json.encode(ordered(record, HEARTBEAT_COLUMNS))
