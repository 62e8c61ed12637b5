"""What a rule has to judge in this run: the time since when, or the surfaces whose state is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from ..store import Store
from ..store.adopt import get_mark
from ..store.findings import Judged
from .rulefile import Rule

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

HISTORY = timedelta(days=30)
"""Rules that declare a history stay silent about the first days of collection."""

_ASKED = "SELECT {0} FROM pim_request WHERE segment > ?"
_EVENTS = {
    "pim_request": _ASKED,
    "activation": f"{_ASKED} AND request_kind = 'activation'",
    "audit_event": "SELECT {0} FROM audit_event WHERE segment > ?",
}
_NEWEST = """SELECT source, max(seq), bool_or(held IS NULL) FROM segment
WHERE kind = 'snapshot' AND seq <= ? GROUP BY source"""
_BEGUN = """SELECT min(started_at) FROM segment
WHERE kind = 'snapshot' AND source IN (SELECT unnest(?::VARCHAR[])) AND seq > ? AND seq <= ?"""
_MOMENTS = {
    "pim_request": "min(least(starts_at, completed_at, requested_at))",
    "activation": "min(least(starts_at, completed_at, requested_at))",
    "audit_event": "min(occurred_at)",
}
_MADE_OF = {
    "audit_target": ("audit_event",),
    "audit_detail": ("audit_event",),
    "session_act": ("activation", "audit_event"),
    "permanent_grant": ("pim_request",),
}
"""Views and tables that are new where one of these is."""

_INSTANCES = (
    *("role_eligibility_instances", "role_assignment_instances"),
    *("group_eligibility_instances", "group_assignment_instances"),
)
_POLICIES = ("role_policies", "group_policies")
_EDGES = ("group_members", "group_owners")
SNAPSHOTS = {
    "assignment": _INSTANCES,
    "assignment_history": _INSTANCES,
    "role_assignment": ("role_assignments",),
    "policy": _POLICIES,
    "policy_history": _POLICIES,
    "policy_approver": _POLICIES,
    "policy_change": _POLICIES,
    "principal": ("users",),
    "role": ("role_definitions",),
    "entra_group": ("groups", "group_resources"),
    "group_edge": _EDGES,
    "privileged_group": (*_INSTANCES, *_EDGES),
    "entitlement": (*_INSTANCES, *_EDGES),
    "privilege_path": (*_INSTANCES, *_EDGES, "groups", "group_resources", "role_definitions"),
    "licence": ("subscribed_skus",),
    "access_review": ("access_reviews",),
    "review_instance": ("review_instances",),
    "review_decision": ("review_instances", "review_decisions"),
    "ca_policy": ("ca_policies",),
    "auth_strength": ("auth_strengths",),
    "auth_context": ("auth_contexts",),
    "pim_alert": ("pim_alerts",),
}
"""Which snapshots feed a table."""


@dataclass(frozen=True)
class Scope:
    """What there is to judge: since when, or for a state rule which surfaces. `waiting` says why it keeps silent."""

    since: datetime
    until: datetime
    judged_to: int
    first: bool
    surfaces: frozenset[str] = frozenset()
    waiting: str | None = None


class Windows:
    """Looks scopes up in an open store; answers are kept, since many rules ask the same."""

    def __init__(self, store: Store, as_of: datetime) -> None:
        self._store, self._as_of = store, as_of
        self._newest: dict[str, int] = {}
        self._earliest: dict[tuple[str, int], datetime | None] = {}
        self._begun: dict[tuple[tuple[str, ...], int], datetime | None] = {}

    def scope(self, rule: Rule, last: Judged | None) -> Scope:
        """What `rule` judges now, given how far its last finished run came."""
        return self._state(rule, last) if rule.head.kind == "state" else self._event(rule, last)

    def _event(self, rule: Rule, last: Judged | None) -> Scope:
        tables, sources = _news(rule)
        judged_to = max([self._newest_segment(table) for table in tables] + [self._newest_snapshot(sources)])
        since, waiting = EARLIEST, None
        if last is not None:
            new = [self._earliest_after(table, last.judged_to) for table in tables]
            new.append(self._snapshot_after(tuple(sources), last.judged_to))
            since = min([last.until, *(moment for moment in new if moment is not None)]) - rule.head.lookback
        if rule.head.history is not None:
            known = self._covered_since
            wanted = min(HISTORY, rule.head.history)
            start = None if known is None else known + wanted
            waiting = None if start and start <= self._as_of else f"less than {_days(wanted)} of the log are covered"
            since = max(since, start or since)
        return Scope(since, self._as_of, judged_to, last is None, waiting=waiting)

    def _state(self, rule: Rule, last: Judged | None) -> Scope:
        missing = {source for source in _needed(rule) if not self._snapshots.get(source, (0, False))[1]}
        known = {surface for surface in rule.head.surface if not any(_feeds(source, surface) for source in missing)}
        waiting = None if known else f"no complete snapshot of {', '.join(sorted(missing))}"
        return Scope(EARLIEST, self._as_of, 0, last is None, frozenset(known), waiting)

    def _newest_segment(self, table: str) -> int:
        if table not in self._newest:
            row = self._store.con.execute(_EVENTS[table].format("max(segment)"), [-1]).fetchone()
            self._newest[table] = (row[0] if row else 0) or 0
        return self._newest[table]

    def _earliest_after(self, table: str, judged_to: int) -> datetime | None:
        if self._newest_segment(table) <= judged_to:
            return None
        if (table, judged_to) not in self._earliest:
            row = self._store.con.execute(_EVENTS[table].format(_MOMENTS[table]), [judged_to]).fetchone()
            self._earliest[table, judged_to] = row[0] if row else None
        return self._earliest[table, judged_to]

    def _newest_snapshot(self, sources: Sequence[str]) -> int:
        return max((self._snapshots[source][0] for source in sources if source in self._snapshots), default=0)

    def _snapshot_after(self, sources: tuple[str, ...], judged_to: int) -> datetime | None:
        """When the first snapshot that the rule has not judged yet began."""
        if self._newest_snapshot(sources) <= judged_to:
            return None
        if (sources, judged_to) not in self._begun:
            row = self._store.con.execute(_BEGUN, [list(sources), judged_to, self._normalised]).fetchone()
            self._begun[sources, judged_to] = row[0] if row else None
        return self._begun[sources, judged_to]

    @cached_property
    def _snapshots(self) -> dict[str, tuple[int, bool]]:
        """The newest of every source, and whether there is one that was taken at its word."""
        rows = self._store.con.execute(_NEWEST, [self._normalised]).fetchall()
        return {source: (newest, taken) for source, newest, taken in rows}

    @cached_property
    def _normalised(self) -> int:
        return get_mark(self._store.con, "normalised")

    @cached_property
    def _covered_since(self) -> datetime | None:
        """Since when collection of the audit stream has had no hole."""
        rows = self._store.con.execute(
            """SELECT since, until FROM "window" WHERE source = 'directory_audits' ORDER BY since, until"""
        ).fetchall()
        start = end = None
        for since, until in rows:
            if end is None or since > end:
                start = since
            end = until if end is None else max(end, until)
        return start


def _days(span: timedelta) -> str:
    return f"{span.days} days" if span.days != 1 else "a day"


def _news(rule: Rule) -> tuple[list[str], list[str]]:
    """Tables of events that may bring the rule something new; where there is none, the snapshots that may."""
    tables = {made for name in rule.head.reads for made in _MADE_OF.get(name, (name,))} & _EVENTS.keys()
    sources = {source for name in rule.head.reads for source in SNAPSHOTS.get(name, ())} if not tables else set()
    return sorted(tables), sorted(sources)


def _needed(rule: Rule) -> frozenset[str]:
    """Snapshots without which a state rule would take what was never seen for gone."""
    if rule.head.needs:
        return frozenset(rule.head.needs)
    return frozenset(source for table in rule.head.reads for source in SNAPSHOTS.get(table, ()))


def _feeds(source: str, surface: str) -> bool:
    """Whether a surface cannot be judged without a snapshot: its own, or one that belongs to no surface."""
    owner: Mapping[str, str] = {"role": "entra_role", "group": "group", "groups": "group"}
    return owner.get(source.split("_")[0], surface) == surface


SOURCES = frozenset(source for sources in SNAPSHOTS.values() for source in sources)
"""Snapshots a rule may name under `needs`."""
