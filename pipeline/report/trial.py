"""Run the inline tests of metrics on an empty copy of the store's schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from ..errors import ContentError
from ..store.workbench import Workbench, workbench
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
    bench = workbench()
    return [TrialResult(m.id, trial.name, _fault(bench, m, trial)) for m in metrics for trial in m.header.tests]


def _fault(bench: Workbench, metric: Metric, trial: Trial) -> str | None:
    con = bench.con
    try:
        with bench.filled(trial.given):
            moments = {name: _moment(con, value) for name in MOMENTS if (value := getattr(trial, name)) is not None}
            _, _, found = population(con, metric, moments, trial.params)
            return _compare(con, found, trial.expect)
    except (duckdb.Error, ContentError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


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
