"""Findings and alerts: who a finding is, what is known of it, and the rows of every rule's run.

Callers hold the transaction, so that a finding, its alert, the outbox and the rule's run are committed together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from ..model import Severity, iso
from .journal import Changes


def key_text(value: object) -> str | None:
    """A key's value as the text it has inside an id: times as ISO UTC with six digits, null as null.

    Raises ValueError for a time without a zone and for a value that has no one spelling, such as a list.
    """
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
    raise ValueError(f"no key of a finding: {value!r}")


def finding_id(rule_id: str, tenant_id: str, keys: Iterable[object]) -> str:
    """SHA-256 hex of the compact JSON array of rule, tenant in lower case, and the keys as text; for ever the same."""
    parts = [rule_id, tenant_id.lower(), *map(key_text, keys)]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Known:
    """A finding as the last run left it. `alerted` is the status of its newest alert, None where it raised none."""

    finding_id: str
    status: str
    severity: Severity
    revision: int
    surface: str | None
    waived_by: str | None
    suppressed: str | None
    resolved_reason: str | None
    alerted: str | None
    alert_revision: int


@dataclass(frozen=True)
class Judged:
    """How far a rule's last finished run came: `until` in time, `judged_to` in segments."""

    until: datetime
    judged_to: int


def known(
    con: duckdb.DuckDBPyConnection, tenant_id: str, ids: Sequence[str], whole: Sequence[str] = ()
) -> dict[str, dict[str, Known]]:
    """Findings by rule and id: those among `ids`, and of the rules `whole` all there are."""
    rows = con.execute(
        """
        WITH chosen AS (
            SELECT * FROM finding
            WHERE tenant_id = $tenant AND (
                rule_id IN (SELECT unnest($whole::VARCHAR[])) OR finding_id IN (SELECT unnest($ids::VARCHAR[])))
        ), alerted AS (
            SELECT alert_id, max(revision) AS revision, arg_max(status, revision) AS status FROM alert
            WHERE tenant_id = $tenant AND alert_id IN (SELECT finding_id FROM chosen) GROUP BY alert_id
        )
        SELECT f.rule_id, f.finding_id, f.status, f.severity, f.revision, f.surface, f.waived_by, f.suppressed,
            f.resolved_reason, a.status, coalesce(a.revision, 0)
        FROM chosen f
        LEFT JOIN alerted a ON a.alert_id = f.finding_id
        ORDER BY f.rule_id, f.finding_id
        """,
        {"tenant": tenant_id, "ids": list(ids), "whole": list(whole)},
    ).fetchall()
    found: dict[str, dict[str, Known]] = {}
    for rule_id, identity, status, severity, *rest in rows:
        found.setdefault(rule_id, {})[identity] = Known(identity, status, Severity(severity), *rest)
    return found


def records(con: duckdb.DuckDBPyConnection, tenant_id: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The alert record of each finding's newest revision, by id."""
    rows = con.execute(
        "SELECT finding_id, record FROM finding WHERE tenant_id = ? AND finding_id IN (SELECT unnest(?::VARCHAR[]))",
        [tenant_id, list(ids)],
    ).fetchall()
    return {row[0]: json.loads(row[1]) for row in rows}


def last_judged(con: duckdb.DuckDBPyConnection, tenant_id: str) -> dict[str, Judged]:
    """The newest finished run of every rule that has one."""
    rows = con.execute(
        """
        SELECT rule_id, max("until"), max(judged_to) FROM rule_run
        WHERE tenant_id = ? AND status = 'finished' GROUP BY rule_id
        """,
        [tenant_id],
    ).fetchall()
    return {row[0]: Judged(row[1], row[2] or 0) for row in rows}


def seen_again(changes: Changes, tenant_id: str, judged: Sequence[tuple[str, str | None]], at: datetime) -> None:
    """The open findings of each (rule, surface) still hold."""
    named: dict[str, object] = {"tenant_id": tenant_id, "status": "open", "last_seen_at": at}
    rows = [{**named, "rule_id": rule_id, "surface": surface} for rule_id, surface in judged]
    changes.update("finding", ("tenant_id", "rule_id", "status", "surface"), rows)


def set_waivers(changes: Changes, tenant_id: str, rows: Sequence[Mapping[str, object]], at: datetime) -> None:
    """Make the tenant's waivers those of its file. What left the file is marked: findings name it as their reason."""
    cursor = changes.con.execute("SELECT * FROM waiver WHERE tenant_id = ?", [tenant_id])
    names = [column[0] for column in cursor.description or ()]
    held = {row[names.index("waiver_id")]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    told = {row["waiver_id"]: {**row, "withdrawn_at": None} for row in rows}
    fresh = [row for name, row in told.items() if held.get(str(name)) != row]
    left = [name for name, row in held.items() if name not in told and row["withdrawn_at"] is None]
    changes.delete("waiver", [{"waiver_id": row["waiver_id"]} for row in fresh if row["waiver_id"] in held])
    changes.insert("waiver", fresh)
    changes.update("waiver", ("waiver_id",), [{"waiver_id": name, "withdrawn_at": at} for name in left])
