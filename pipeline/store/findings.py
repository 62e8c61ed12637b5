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
    con: duckdb.DuckDBPyConnection, tenant_id: str, rule_id: str, ids: Sequence[str] | None = None
) -> dict[str, Known]:
    """The rule's findings by id: those among `ids`, or all of them."""
    chosen = "" if ids is None else "AND f.finding_id IN (SELECT unnest($ids::VARCHAR[]))"
    parameters: dict[str, Any] = {"tenant": tenant_id, "rule": rule_id}
    rows = con.execute(
        f"""
        SELECT f.finding_id, f.status, f.severity, f.revision, f.surface, f.waived_by, f.suppressed, f.resolved_reason,
            a.status, coalesce(a.revision, 0)
        FROM finding f
        LEFT JOIN (
            SELECT alert_id, max(revision) AS revision, arg_max(status, revision) AS status
            FROM alert WHERE tenant_id = $tenant AND rule_id = $rule GROUP BY alert_id) a ON a.alert_id = f.finding_id
        WHERE f.tenant_id = $tenant AND f.rule_id = $rule {chosen}
        """,
        parameters if ids is None else {**parameters, "ids": list(ids)},
    ).fetchall()
    return {row[0]: Known(row[0], row[1], Severity(row[2]), *row[3:]) for row in rows}


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


def append(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows that name their columns, all of them the same ones, in one statement."""
    if not rows:
        return
    kinds = {row[0]: row[1] for row in con.execute(f"DESCRIBE {table}").fetchall()}
    names = list(rows[0])
    lists = ", ".join(f"unnest(${position}::{kinds[name]}[])" for position, name in enumerate(names, 1))
    columns = ", ".join(f'"{name}"' for name in names)
    con.execute(f"INSERT INTO {table} ({columns}) SELECT {lists}", [[row[name] for row in rows] for name in names])


def revise(con: duckdb.DuckDBPyConnection, tenant_id: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Overwrite the named columns of findings that exist; each row names `finding_id` and the same columns."""
    for row in rows:
        names = [name for name in row if name != "finding_id"]
        changes = ", ".join(f'"{name}" = ?' for name in names)
        con.execute(
            f"UPDATE finding SET {changes} WHERE tenant_id = ? AND finding_id = ?",
            [*(row[name] for name in names), tenant_id, row["finding_id"]],
        )


def seen_again(con: duckdb.DuckDBPyConnection, tenant_id: str, ids: Sequence[str], at: datetime) -> None:
    """These findings still hold."""
    con.execute(
        "UPDATE finding SET last_seen_at = ? WHERE tenant_id = ? AND finding_id IN (SELECT unnest(?::VARCHAR[]))",
        [at, tenant_id, list(ids)],
    )


def set_waivers(con: duckdb.DuckDBPyConnection, tenant_id: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Replace the tenant's waivers by those of its file."""
    con.execute("DELETE FROM waiver WHERE tenant_id = ?", [tenant_id])
    append(con, "waiver", rows)
