"""Metrics as files: a header that says what is counted, and one SELECT that returns the population.

The SELECT gives one row a member: `row_id` first (unique), readable columns, `reason` (why it is an exception or was
not judged) and `passes` last: true, false, or null for not judged. A row stands for itself or, with `weight`, for as
many as that column says. `measures` names columns that hold the same value on every row, told beside n and N.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..content import reports_dir
from ..errors import ContentError
from ..header import SqlFile, read_sql_file

_ID = re.compile(r"[A-Z]{3}-\d{2}|DQ-\d{2}")
MOMENTS = frozenset({"since", "until", "as_of"})
"""Bound for every metric: the period's ends in UTC, and the moment state is judged at, which is its end."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Param(_Part):
    """A threshold: printed with its source in every report."""

    type: Literal["integer", "number", "text", "list"]
    default: int | float | str | list[str]
    doc: str
    source: str


class Measure(_Part):
    label: str
    unit: str


class Trial(_Part):
    """An inline test: tables to fill, and the rows expected (by subset of columns; count equal, order ignored)."""

    name: str
    since: Any = None
    until: Any = None
    as_of: Any = None
    params: dict[str, Any] = {}
    given: dict[str, list[dict[str, Any]]]
    expect: list[dict[str, Any]]


class Header(_Part):
    title: str
    question: str
    type: Literal["period", "point_in_time"]
    criterion: str
    criterion_source: str
    population: str
    numerator: str
    denominator: str
    counts: Literal["passing", "exceptions"]
    """Which of the two the numerator counts."""
    weight: str | None = None
    measures: dict[str, Measure] = {}
    needs: tuple[str, ...]
    """Sources of the population: without any of them nothing is tested, without some the result is limited."""
    requires: tuple[str, ...] = ()
    """Sources without each of which no verdict is possible."""
    reads: tuple[str, ...] = Field(min_length=1)
    params: dict[str, Param] = {}
    blind_spots: tuple[str, ...]
    tests: tuple[Trial, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Metric:
    """A metric: its id is its file's name."""

    id: str
    header: Header
    file: SqlFile

    @property
    def population_file(self) -> str:
        """Where the CSV edition keeps its rows."""
        return f"populations/{self.id}.csv"

    def bind(self, moments: Mapping[str, object], params: Mapping[str, object] | None = None) -> dict[str, object]:
        """The parameters of the statement and no others: moments, and the header's defaults or `params`."""
        known = {name: param.default for name, param in self.header.params.items()} | dict(moments) | dict(params or {})
        return {name: known[name] for name in self.file.bound}


def load_metrics(folder: Path | None = None) -> dict[str, Metric]:
    """Every metric by id. Raises ContentError with file and line at the first that has a fault."""
    folder = folder or reports_dir() / "metrics"
    return {metric.id: metric for path in sorted(folder.glob("*.sql")) if (metric := load_metric(path))}


def load_metric(path: Path) -> Metric:
    """Read one metric. Raises ContentError."""
    if not _ID.fullmatch(path.stem):
        raise ContentError("a metric is named like PRV-01.sql", path)
    file = read_sql_file(path)
    try:
        header = Header.model_validate(file.fields)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ContentError(f"header: {faults}", path, 2) from error
    if unknown := file.bound - MOMENTS - header.params.keys():
        raise ContentError(f"binds what no parameter declares: {', '.join(sorted(unknown))}", path, file.sql_line)
    return Metric(path.stem, header, file)
