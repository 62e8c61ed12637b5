"""Run the inline tests of metrics on a scratch database with the store's own schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from ..errors import ContentError
from ..store.database import migrations
from .measure import population
from .metric import MOMENTS, Metric, Trial


@dataclass(frozen=True)
class TrialResult:
    """How one inline test went; `fault` is None when it passed."""

    metric_id: str
    name: str
    fault: str | None


def run_trials(metrics: Iterable[Metric]) -> list[TrialResult]:
    """Run every inline test of the metrics, each on empty tables."""
    with scratch() as con:
        return [TrialResult(m.id, trial.name, _fault(con, m, trial)) for m in metrics for trial in m.header.tests]


def scratch() -> duckdb.DuckDBPyConnection:
    """A database in memory with the store's tables, where any column may stay empty."""
    con = duckdb.connect(":memory:")
    con.execute("SET TimeZone = 'UTC'")
    for _, sql in migrations():
        con.execute(re.sub(r"(?<!IS )\bNOT NULL\b", "", sql))
    return con


def _fault(con: duckdb.DuckDBPyConnection, metric: Metric, trial: Trial) -> str | None:
    con.execute("BEGIN")
    try:
        for table, rows in trial.given.items():
            fill(con, table, rows)
        moments = {name: _moment(con, value) for name in MOMENTS if (value := getattr(trial, name)) is not None}
        _, _, found = population(con, metric, moments, trial.params)
        return _compare(con, found, trial.expect)
    except (duckdb.Error, ContentError, KeyError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        con.execute("ROLLBACK")


def fill(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows into a table, or stand in for a view with them; columns not named are null. Raises KeyError for
    a table or column that does not exist."""
    found = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND NOT internal", [table]
    ).fetchall()
    types = dict(found)
    if not types:
        raise KeyError(f"no table or view {table}")
    if con.execute("SELECT 1 FROM duckdb_views() WHERE view_name = ? AND NOT internal", [table]).fetchone():
        con.execute(f'CREATE TEMP TABLE "{table}" AS FROM "{table}" LIMIT 0')
    for row in rows:
        if unknown := row.keys() - types.keys():
            raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(f"CAST(? AS {types[name]})" for name in row)
        con.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(row.values()))


def _moment(con: duckdb.DuckDBPyConnection, value: object) -> object:
    row = con.execute("SELECT CAST(? AS TIMESTAMPTZ)", [value]).fetchone()
    return row[0] if row else None


def _compare(con: duckdb.DuckDBPyConnection, found: list[dict[str, Any]], expect: list[dict[str, Any]]) -> str | None:
    left = list(found)
    for wanted in expect:
        match = next((row for row in left if all(_same(row.get(k, ...), v) for k, v in wanted.items())), None)
        if match is None:
            return f"expected {wanted}, found {left}"
        left.remove(match)
    return f"not expected: {left}" if left else None


def _same(found: object, wanted: object) -> bool:
    if found is ...:
        return False
    if isinstance(wanted, bool) or wanted is None or isinstance(found, bool):
        return found is wanted
    if isinstance(wanted, int | float) and not isinstance(found, str):
        return float(found) == float(wanted)  # type: ignore[arg-type]
    return found == wanted or str(found) == str(wanted)
