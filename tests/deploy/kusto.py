"""KQL without a cluster: run on DuckDB, and checked by the language service that Azure's own editor uses.

What the translation lacks is stood in for: `ingestion_time()` is a column of the sample rows, a watchlist is a table
with its columns, `string_size` is DuckDB's count of bytes; `cut`, whose translation DuckDB takes minutes to plan, is a
macro held against the original by a test. Texts without a value are empty, as they are in Kusto.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import duckdb_kql
from duckdb_kql.translate import functions

from deploy.sentinel.rules import kql
from deploy.sentinel.template import TABLES

HERE = Path(__file__).parent
Columns = Sequence[tuple[str, str]]
Row = dict[str, Any]

_SQL = {"datetime": "TIMESTAMPTZ", "string": "VARCHAR", "int": "INTEGER", "long": "BIGINT", "real": "DOUBLE"}
_SQL |= {"boolean": "BOOLEAN", "dynamic": "JSON"}
_ARRIVAL = ("_arrived", "datetime")

CUT = re.compile(r"let cut = .*?\n};\n", re.DOTALL)
"""Where a query declares `cut`."""

_OWN = {
    "string_size": ("strlen({0})", 1),
    "cut": ("CASE WHEN strlen({0}) <= {1} THEN {0} ELSE substring({0}, 1, ({1} - 3) // 4) || '...' END", 2),
}


class Workspace:
    """A workspace in memory whose clock is set by hand; of `only` these columns where that is enough."""

    def __init__(self, only: str | None = None) -> None:
        self._tables = {
            table: [column for column in columns if only is None or column[0] in only.split()]
            for table, columns in TABLES.items()
        }
        self.con = duckdb.connect()
        self._translated: dict[str, str] = {}
        self.con.execute("SET TimeZone = 'UTC'")
        for name, (sql, count) in _OWN.items():
            functions.SCALAR_FUNCTIONS[name] = functions._f(name, "native", sql, (count,), ())
        for name, columns in self._tables.items():
            self._create(name, [*columns, _ARRIVAL])

    def arrive(self, table: str, row: Mapping[str, Any], at: datetime) -> None:
        """A row as it comes in: null texts are empty, columns not given are null."""
        columns = [*self._tables[table], _ARRIVAL]
        held = [_value(row.get(name), kind) for name, kind in columns[:-1]]
        self.con.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", [*held, at])

    def empty(self) -> None:
        """Forget every row."""
        for name in TABLES:
            self.con.execute(f"DELETE FROM {name}")

    def texts(self, name: str, columns: str, rows: Iterable[Sequence[str]]) -> None:
        """A table of texts, or a watchlist: then `columns` begins with SearchKey."""
        self._create(name, [(column, "string") for column in columns.split()])
        for row in rows:
            self.con.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", list(row))

    def query(self, text: str, now: datetime) -> list[Row]:
        """The rows `text` gives at `now`; translated once."""
        if text not in self._translated:
            known = re.sub(r"_GetWatchlist\('(\w+)'\)", r"\1", text.replace("ingestion_time()", _ARRIVAL[0]))
            known = re.sub(r"column_ifexists\('(\w+)', ''\)", r"\1", known)
            known = CUT.sub("", known) if "materialize" in known else known
            known = re.sub(r"^PimAlerts$", kql("PimAlerts"), known, flags=re.MULTILINE)
            found = duckdb_kql.query(self.con, known, query_now=now, allow_write=False)
            self._translated[text] = found.sql_query()
        sql = self._translated[text]
        clock = {"kqlnow": now.astimezone(UTC).replace(tzinfo=None)} if "$kqlnow" in sql else {}
        answer = self.con.execute(sql, clock)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def _create(self, name: str, columns: Columns) -> None:
        listed = ", ".join(f'"{column}" {_SQL[kind]}' for column, kind in columns)
        self.con.execute(f"CREATE OR REPLACE TABLE {name} ({listed})")


def _value(value: object, kind: str) -> object:
    if kind == "dynamic":
        return json.dumps(value)
    return "" if value is None and kind == "string" else value


def schema(columns: Columns) -> str:
    """`(A:string, B:bool)`, as Kusto declares a table."""
    return "(" + ", ".join(f"{name}:{'bool' if kind == 'boolean' else kind}" for name, kind in columns) + ")"


def missing() -> str | None:
    """Why the language service cannot be asked, if it cannot."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (HERE / "node_modules" / "@kusto").is_dir():
        return "the Kusto language service is not installed: npm ci --prefix tests/deploy"
    return None


def analyse(
    queries: Mapping[str, str], tables: Mapping[str, str], calls: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Query → its faults, and the columns it gives with their types. `calls`: function → (parameters, body)."""
    asked = {"queries": dict(queries), "tables": dict(tables), "calls": dict(calls)}
    told = subprocess.run(
        ["node", str(HERE / "language_service.js")], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    return {name: (found["faults"], found["columns"]) for name, found in json.loads(told.stdout).items()}
