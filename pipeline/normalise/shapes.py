"""The shapes audit events come in, as columns for DuckDB's `read_ndjson`.

A line of a segment is `{p, n, e}` or `{p, n, r}`; `e` is read with the types given here, so that unknown keys cost
nothing and a value of another type is null. Every shape has an SQL file that brings it to the same columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .statements import statements

Fields = Mapping[str, object]
"""Name to type: a type name, a mapping (an object) or a list of one of them."""

TEXT = "VARCHAR"

TARGETS: list[object] = [
    {
        "id": TEXT,
        "displayName": TEXT,
        "type": TEXT,
        "userPrincipalName": TEXT,
        "modifiedProperties": [{"displayName": TEXT, "oldValue": TEXT, "newValue": TEXT}],
    }
]
DETAILS: list[object] = [{"key": TEXT, "value": TEXT}]
INITIATOR: Fields = {
    "user": {"id": TEXT, "displayName": TEXT, "userPrincipalName": TEXT, "ipAddress": TEXT},
    "app": {"appId": TEXT, "displayName": TEXT, "servicePrincipalId": TEXT},
}

GRAPH: Fields = {
    "id": TEXT,
    "category": TEXT,
    "correlationId": TEXT,
    "result": TEXT,
    "resultReason": TEXT,
    "activityDisplayName": TEXT,
    "activityDateTime": TEXT,
    "loggedByService": TEXT,
    "operationType": TEXT,
    "initiatedBy": INITIATOR,
    "targetResources": TARGETS,
    "additionalDetails": DETAILS,
}
"""An item of Graph's directoryAudits."""

MONITOR: Fields = {
    "time": TEXT,
    "tenantId": TEXT,
    "resourceId": TEXT,
    "operationName": TEXT,
    "correlationId": TEXT,
    "resultDescription": TEXT,
    "callerIpAddress": TEXT,
    "properties": GRAPH,
}
"""A row of Azure Monitor's category AuditLogs: Event Hub, storage account."""

LOG_ANALYTICS: Fields = {
    "TimeGenerated": TEXT,
    "AADTenantId": TEXT,
    "ResourceId": TEXT,
    "Id": TEXT,
    "Category": TEXT,
    "CorrelationId": TEXT,
    "Result": TEXT,
    "ResultReason": TEXT,
    "ResultDescription": TEXT,
    "ActivityDisplayName": TEXT,
    "OperationName": TEXT,
    "ActivityDateTime": TEXT,
    "LoggedByService": TEXT,
    "AADOperationType": TEXT,
    "InitiatedBy": TEXT,
    "TargetResources": TEXT,
    "AdditionalDetails": TEXT,
}
"""A row of the table AuditLogs. Its three dynamic columns come as JSON or as JSON in a string; both read as text."""


@dataclass(frozen=True)
class Shape:
    """How a source's lines are read: the type of `e`, and the file under `sql/` that makes the common columns of it."""

    item: Fields
    sql: str


SHAPES: Mapping[str, Shape] = {
    "directory_audits": Shape(GRAPH, "10_graph"),
    "graph_import": Shape(GRAPH, "10_graph"),
    "monitor": Shape(MONITOR, "10_monitor"),
    "log_analytics": Shape(LOG_ANALYTICS, "10_log_analytics"),
}
"""By source, as in `segment.source`."""


def flat(source: str, limit: int, *, lenient: bool) -> str:
    """The query that reads a source's files into rows of `audit_event`; `limit` is the longest line in bytes.

    Beside those columns it gives `fault`, `fault_detail`, `targets` and `details`. A line that is not of the source's
    shape has no columns where reading is `lenient`, else it ends the query, which reads a seventh faster.
    """
    shape = SHAPES[source]
    lines = filled(
        statements(shape.sql)[0],
        columns=columns(shape.item),
        limit=str(limit),
        lenient=str(lenient),
        initiator=json_structure(INITIATOR),
        targets=json_structure(TARGETS),
        details=json_structure(DETAILS),
    )
    return filled(statements("11_flat")[0], lines=lines)


def filled(text: str, **values: str) -> str:
    """`text` with every `{name}` replaced."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def columns(item: Fields) -> str:
    """The `columns` argument for a segment whose items have type `item`: `{p: 'INTEGER', …}`."""
    parts = {"p": "INTEGER", "n": "INTEGER", "r": "BIGINT[]", "e": sql_type(item)}
    return "{" + ", ".join(f"{name}: {_literal(kind)}" for name, kind in parts.items()) + "}"


def sql_type(kind: object) -> str:
    """The SQL type: `STRUCT("id" VARCHAR, …)`, `…[]`. Raises TypeError for what is no type."""
    match kind:
        case str():
            return kind
        case [inner]:
            return f"{sql_type(inner)}[]"
        case {**fields}:
            return "STRUCT(" + ", ".join(f'"{name}" {sql_type(inner)}' for name, inner in fields.items()) + ")"
    raise TypeError(f"no type: {kind!r}")


def json_structure(kind: object) -> str:
    """The same type as `from_json` wants it, as an SQL literal."""
    return _literal(_structure(kind))


def _structure(kind: object) -> str:
    match kind:
        case [inner]:
            return f"[{_structure(inner)}]"
        case {**fields}:
            return "{" + ", ".join(f'"{name}": {_structure(inner)}' for name, inner in fields.items()) + "}"
    return f'"{kind}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
