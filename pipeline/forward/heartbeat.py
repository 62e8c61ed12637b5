"""The heartbeat: a row each run, so that silence is an alert and the evidence has an anchor elsewhere."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .. import __version__
from ..model import iso
from ..store import Store, outbox
from ..store.coverage import watermark
from ..store.record import HEARTBEAT_COLUMNS, ordered

_COUNTS = """
SELECT
    (SELECT coalesce(sum(new_items), 0)::BIGINT FROM segment
        WHERE run_id = $run AND kind IN ('stream', 'import')) AS events,
    (SELECT count(*) FROM finding WHERE run_id = $run AND revision = 1) AS findings,
    (SELECT count(*) FROM gap) AS gaps
"""


def heartbeat(store: Store, sink: str, *, run_id: str, now: datetime) -> bytes:
    """The heartbeat record of this run for `sink`, as one line of JSON."""
    counted = store.rows(_COUNTS, {"run": run_id})[0]
    reached = watermark(store)
    record = {
        "TimeGenerated": iso(now),
        "RunId": run_id,
        "EntraTenantId": store.tenant_id,
        "TenantName": store.folder.root.name,
        "WatermarkTime": iso(reached) if reached else None,
        "LagSeconds": (now - reached).total_seconds() if reached else None,
        "EventsCollected": counted["events"],
        "FindingsNew": counted["findings"],
        "AlertsPending": outbox.counts(store.con, sink).pending,
        "GapsOpen": counted["gaps"],
        "ChainHead": store.chain_head,
        "Version": __version__,
    }
    return msgspec.json.encode(ordered(record, HEARTBEAT_COLUMNS))
