"""The stage's SQL files: `sql/NN_name.sql`, one or more statements, each ended by a semicolon at the end of a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import duckdb

_FOLDER = Path(__file__).parent / "sql"
_PARAMETER = re.compile(r"\$([a-z_]+)")


@cache
def statements(name: str) -> tuple[str, ...]:
    """The statements of `sql/<name>.sql`, in order."""
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return tuple(part.strip() for part in re.split(r";[ \t]*(?:\n|\Z)", text) if part.strip())


def run(con: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> None:
    """Execute `sql/<name>.sql`; each statement is given those of `parameters` that it names."""
    for statement in statements(name):
        execute(con, statement, **parameters)


def execute(con: duckdb.DuckDBPyConnection, statement: str, **parameters: object) -> None:
    """Execute one statement with those of `parameters` that it names."""
    con.execute(statement, {key: parameters[key] for key in set(_PARAMETER.findall(statement))})


def number(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object] | Sequence[object] | None = None
) -> int:
    """The one number a query gives, 0 where it gives none."""
    row = con.execute(sql, parameters).fetchone()
    return int(row[0]) if row else 0


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert `rows`, with a value a column of `table`; nothing for none. Whole columns at once: one by one is slow."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        con.execute(f"INSERT INTO {table} SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)
