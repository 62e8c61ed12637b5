"""What came of imported files, and which times they cover."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..model import Imported, Window
from . import Store
from .coverage import merge

STRETCH = timedelta(days=1)
"""Imported times further apart than this are told as two stretches: something may be missing between them."""

_COUNTED = """
WITH own AS (SELECT seq, source, items FROM segment WHERE kind = 'import' AND run_id = $run)
SELECT
    source,
    sum(items)::BIGINT AS rows,
    (SELECT count(*) FROM audit_event WHERE segment IN (SELECT seq FROM own o WHERE o.source = own.source)) AS events
FROM own GROUP BY source ORDER BY source"""

_REFUSED = """
SELECT source, reason, count(*) AS n FROM quarantine
WHERE (segment IN (SELECT seq FROM segment WHERE kind = 'import' AND run_id = $run))
    OR (source = 'import' AND run_id = $run)
GROUP BY ALL ORDER BY ALL"""

_HELD = """
SELECT source, count(DISTINCT file_sha256) AS files, sum(new_items)::BIGINT AS rows, max(started_at) AS imported_at
FROM segment WHERE kind = 'import' GROUP BY source ORDER BY source"""

_SPANS = """
SELECT DISTINCT since, until FROM segment WHERE kind = 'import' AND source = ? AND since IS NOT NULL"""


def tally(store: Store, run_id: str) -> tuple[Imported, ...]:
    """What became of a run's imported rows, by source, once they are normalised; `import`: of no known kind."""
    refused: dict[str, dict[str, int]] = {}
    for row in store.rows(_REFUSED, {"run": run_id}):
        refused.setdefault(row["source"], {})[row["reason"]] = row["n"]
    told = []
    for row in store.rows(_COUNTED, {"run": run_id}):
        reasons = refused.pop(row["source"], {})
        duplicates = row["rows"] - row["events"] - sum(reasons.values())
        told.append(Imported(row["source"], row["rows"], row["events"], duplicates, reasons))
    return (*told, *(Imported(name, sum(found.values()), 0, 0, found) for name, found in refused.items()))


def coverage(store: Store) -> list[dict[str, Any]]:
    """Of each source that files brought: how many, how many rows, and the stretches of time they hold events of.

    They never move the watermark: that a file holds events of a day does not say that it holds all of them.
    """
    return [
        {**row, "stretches": [{"since": each.since, "until": each.until} for each in _stretches(store, row["source"])]}
        for row in store.rows(_HELD)
    ]


def _stretches(store: Store, source: str) -> list[Window]:
    spans = [Window(row["since"], row["until"] + STRETCH) for row in store.rows(_SPANS, [source])]
    return [Window(span.since, span.until - STRETCH) for span in merge(spans)]
