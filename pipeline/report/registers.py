"""The full lists an assessor reads: activations, assignments, policies, findings; and small tables of provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

_SQL = Path(__file__).parent / "sql"
REGISTERS = ("activations", "assignments", "policies", "findings")


@dataclass(frozen=True)
class Table:
    """Rows of one query, with (column, type) pairs in its order."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Mapping[str, Any], ...]


def read_table(con: duckdb.DuckDBPyConnection, name: str, known: Mapping[str, object]) -> Table:
    """Run `sql/<name>.sql`; it binds what it names of `known`."""
    sql = query(name)
    cursor = con.execute(sql, {key: value for key, value in known.items() if f"${key}" in sql})
    columns = tuple((column[0], str(column[1])) for column in cursor.description or ())
    names = [column for column, _ in columns]
    return Table(name, columns, tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall()))


def query(name: str) -> str:
    """The text of one of the stage's own queries."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def queries() -> list[str]:
    """The names of them all, sorted."""
    return sorted(path.stem for path in _SQL.glob("*.sql"))


def read_findings(con: duckdb.DuckDBPyConnection, known: Mapping[str, object]) -> Table:
    """The findings, with what their alert record says of controls and request instead of the record itself."""
    table = read_table(con, "findings", known)
    rows = tuple(_with_record(row) for row in table.rows)
    columns = tuple(column for column in table.columns if column[0] != "record")
    return Table(table.name, (*columns, ("controls", "VARCHAR"), ("request_id", "VARCHAR")), rows)


def _with_record(row: Mapping[str, Any]) -> dict[str, Any]:
    record = json.loads(row["record"])
    controls = record.get("ControlIds") or []
    rest = {name: value for name, value in row.items() if name != "record"}
    return {**rest, "controls": " ".join(map(str, controls)), "request_id": record.get("RequestId")}
