"""Which of the three shapes a row has: Microsoft Graph's, Azure Monitor's, or that of a Log Analytics table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

GRAPH, MONITOR, LOG_ANALYTICS = "graph_import", "monitor", "log_analytics"
"""Names of the raw sources."""

_AUDIT_COLUMNS = ("AADOperationType", "LoggedByService", "ActivityDisplayName")
"""Of the tables that have OperationName only AuditLogs has these. Column Type proves nothing: queries overwrite it."""


_PLACE = re.compile("(?i)/tenants/([^/]+)")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

_ESCAPES = re.compile(rb"\\\\|\\u0022")
"""An escaped backslash, so that what follows it is no escape, or an escaped quotation mark."""


class MalformedError(ValueError):
    """Bytes that are no JSON, or JSON that parsers read differently."""


class UnknownShapeError(ValueError):
    """JSON that is no audit event of a shape known here."""


class OtherLogError(UnknownShapeError):
    """A record of another log, such as sign-ins, which one export may hold beside the audit log."""


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
    if "TimeGenerated" in row and isinstance(row.get("Type"), str) and row["Type"] != "AuditLogs":
        raise OtherLogError(f"rows of the table {row['Type']!r:.60}, not AuditLogs")
    raise UnknownShapeError(f"no audit event; its keys are {_listed(row)}")


def _monitor(row: Mapping[str, object]) -> str:
    category = row.get("category")
    if isinstance(category, str) and category not in ("", "AuditLogs"):
        raise OtherLogError(f"records of category {category!r:.60}, not AuditLogs")
    if category != "AuditLogs":
        raise UnknownShapeError("an Azure Monitor record without a category")
    return MONITOR


def time_of(source: str, row: Mapping[str, object]) -> str | None:
    """When the event happened, as the row says it."""
    if source == MONITOR:
        properties = row["properties"]
        said = (isinstance(properties, dict) and properties.get("activityDateTime")) or row.get("time")
    else:
        said = row.get("ActivityDateTime") or row.get("TimeGenerated") or row.get("activityDateTime")
    return said if isinstance(said, str) else None


def tenant_of(source: str, row: Mapping[str, object]) -> str | None:
    """The tenant the row names, if it does. A row of a Log Analytics table calls its workspace TenantId."""
    named = row.get("tenantId" if source == MONITOR else "AADTenantId")
    if not isinstance(named, str):
        place = _PLACE.match(str(row.get("resourceId" if source == MONITOR else "ResourceId") or ""))
        named = place[1] if place else None
    return named


class Times:
    """The first and the last of many times; what is no time of a log counts for nothing."""

    def __init__(self) -> None:
        self.span: tuple[datetime, datetime] | tuple[None, None] = (None, None)
        """Both None where there was none."""
        self._first, self._last = "9999", ""

    def add(self, said: str | None) -> None:
        """One more time."""
        if said is None or self._first <= said[:19] <= self._last:
            return
        try:
            moment = datetime.fromisoformat(said)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return
        if _EARLIEST <= moment < _LATEST:
            since, until = self.span
            self.span = min(since or moment, moment), max(until or moment, moment)
            self._first, self._last = min(self._first, said[:19]), max(self._last, said[:19])


def _listed(row: Mapping[str, object]) -> str:
    return ", ".join(f"{key!r:.30}" for key in list(row)[:8]) or "none"
