"""A tenant's store whose silver is filled by hand, rules written on the spot, and a run of detect over both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipeline.config import Settings, Tenant
from pipeline.detect.child import open_locked
from pipeline.detect.engine import Executor, detect
from pipeline.detect.execute import execute
from pipeline.detect.rulefile import Rule, Rulebook, read_rule
from pipeline.detect.sandbox import LIMITS, Outcome, Task
from pipeline.model import DetectSummary
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.adopt import set_mark

TENANT_ID = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"
TENANT = Tenant(name="contoso", tenant_id=TENANT_ID)
NOON = datetime(2026, 10, 17, 12, tzinfo=UTC)

_FILLERS: dict[str, Any] = {
    "VARCHAR": "x",
    "BIGINT": 1,
    "INTEGER": 1,
    "BOOLEAN": False,
    "TIMESTAMP WITH TIME ZONE": NOON,
    "VARCHAR[]": [],
    "BIGINT[]": [],
}


@contextmanager
def opened(root: Path) -> Iterator[Store]:
    with open_store(TenantFolder(root / "contoso"), TENANT_ID) as store:
        yield store


def put(store: Store, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows; columns that may not be null and are not named get a filler."""
    fillers = {
        name: _FILLERS[kind]
        for name, kind, null, *_ in store.con.execute(f'DESCRIBE "{table}"').fetchall()
        if null == "NO"
    }
    for row in rows:
        named = fillers | {"tenant_id": TENANT_ID} | row
        columns, marks = ", ".join(f'"{name}"' for name in named), ", ".join("?" * len(named))
        store.con.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', list(named.values()))


def activation(request_id: str, starts_at: datetime = NOON, **columns: Any) -> dict[str, Any]:
    """A completed activation of a role by Eva."""
    return {
        "request_id": request_id,
        "surface": "entra_role",
        "request_kind": "activation",
        "outcome": "completed",
        "subject_id": "p1",
        "subject_name": "Eva Schmid",
        "subject_upn": "eva@contoso.example",
        "subject_kind": "user",
        "target_id": "t1",
        "target_name": "Teams Administrator",
        "scope": "/",
        "starts_at": starts_at,
        "requested_at": starts_at,
        "completed_at": starts_at,
        "ticket_state": "unknown",
        "event_ids": [f"event of {request_id}"],
        "segment": 1,
    } | columns


def snapshot(store: Store, source: str, seq: int, at: datetime = NOON) -> None:
    """A complete snapshot that normalise has seen."""
    put(store, "segment", {"seq": seq, "source": source, "kind": "snapshot", "finished_at": at, "items": 5})
    set_mark(store.con, "normalised", seq)


HEAD: dict[str, Any] = {
    "title": "Every activation",
    "version": "1.0.0",
    "severity": "medium",
    "confidence": 0.5,
    "status": "stable",
    "surface": ["entra_role", "group"],
    "kind": "event",
    "reads": ["activation"],
    "keys": ["request_id"],
    "message": "{{ subject_name }} activated {{ target_name }}",
    "why": "every activation is told",
    "remediation": "Look.",
}
SQL = """SELECT request_id, starts_at AS occurred_at, surface, subject_name, target_name
FROM activation WHERE starts_at >= $since AND starts_at <= $until"""

STATE: dict[str, Any] = {
    "kind": "state",
    "reads": ["assignment"],
    "keys": ["surface", "principal_id"],
    "title": "Every assignment",
    "needs": ["role_eligibility_instances", "group_eligibility_instances"],
    "message": "{{ principal_id }} holds {{ target_id }}",
    "why": "every assignment is told",
}
STATE_SQL = """SELECT surface, principal_id, target_id, valid_from AS occurred_at,
    CASE WHEN member_type = 'grave' THEN 'high' END AS severity
FROM assignment WHERE valid_to IS NULL"""


def write_rule(folder: Path, rule_id: str, sql: str = SQL, **head: Any) -> Path:
    """A rule file under `folder`; `head` stands above the plain header."""
    family, name = rule_id.split(".")
    path = folder / family / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {key: value for key, value in (HEAD | head).items() if value is not None}
    path.write_text(f"/* ---\n{yaml.safe_dump(said, sort_keys=False)}--- */\n{sql}\n", encoding="utf-8")
    return path


def book(folder: Path, *ids: str) -> Rulebook:
    """The rules of the folder without the shipped ones."""
    read = {f"{path.parent.name}.{path.stem}": path for path in sorted(folder.glob("*/*.sql"))}
    found = [read_rule(rule_id, str(path), path) for rule_id, path in read.items() if not ids or rule_id in ids]
    rules = tuple(rule for rule in found if isinstance(rule, Rule))
    return Rulebook(rules, tuple(fault for faults in found if isinstance(faults, list) for fault in faults))


def in_process(database: Path, tasks: Sequence[Task]) -> list[Outcome]:
    """What the rule process does, in this one: quicker, and no less locked."""
    with open_locked(str(database), LIMITS) as con:
        return [_outcome(con, task) for task in tasks]


def _outcome(con: duckdb.DuckDBPyConnection, task: Task) -> Outcome:
    try:
        answer = execute(con, task.sql, task.parameters)
    except (duckdb.Error, ValueError) as error:
        return Outcome(task.rule_id, error=str(error))
    return Outcome(task.rule_id, tuple(answer["columns"]), tuple(map(tuple, answer["rows"])))


class Runner:
    """Runs detect again and again over one store, each run an hour after the one before."""

    def __init__(self, store: Store, rulebook: Rulebook, tenant: Tenant = TENANT, **settings: Any) -> None:
        self.store, self.rulebook, self.tenant = store, rulebook, tenant
        self.execute: Executor = in_process
        self.settings = Settings.model_validate(settings)
        self.runs = 0

    def run(self, as_of: datetime | None = None, raised_at: datetime | None = None) -> DetectSummary:
        self.runs += 1
        moment = as_of or NOON + timedelta(hours=self.runs)
        return detect(
            self.store,
            self.tenant,
            self.settings,
            self.rulebook,
            run_id=f"run-{self.runs}",
            as_of=moment,
            raised_at=raised_at,
            sinks=("jsonl",),
            execute=self.execute,
        )

    def findings(self) -> list[dict[str, Any]]:
        return self.store.rows("SELECT * FROM finding ORDER BY occurred_at, finding_id")

    def alerts(self) -> list[tuple[str, int, str, str]]:
        """(title, revision, status, severity) in the order they were raised."""
        rows = self.store.rows("SELECT * FROM alert ORDER BY raised_at, occurred_at, alert_id, revision")
        return [
            (json.loads(row["record"])["AlertName"], *(row[k] for k in ("revision", "status", "severity")))
            for row in rows
        ]

    def runs_of_rules(self) -> list[tuple[str, str, int]]:
        return [
            (row["run_id"], row["status"], row["found"])
            for row in self.store.rows("SELECT * FROM rule_run ORDER BY as_of, rule_id")
        ]
