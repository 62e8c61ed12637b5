"""What the evidence rests on: which sources were read in or up to the period, and where they were not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb

from .metric import Metric
from .period import Period
from .text import span

STREAM = "directory_audits"
ASSIGNMENTS = tuple(
    f"{surface}_{kind}_instances" for surface in ("role", "group") for kind in ("assignment", "eligibility")
)
FRESH = timedelta(hours=48)
"""A snapshot older than this no longer speaks for the moment judged."""

_SNAPSHOTS = """
SELECT source, max(finished_at) AS seen_at FROM segment
WHERE kind = 'snapshot' AND held IS NULL AND finished_at <= $ends GROUP BY source"""

_IMPORTED = "SELECT count(*) FROM audit_event WHERE occurred_at >= $begins AND occurred_at < $ends"

_SKIPPED = "SELECT source, arg_max(reason, noted_at) FROM skipped WHERE noted_at <= $ends GROUP BY source"


@dataclass(frozen=True)
class Sources:
    """Snapshots by source with the time of the newest; skipped sources with the reason; minutes of the log not read."""

    snapshots: Mapping[str, datetime] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    uncovered_minutes: int = 0
    period_minutes: int = 0
    events: int = 0
    as_of: datetime | None = None
    """The moment at which state is judged: a snapshot more than two days older is a limit."""

    def missing(self, metric: Metric) -> list[str]:
        """A sentence for each source of the population that was not read at all."""
        return [self._absence(source) for source in metric.header.needs if not self._present(source)]

    def why_untested(self, metric: Metric) -> str | None:
        """The reason in the result's brackets, where too little was read for any verdict; else None."""
        needs = metric.header.needs
        lacking = [source for source in metric.header.requires if not self._present(source)]
        if needs and not any(self._present(source) for source in needs):
            lacking = [*needs, *lacking]
        if not lacking:
            return None
        if lacking[0] == STREAM:
            return "no audit log was collected for the period"
        told = next((self.skipped[source] for source in lacking if source in self.skipped), None)
        return told.partition(": ")[0][:80] if told else "no snapshot was taken up to the end of the period"

    def limits(self, metric: Metric) -> list[str]:
        """What was read in part only, or too long before the moment judged."""
        if STREAM in metric.header.needs and self.uncovered_minutes:
            return [f"{self.uncovered_minutes} of {self.period_minutes} minutes of the audit log were not read"]
        return self.stale_lines(metric.header.needs) if metric.header.type == "point_in_time" else []

    def stale_lines(self, among: Sequence[str] = ASSIGNMENTS) -> list[str]:
        """A sentence where the newest snapshot of a source is too old to speak for the moment judged."""
        taken = [self.snapshots[source] for source in among if source in self.snapshots]
        if not taken or self.as_of is None or self.as_of - min(taken) <= FRESH:
            return []
        return [f"state was last seen {span((self.as_of - min(taken)).total_seconds())} before the end of the period"]

    def seen_at(self, metric: Metric) -> datetime | None:
        """When the newest snapshot among the needed ones was taken."""
        return max((self.snapshots[source] for source in metric.header.needs if source in self.snapshots), default=None)

    def _present(self, source: str) -> bool:
        if source == STREAM:
            return self.events > 0 or self.uncovered_minutes < self.period_minutes
        return source in self.snapshots

    def _absence(self, source: str) -> str:
        what = "audit log" if source == STREAM else f"snapshot of {source.replace('_', ' ')}"
        return f"no {what}" + (f" ({self.skipped[source]})" if source in self.skipped else "")


def read_sources(con: duckdb.DuckDBPyConnection, period: Period, uncovered: int, minutes: int) -> Sources:
    """What was read up to the period's end; `uncovered` of its `minutes` lie outside finished windows."""
    ends = {"ends": period.ends}
    snapshots = dict(con.execute(_SNAPSHOTS, ends).fetchall())
    skipped = dict(con.execute(_SKIPPED, ends).fetchall())
    found = con.execute(_IMPORTED, {"begins": period.begins, **ends}).fetchone()
    return Sources(snapshots, skipped, uncovered, minutes, int(found[0]) if found else 0, period.ends)
