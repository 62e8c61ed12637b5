"""What becomes of a finding: an alert, a quiet row, or the end of an alert. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ..config import Alerts
from ..model import Severity, iso
from ..store.findings import Known
from ..store.record import readable
from .record import Draft
from .waivers import Waiver

_OVER = "over the cap"


@dataclass(frozen=True)
class Change:
    """A finding's row after this run. `alert` is the status of the alert it raises, None where it raises none."""

    finding_id: str
    status: Literal["open", "resolved"]
    severity: Severity
    revision: int
    record: dict[str, Any]
    draft: Draft | None = None
    new: bool = False
    alert: Literal["New", "Resolved"] | None = None
    waived_by: str | None = None
    suppressed: str | None = None
    resolved_reason: str | None = None


@dataclass(frozen=True)
class Triage:
    """What decides for every finding of a rule in this run."""

    kind: str
    as_of: datetime
    alerts: Alerts
    waivers: tuple[Waiver, ...] = ()

    def waiver(self, draft: Draft) -> Waiver | None:
        """The first waiver that covers the finding."""
        return next((waiver for waiver in self.waivers if waiver.covers(draft.record, self.as_of.date())), None)

    def suppressed(self, draft: Draft) -> str | None:
        """Why no alert is raised. A state holds now, however long ago it began."""
        if self.kind == "event" and self.as_of - draft.occurred_at > self.alerts.max_age:
            return f"older than {self.alerts.max_age.days} days"
        if draft.severity.weight < self.alerts.min_severity.weight:
            return f"below {self.alerts.min_severity}"
        return None

    def judge(self, draft: Draft, known: Known | None) -> Change | None:
        """What the finding changes, None where all is as it was."""
        if known is None:
            return self._open(draft)
        if self.kind == "event":
            return self._raised(draft, known)
        return self._covered(draft, known, waiver) if (waiver := self.waiver(draft)) else self._holds(draft, known)

    def gone(self, known: Known, record: dict[str, Any]) -> Change:
        """A state that holds no longer."""
        return self._end(known, record, "gone", "gone")

    def _open(self, draft: Draft) -> Change:
        waiver, suppressed = self.waiver(draft), self.suppressed(draft)
        quiet = waiver is not None or suppressed is not None
        change = Change(draft.finding_id, "open", draft.severity, 1, draft.record, draft, new=True)
        waived_by = waiver.waiver_id if waiver else None
        return replace(change, alert=None if quiet else "New", waived_by=waived_by, suppressed=suppressed)

    def _raised(self, draft: Draft, known: Known) -> Change | None:
        """An event found again says something only where it has become graver, as when a day's count goes on."""
        if draft.severity.weight <= known.severity.weight:
            return None
        return replace(self._open(draft), new=False, revision=known.revision + 1)

    def _covered(self, draft: Draft, known: Known, waiver: Waiver) -> Change | None:
        if known.alerted == "New":
            reason = f"waived by {waiver.entry.owner}: {waiver.entry.reason}"
            return replace(self._end(known, draft.record, "waived", reason), draft=draft, waived_by=waiver.waiver_id)
        if known.waived_by == waiver.waiver_id and known.resolved_reason != "gone":
            return None
        status: Literal["open", "resolved"] = "resolved" if known.resolved_reason == "waived" else "open"
        change = Change(draft.finding_id, status, draft.severity, known.revision, draft.record, draft)
        return replace(change, waived_by=waiver.waiver_id, resolved_reason="waived" if status == "resolved" else None)

    def _holds(self, draft: Draft, known: Known) -> Change | None:
        changed = known.status == "resolved" or draft.severity != known.severity
        suppressed = self.suppressed(draft)
        if suppressed is None and not changed and (known.suppressed or "").startswith(_OVER):
            suppressed = known.suppressed
        if not changed and known.suppressed == suppressed and known.waived_by is None:
            return None
        alert: Literal["New"] | None = "New" if suppressed is None and (changed or known.alerted != "New") else None
        revision = known.revision + 1 if changed or known.alert_revision >= known.revision else known.revision
        return Change(
            draft.finding_id, "open", draft.severity, revision, draft.record, draft, alert=alert, suppressed=suppressed
        )

    def _end(self, known: Known, record: dict[str, Any], reason: str, told: str) -> Change:
        ended = record | {"Context": (record.get("Context") or {}) | {"resolved_reason": told}}
        alert: Literal["Resolved"] | None = "Resolved" if known.alerted == "New" else None
        change = Change(known.finding_id, "resolved", known.severity, known.revision + 1, ended, alert=alert)
        return replace(change, resolved_reason=reason, suppressed=known.suppressed, waived_by=known.waived_by)


def cap(changes: Sequence[Change], limit: int) -> tuple[list[Change], list[Change]]:
    """The changes with the new alerts over the limit made quiet, and those that were: gravest and newest go first."""
    new = [change for change in changes if change.alert == "New"]
    if len(new) <= limit:
        return list(changes), []
    new.sort(key=_order)
    over = {change.finding_id for change in new[limit:]}
    words = f"{_OVER} of {limit} alerts a rule and run"
    capped = [
        replace(change, alert=None, suppressed=words) if change.finding_id in over else change for change in changes
    ]
    return capped, new[limit:]


def _order(change: Change) -> tuple[int, float, str]:
    occurred = change.draft.occurred_at.timestamp() if change.draft else 0.0
    return -change.severity.weight, -occurred, change.finding_id


def stamped(change: Change, run_id: str, raised_at: datetime) -> dict[str, Any]:
    """The record of this revision, frozen from here on."""
    status = change.alert or ("Resolved" if change.status == "resolved" else "New")
    moment = {"TimeGenerated": iso(raised_at), "RunId": run_id, "Revision": change.revision, "Status": status}
    record: dict[str, Any] = readable(change.record | moment)
    return record
