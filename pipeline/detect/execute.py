"""Run one checked statement on an open connection and hand its rows out as plain JSON values.

The rule process and the inline tests share this; it imports nothing of pimtrail, so that the process starts quickly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

import duckdb

ROW_LIMIT = 50_000
"""A rule that finds more is a faulty rule."""

_MOMENTS = ("as_of", "since", "until")


class Answer(TypedDict):
    """Columns and rows of one statement."""

    columns: list[str]
    rows: list[list[Any]]


def execute(con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> Answer:
    """Run the statement with the parameters it binds.

    Times of parameters are ISO texts. Raises duckdb.Error, and ValueError where the result has too many rows, a column
    twice, or a value that has no JSON form.
    """
    bound = {name: _moment(value) if name in _MOMENTS else value for name, value in parameters.items()}
    cursor = con.execute(sql, bound or None)
    columns = [column[0].lower() for column in cursor.description or ()]
    if twice := {name for name in columns if columns.count(name) > 1}:
        raise ValueError(f"columns named twice: {', '.join(sorted(twice))}")
    rows = cursor.fetchmany(ROW_LIMIT + 1)
    if len(rows) > ROW_LIMIT:
        raise ValueError(f"finds more than {ROW_LIMIT} rows")
    return {"columns": columns, "rows": [[plain(value) for value in row] for row in rows]}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def plain(value: Any) -> Any:
    """A value as JSON has it: times as ISO UTC with six digits, days as ISO dates, NaN as null.

    Raises ValueError for bytes and other things without a form.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return _iso(value)
        case date() | time():
            return value.isoformat()
        case Decimal() | timedelta():
            return float(value) if isinstance(value, Decimal) else value.total_seconds()
        case UUID():
            return str(value)
        case Mapping():
            return {str(name): plain(held) for name, held in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [plain(held) for held in value]
    raise ValueError(f"a value of type {type(value).__name__} cannot be told")


def _iso(value: datetime) -> str:
    if value.tzinfo is None:
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
