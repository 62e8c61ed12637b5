"""What every step of normalising is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ..config import Settings, Tenant
from ..model import NormaliseSummary

EVENT_SOURCES = ("directory_audits", "graph_import", "log_analytics", "monitor")
"""Sources whose items are audit events; everything else is a snapshot of state."""


@dataclass(frozen=True)
class Segment:
    """A row of table `segment`: a finished walk. `path` is relative to `raw/`; None where it equals `same_as`."""

    source: str
    kind: str
    run_id: str
    started_at: datetime
    finished_at: datetime
    items: int
    new_items: int
    content: str
    path: str | None
    same_as: int | None
    refers_to: tuple[int, ...]
    assume_tenant: bool = False
    """Of an import: its rows are the tenant's, whatever tenant they name."""
    held: str | None = None
    """Why a snapshot does not count."""


@dataclass(frozen=True)
class Context:
    """One normalising of one tenant.

    `segments` are (sequence, segment) of those not yet normalised, in order. What is written must follow from the
    segments and the settings alone, else a rebuild would differ: take times and run ids from the segments, not from
    `now` and `run_id`.
    """

    tenant_id: str
    raw: Path
    segments: tuple[tuple[int, Segment], ...]
    run_id: str
    now: datetime
    settings: Settings
    tenant: Tenant

    def of(self, *sources: str) -> tuple[tuple[int, Segment], ...]:
        """The segments of the given sources, in order."""
        return tuple((seq, segment) for seq, segment in self.segments if segment.source in sources)


Step = Callable[[duckdb.DuckDBPyConnection, Context], NormaliseSummary]
"""A step fills its tables inside the open transaction and says what it added; the counts of all steps are summed."""
