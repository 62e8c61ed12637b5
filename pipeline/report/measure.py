"""Run a metric over the store and say what came of it, in the five words that results have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import duckdb

from ..errors import ContentError
from .metric import Metric
from .sources import Sources

Row = Mapping[str, Any]


class Outcome(StrEnum):
    """The words a result may have; the order is that of attention."""

    EXCEPTIONS = "exceptions noted"
    GAP = "data gap"
    NOT_TESTED = "not tested"
    NO_POPULATION = "no population"
    NONE = "no exceptions noted"


@dataclass(frozen=True)
class Result:
    """An outcome with its numbers (`n of N`) or its reason."""

    outcome: Outcome
    detail: str = ""

    @property
    def text(self) -> str:
        """As reports print it: `exceptions noted (3 of 41)`."""
        return f"{self.outcome} ({self.detail})" if self.detail else str(self.outcome)


@dataclass(frozen=True)
class Measurement:
    """A metric's rows and what they count. Counts are rows, or the sum of the weight column."""

    metric: Metric
    result: Result
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    passing: int = 0
    failing: int = 0
    unjudged: int = 0
    limits: tuple[str, ...] = ()
    """What was missing while it was measured, a sentence each."""
    seen_at: datetime | None = None
    """Of a point-in-time metric: when the newest snapshot it rests on was taken."""
    measures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tested(self) -> int:
        """N: the members that could be judged."""
        return self.passing + self.failing

    @property
    def counted(self) -> int:
        """The numerator as the header words it."""
        return self.passing if self.metric.header.counts == "passing" else self.failing

    @property
    def exceptions(self) -> tuple[Row, ...]:
        """The rows that fail."""
        return tuple(row for row in self.rows if row["passes"] is False)

    @property
    def left_out(self) -> dict[str, int]:
        """Why members were not judged, and how many each."""
        reasons: dict[str, int] = {}
        for row in self.rows:
            if row["passes"] is None:
                reason = str(row.get("reason") or "not known")
                reasons[reason] = reasons.get(reason, 0) + weight_of(self.metric, row)
        return reasons


def weight_of(metric: Metric, row: Row) -> int:
    """How many members a row stands for."""
    return int(row[metric.header.weight]) if metric.header.weight else 1


def measure(
    con: duckdb.DuckDBPyConnection, metric: Metric, moments: Mapping[str, object], sources: Sources
) -> Measurement:
    """Run one metric. A metric that fails, fails alone: its result is `not tested` with the error.

    Part of an open transaction. DuckDB ends that at a fault; the new one sees the same rows, as the lock is held.
    """
    missing = sources.missing(metric)
    if why := sources.why_untested(metric):
        return Measurement(metric, Result(Outcome.NOT_TESTED, why), limits=tuple(missing))
    try:
        columns, types, rows = population(con, metric, moments)
    except (duckdb.Error, ContentError) as error:
        con.execute("ROLLBACK")
        con.execute("BEGIN")
        return Measurement(metric, Result(Outcome.NOT_TESTED, f"the metric failed: {str(error).splitlines()[0]}"))
    counts = {verdict: sum(weight_of(metric, r) for r in rows if r["passes"] is verdict) for verdict in (True, False)}
    unjudged = sum(weight_of(metric, row) for row in rows if row["passes"] is None)
    limits = (*missing, *sources.limits(metric))
    result = conclude(counts[True], counts[False], unjudged, gap=bool(limits))
    figures = {name: rows[0][name] for name in metric.header.measures} if rows else {}
    shape = (columns, types, tuple(rows), counts[True], counts[False], unjudged)
    return Measurement(metric, result, *shape, limits, sources.seen_at(metric), figures)


def conclude(passing: int, failing: int, unjudged: int, *, gap: bool) -> Result:
    """The result of counts. With a gap in the data the absence of exceptions cannot be told."""
    if failing:
        return Result(Outcome.EXCEPTIONS, f"{failing} of {passing + failing}")
    if gap:
        return Result(Outcome.GAP)
    if passing:
        return Result(Outcome.NONE)
    if unjudged:
        return Result(Outcome.NOT_TESTED, f"none of {unjudged} could be judged")
    return Result(Outcome.NO_POPULATION)


def population(
    con: duckdb.DuckDBPyConnection,
    metric: Metric,
    moments: Mapping[str, object],
    params: Mapping[str, object] | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...], list[dict[str, Any]]]:
    """(columns, types, rows) of a metric's statement. Raises ContentError where the rows break the form."""
    cursor = con.execute(metric.file.sql, metric.bind(moments, params))
    description = cursor.description or ()
    columns = tuple(column[0] for column in description)
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    _check_form(metric, columns, rows)
    return columns, tuple(str(column[1]) for column in description), rows


def _check_form(metric: Metric, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    wanted = {"row_id", "passes", "reason", *metric.header.measures, *filter(None, [metric.header.weight])}
    if lacking := wanted - set(columns):
        raise ContentError(f"returns no column {', '.join(sorted(lacking))}", metric.file.path, metric.file.sql_line)
    if len({row["row_id"] for row in rows}) != len(rows):
        raise ContentError("returns a row_id twice", metric.file.path, metric.file.sql_line)
    for name in metric.header.measures:
        if len({row[name] for row in rows}) > 1:
            raise ContentError(f"the measure {name} differs between rows", metric.file.path, metric.file.sql_line)
