"""The journal: what raw data cannot give back, written down before the database has it.

Findings, alerts, the outbox and runs live in tables like any other, but nothing changes them except a `Change`. The
changes of a transaction are one line of `journal/journal.ndjson`, durable before the commit, which also moves the
database's mark. A kill between the two leaves a database that is behind, and whose next opening makes the same changes
by the same function; so does a new database, from the first line on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import duckdb
import msgspec

from ..errors import IntegrityError
from ..model import iso
from .chain import Chain

TABLES = ("run", "rule_run", "finding", "alert", "outbox", "waiver")
"""What raw data cannot give back. Columns are only ever added to them, and may be null: old lines are read for ever."""

Row = Mapping[str, object]


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows of one table that come, change or go; values are as JSON has them, times as ISO text.

    `same` are columns with one value for all rows. An update or deletion concerns the rows whose `match` columns are
    equal, null to null.
    """

    op: Literal["insert", "update", "delete"]
    table: str
    columns: list[str]
    rows: list[list[Any]]
    same: dict[str, Any] = {}
    match: list[str] = []


Journal = Chain[list[Change]]
"""A line is a transaction: its changes in their order."""


class Changes:
    """The changes of a transaction under way: each is made at once, and kept for the journal in `made`."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.made: list[Change] = []

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Add rows that name their columns, all of them the same ones."""
        self._make("insert", table, rows)

    def update(self, table: str, match: Sequence[str], rows: Sequence[Row]) -> None:
        """Set the columns the rows name besides `match`, where those are equal."""
        self._make("update", table, rows, match)

    def delete(self, table: str, rows: Sequence[Row]) -> None:
        """Remove the rows that are equal in the columns named."""
        self._make("delete", table, rows, list(rows[0]) if rows else ())

    def _make(self, op: Any, table: str, rows: Sequence[Row], match: Sequence[str] = ()) -> None:
        if not rows:
            return
        names = list(rows[0])
        if any(row.keys() != rows[0].keys() for row in rows):
            raise ValueError(f"{table}: rows of one change name the same columns")
        values = [[_plain(row[name]) for name in names] for row in rows]
        alike = {n for n, column in enumerate(zip(*values, strict=True)) if all(v == column[0] for v in column)}
        if len(rows) == 1 or len(alike) == len(names):
            alike = set()
        varying = [n for n in range(len(names)) if n not in alike]
        same = {names[n]: values[0][n] for n in sorted(alike)}
        slim = [[row[n] for n in varying] for row in values]
        change = Change(op, table, [names[n] for n in varying], slim, same, list(match))
        apply(self.con, change)
        self.made.append(change)


def open_journal(path: Any) -> Journal:
    """The journal at `path`, not yet open for appending."""
    return Chain(path, list[Change])


def apply(con: duckdb.DuckDBPyConnection, change: Change) -> None:
    """Make one change. Raises IntegrityError for a table or column that no journal may touch."""
    kinds = _kinds(con, change.table)
    named = [*change.same, *change.columns]
    if unknown := {*named, *change.match} - kinds.keys():
        raise IntegrityError(f"no columns of {change.table}: {', '.join(sorted(unknown))}")
    columns = [list(column) for column in zip(*change.rows, strict=True)]
    values = [*change.same.values(), *columns]
    alike = [f'?::{kinds[name]} AS "{name}"' for name in change.same]
    picked = ", ".join([*alike, *(f'unnest(?::{kinds[name]}[]) AS "{name}"' for name in change.columns)])
    con.execute(_statement(change, named, picked), values)


def _statement(change: Change, named: Sequence[str], picked: str) -> str:
    where = " AND ".join(f't."{name}" IS NOT DISTINCT FROM k."{name}"' for name in change.match)
    match change.op:
        case "insert":
            columns = ", ".join(f'"{name}"' for name in named)
            return f"INSERT INTO {change.table} ({columns}) SELECT {picked}"
        case "update":
            changes = ", ".join(f'"{name}" = k."{name}"' for name in named if name not in change.match)
            return f"UPDATE {change.table} t SET {changes} FROM (SELECT {picked}) k WHERE {where}"
        case "delete":
            return f"DELETE FROM {change.table} t USING (SELECT {picked}) k WHERE {where}"


def _kinds(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    if table not in TABLES:
        raise IntegrityError(f"no table of the journal: {table!r}")
    return {row[0]: row[1] for row in con.execute(f"DESCRIBE {table}").fetchall()}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
    return value
