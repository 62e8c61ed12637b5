"""An empty copy of the schema in memory: for looking at statements, and for the tests inside rules and metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from ..once import once
from .database import migrations

TENANT = "00000000-0000-0000-0000-000000000000"

_CONSTRAINT = re.compile(r"(?<! IS) NOT NULL")


@dataclass(frozen=True)
class Workbench:
    """The connection, each relation's columns with their types, and which relations are views."""

    con: duckdb.DuckDBPyConnection
    columns: Mapping[str, Mapping[str, str]]
    views: frozenset[str]

    @property
    def relations(self) -> frozenset[str]:
        """All tables and views."""
        return frozenset(self.columns)

    @contextmanager
    def filled(self, given: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[None]:
        """Fill tables, and views as if they were tables, for the block. What is not named is null.

        Raises ValueError for a table or column that does not exist, duckdb.Error for a value of another type.
        """
        self.con.execute("BEGIN")
        try:
            for name, rows in given.items():
                self.fill(name, rows)
            yield
        finally:
            self.con.execute("ROLLBACK")

    def fill(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put rows into a table, or in place of a view; part of whatever transaction is open."""
        if name not in self.relations:
            raise ValueError(f"given: {name!r} is no table or view")
        kinds = self.columns[name]
        if name in self.views:
            declared = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
            self.con.execute(f'DROP VIEW "{name}"; CREATE TABLE "{name}" ({declared})')
        named = sorted({column for row in rows for column in row} | {"tenant_id"})
        if unknown := set(named) - kinds.keys():
            raise ValueError(f"given: {name} has no column {', '.join(sorted(unknown))}")
        if not rows:
            return
        columns = ", ".join(f'"{column}"' for column in named)
        lists = ", ".join(f"unnest(?::{kinds[column]}[])" for column in named)
        whole = [{"tenant_id": TENANT, **row} for row in rows]
        values = [[_bindable(row.get(column)) for row in whole] for column in named]
        self.con.execute(f'INSERT INTO "{name}" ({columns}) SELECT {lists}', values)


@once()
def workbench() -> Workbench:
    """The process's own bench, since making one takes longer than most tests; every use of it is rolled back."""
    return new_workbench()


def new_workbench() -> Workbench:
    """An empty schema whose columns all take null."""
    con = duckdb.connect(":memory:")
    con.execute("SET TimeZone = 'UTC'")
    for _, sql in migrations():
        con.execute(_CONSTRAINT.sub("", sql))
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY column_index"
    ).fetchall():
        columns.setdefault(table, {})[column] = kind
    views = con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    return Workbench(con, columns, frozenset(name for (name,) in views))


def _bindable(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return [_bindable(item) for item in value] if isinstance(value, list) else value
