"""A rule in words: what it reads, since when, how much of it there is, and why it found what it found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..config import Settings
from ..errors import UsageError
from ..store import Store, findings
from .rulefile import Rule, Rulebook
from .tuning import tune
from .windows import SNAPSHOTS, Windows

SHORTEST_ID = 6


@dataclass(frozen=True)
class Input:
    """A table or view the rule reads: rows now, and the snapshots it is made from."""

    name: str
    rows: int
    snapshots: tuple[str, ...]


@dataclass(frozen=True)
class Explained:
    """`since` is where the next run begins to judge; `finding` the record of the one asked about."""

    rule_id: str
    title: str
    kind: str
    enabled: bool
    severity: str
    params: Mapping[str, Any]
    reads: tuple[Input, ...]
    since: datetime | None
    waiting: str | None
    lookback_days: float
    history_days: float | None
    last_status: str | None
    last_as_of: datetime | None
    last_found: int | None
    last_error: str | None
    open_findings: int
    blind_spots: tuple[str, ...]
    false_positives: tuple[str, ...]
    finding: Mapping[str, Any] | None = None


def explain(
    store: Store, settings: Settings, book: Rulebook, rule_id: str, now: datetime, finding: str = ""
) -> Explained:
    """What there is to say of a rule. Raises ContentError for an unknown one, UsageError for an unknown finding."""
    rule, head = book.get(rule_id), book.get(rule_id).head
    tuning, last = tune(book, settings)[rule_id], _last(store, rule)
    scope = Windows(store, now).scope(rule, findings.last_judged(store.con, store.tenant_id).get(rule_id))
    params = {name: tuning.params.get(name, param.default) for name, param in head.params.items()}
    open_now = store.rows("SELECT count(*) AS n FROM finding WHERE rule_id = ? AND status = 'open'", [rule_id])
    return Explained(
        *(rule_id, head.title, head.kind, tuning.enabled, (tuning.severity or head.severity).value, params),
        reads=tuple(_input(store, name) for name in head.reads),
        since=scope.since if head.kind == "event" else None,
        waiting=scope.waiting,
        lookback_days=head.lookback.total_seconds() / 86400,
        history_days=None if head.history is None else head.history.total_seconds() / 86400,
        last_status=last.get("status"),
        last_as_of=last.get("as_of"),
        last_found=last.get("found"),
        last_error=last.get("error"),
        open_findings=open_now[0]["n"],
        blind_spots=head.blind_spots,
        false_positives=head.false_positives,
        finding=_finding(store, rule_id, finding) if finding else None,
    )


def _input(store: Store, name: str) -> Input:
    (row,) = store.rows(f'SELECT count(*) AS n FROM "{name}"')
    return Input(name, row["n"], SNAPSHOTS.get(name, ()))


def _last(store: Store, rule: Rule) -> Mapping[str, Any]:
    rows = store.rows("SELECT * FROM rule_run WHERE rule_id = ? ORDER BY as_of DESC, run_id DESC LIMIT 1", [rule.id])
    return rows[0] if rows else {}


def _finding(store: Store, rule_id: str, beginning: str) -> Mapping[str, Any]:
    """The finding's row, its record opened. Raises UsageError unless exactly one of the rule's begins so."""
    if len(beginning) < SHORTEST_ID:
        raise UsageError(f"at least {SHORTEST_ID} characters of a finding's id are needed")
    rows = store.rows(
        "SELECT * FROM finding WHERE rule_id = ? AND starts_with(finding_id, lower(?))", [rule_id, beginning]
    )
    if len(rows) != 1:
        raise UsageError(f"{len(rows) or 'no'} findings of {rule_id} begin with {beginning!r}")
    return rows[0] | {"record": json.loads(rows[0]["record"]), "keys": json.loads(rows[0]["keys"])}
