"""The daily series behind the plots. Aggregation is SQL's; pandas lays the days side by side."""

from __future__ import annotations

import warnings
from datetime import timedelta
from typing import Any

import duckdb
import pandas as pd

from .period import Period, midnight
from .registers import query


def daily(con: duckdb.DuckDBPyConnection, period: Period) -> pd.DataFrame:
    """One row a local day: `day`, `eligible`, `standing` (at its end; missing before the first snapshot),
    `activations`, `findings` (in it)."""
    ends = [min(midnight(day + timedelta(days=1), period.zone), period.ends) for day in period.days]
    rights = _frame(con, query("rights_by_day"), {"moments": ends})
    rights["day"] = list(period.days)
    rights.loc[~rights["observed"].fillna(False).astype(bool), ["eligible", "standing"]] = pd.NA
    between = {"since": period.begins, "until": period.ends, "zone": period.zone.key}
    uses = _frame(con, query("uses_by_day"), between)
    uses["day"] = pd.to_datetime(uses["day"]).dt.date
    joined = rights[["day", "eligible", "standing"]].merge(uses, on="day", how="left")
    counts = ["eligible", "standing", "activations", "findings"]
    joined[["activations", "findings"]] = joined[["activations", "findings"]].fillna(0)
    joined[counts] = joined[counts].astype("Int64")
    return joined


def _frame(con: duckdb.DuckDBPyConnection, sql: str, known: dict[str, Any]) -> pd.DataFrame:
    with warnings.catch_warnings():
        # DuckDB's own conversion still passes an argument that pandas 3 retires.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"duckdb.*")
        warnings.filterwarnings("ignore", message=r".*inplace.*")
        return con.execute(sql, known).df()
