"""Write what the rules said: findings, alerts, outbox and the rules' runs, in the transaction the caller holds.

It is noted rule by rule and written once, table by table: statements cost more than rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..model import iso
from ..store import findings, outbox
from ..store.findings import finding_id
from ..store.journal import Changes
from ..store.record import frozen
from .record import Setting, frame
from .rulefile import Rule
from .triage import Change, stamped
from .windows import Scope

_LISTED = 500
"""Findings that a summary names; a field of the record holds 64 KB."""

Record = Mapping[str, Any]


@dataclass(frozen=True)
class RuleRun:
    """One rule in one run. A file that could not be read has neither version nor scope."""

    rule_id: str
    version: str
    sha256: str
    status: str
    scope: Scope | None = None
    found: int = 0
    opened: int = 0
    seconds: float = 0.0
    error: str | None = None


@dataclass(frozen=True)
class Book:
    """Whose rows these are, and where alerts go. What is noted waits for `write`."""

    changes: Changes
    tenant_id: str
    run_id: str
    as_of: datetime
    raised_at: datetime
    """When alerts enter the outbox."""
    sinks: tuple[str, ...]
    _new: list[dict[str, object]] = field(default_factory=list)
    _again: list[dict[str, object]] = field(default_factory=list)
    _raised: list[tuple[Change, Record]] = field(default_factory=list)

    def note(self, rule: Rule, changes: Sequence[Change], onboarding: bool) -> None:
        """The findings as they stand after this run, and the alerts they raise."""
        for change in changes:
            record = stamped(change, self.run_id, self.raised_at)
            if change.new:
                self._new.append(self._row(rule, change, record, onboarding))
            else:
                self._again.append(self._revised(change, record))
            if change.alert:
                self._raised.append((change, record))

    def summarise(self, rule: Rule, over: Sequence[Change], setting: Setting) -> None:
        """One alert for the findings over the cap."""
        identity = finding_id(rule.id, self.tenant_id, [rule.id, self.run_id])
        worst = max(over, key=lambda change: change.severity.weight)
        record = _summary(rule, over, setting) | {"AlertId": identity, "Severity": worst.severity.sentinel}
        change = replace(worst, finding_id=identity, record=record, revision=1, alert="New")
        self._raised.append((change, stamped(change, self.run_id, self.raised_at)))

    def write(self, runs: Sequence[RuleRun], judged: Sequence[tuple[str, str | None]]) -> None:
        """All that was noted, and the rules' runs, of which only a finished one moves what counts as judged.

        What the rules among `judged` have open by then, each on its surface, still holds.
        """
        self.changes.insert("finding", self._new)
        self.changes.update("finding", ("finding_id",), self._again)
        self._raise(self._raised)
        findings.seen_again(self.changes, self.tenant_id, judged, self.as_of)
        self.changes.insert("rule_run", [self._run_row(run) for run in runs])

    def _run_row(self, run: RuleRun) -> dict[str, object]:
        return {
            "tenant_id": self.tenant_id,
            "run_id": self.run_id,
            "rule_id": run.rule_id,
            "rule_version": run.version,
            "rule_sha256": run.sha256,
            "as_of": self.as_of,
            "since": run.scope.since if run.scope else None,
            "until": run.scope.until if run.scope else None,
            "judged_to": run.scope.judged_to if run.scope else None,
            "status": run.status,
            "found": run.found,
            "opened": run.opened,
            "seconds": round(run.seconds, 3),
            "error": run.error,
        }

    def _row(self, rule: Rule, change: Change, record: Record, onboarding: bool) -> dict[str, object]:
        draft = change.draft
        assert draft is not None
        return self._revised(change, record) | {
            "tenant_id": self.tenant_id,
            "rule_id": rule.id,
            "rule_version": rule.head.version,
            "kind": rule.head.kind,
            "keys": frozen(draft.keys),
            "occurred_at": draft.occurred_at,
            "first_seen_at": self.as_of,
            "onboarding": onboarding,
            "surface": draft.surface,
            "subject_id": record["TargetObjectId"],
            "subject_name": record["TargetName"] or record["TargetUpn"],
            "target_id": record["RoleDefinitionId"] or record["GroupObjectId"],
            "target_name": record["RoleName"] or record["GroupName"],
        }

    def _revised(self, change: Change, record: Record) -> dict[str, object]:
        return {
            "finding_id": change.finding_id,
            "status": change.status,
            "revision": change.revision,
            "severity": change.severity.value,
            "confidence": record["ConfidenceScore"],
            "last_seen_at": self.as_of,
            "resolved_at": self.as_of if change.status == "resolved" else None,
            "resolved_reason": change.resolved_reason,
            "waived_by": change.waived_by,
            "suppressed": change.suppressed,
            "run_id": self.run_id,
            "title": record["AlertName"],
            "why": record["AlertDescription"],
            "record": frozen(record),
        }

    def _raise(self, pairs: Sequence[tuple[Change, Record]]) -> None:
        rows = [
            {
                "tenant_id": self.tenant_id,
                "alert_id": change.finding_id,
                "revision": change.revision,
                "rule_id": record["RuleId"],
                "severity": change.severity.value,
                "status": record["Status"],
                "occurred_at": _occurred(change, record),
                "raised_at": self.raised_at,
                "run_id": self.run_id,
                "record": frozen(record),
            }
            for change, record in pairs
        ]
        self.changes.insert("alert", rows)
        raised = [(change.finding_id, change.revision) for change, _ in pairs]
        outbox.enqueue(self.changes, self.tenant_id, raised, self.sinks, self.raised_at)


def _occurred(change: Change, record: Record) -> datetime:
    return change.draft.occurred_at if change.draft else datetime.fromisoformat(record["EventStartTime"])


def _summary(rule: Rule, over: Sequence[Change], setting: Setting) -> dict[str, Any]:
    """The record of a summary: how many, how grave, from when to when, and which."""
    times = sorted(change.draft.occurred_at for change in over if change.draft)
    graded = Counter(change.severity.value for change in over)
    return frame(rule, setting) | {
        "DedupKey": f"{rule.id}|{setting.run_id}|",
        "AlertName": f"{len(over)} more of: {rule.head.title}",
        "AlertDescription": f"One run found so many that {len(over)} raised no alert of their own. All are findings.",
        "ConfidenceScore": rule.head.confidence,
        "Surface": "Tenant",
        "EventStartTime": iso(times[0]),
        "EventEndTime": iso(times[-1]),
        "Context": {"rule": rule.id, "run": setting.run_id, "findings": len(over), "by_severity": dict(graded)},
        "EvidenceIds": [change.finding_id for change in over[:_LISTED]],
    }
