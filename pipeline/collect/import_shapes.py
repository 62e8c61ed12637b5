"""Which of the three shapes a row has: Microsoft Graph's, Azure Monitor's, or that of a Log Analytics table."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

GRAPH, MONITOR, LOG_ANALYTICS = "graph_import", "monitor", "log_analytics"
"""Names of the raw sources."""

_AUDIT_COLUMNS = ("AADOperationType", "LoggedByService", "ActivityDisplayName")
"""Of the tables that have OperationName only AuditLogs has these. Column Type proves nothing: queries overwrite it."""


_ESCAPES = re.compile(rb"\\\\|\\u0022")
"""An escaped backslash, so that what follows it is no escape, or an escaped quotation mark."""


class MalformedError(ValueError):
    """Bytes that are no JSON, or JSON that parsers read differently."""


class UnknownShapeError(ValueError):
    """JSON that is no audit event of a shape known here."""


def strict(data: bytes) -> object:
    """`data` as one JSON value. Raises MalformedError also for what some parsers take and some do not.

    Such are a key that stands twice in an object, NaN, half a surrogate pair, and bytes that are no UTF-8.
    """
    try:
        value: object = msgspec.json.decode(data)
    except RecursionError as error:
        raise MalformedError("nested too deeply") from error
    except ValueError as error:
        raise MalformedError(str(error)) from error
    if _has_lost_quotes(data, value):
        raise MalformedError("a key stands twice in one object")
    return value


def _has_lost_quotes(data: bytes, value: object) -> bool:
    """Whether `value` has fewer keys than `data`: written again, all other quotation marks are there again."""
    spelt_out = _ESCAPES.findall(data).count(b"\\u0022") if b"\\u0022" in data else 0
    return data.count(b'"') + spelt_out != msgspec.json.encode(value).count(b'"')


def source_of(row: object) -> str:
    """The raw source a row belongs to. Raises UnknownShapeError with the reason it belongs to none."""
    if not isinstance(row, dict):
        raise UnknownShapeError("not a JSON object")
    if "TimeGenerated" in row and any(column in row for column in _AUDIT_COLUMNS):
        return LOG_ANALYTICS
    if isinstance(row.get("properties"), dict) and "operationName" in row:
        return _monitor(row)
    if "activityDisplayName" in row or "activityDateTime" in row:
        return GRAPH
    raise UnknownShapeError(f"no audit event; its keys are {_listed(row)}")


def _monitor(row: Mapping[str, object]) -> str:
    if row.get("category") != "AuditLogs":
        raise UnknownShapeError(f"a record of category {row.get('category')!r:.60}, not of AuditLogs")
    return MONITOR


def _listed(row: Mapping[str, object]) -> str:
    return ", ".join(f"{key!r:.30}" for key in list(row)[:8]) or "none"
