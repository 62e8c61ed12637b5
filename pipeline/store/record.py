"""The alert and heartbeat records, declared once: JSONL, stream, table, parser and tests all follow these columns."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

SCHEMA_VERSION = "1.0"

Kind = Literal["string", "int", "long", "real", "boolean", "datetime", "dynamic"]
"""What a Logs Ingestion stream may declare. Tables of Log Analytics spell `dateTime`, KQL spells `bool`."""


class Column(NamedTuple):
    """A column of a record; `meaning` is a phrase for people, for tables and pages alike."""

    name: str
    kind: Kind
    meaning: str


ALERT = (
    Column("TimeGenerated", "datetime", "when this revision first waited for delivery; the same in every copy"),
    Column("AlertId", "string", "SHA-256 of rule, tenant and keys; the same for the same facts for ever"),
    Column("Revision", "int", "1, and one more each time severity or status changes"),
    Column("DedupKey", "string", "groups repeats of one matter: rule, subject, target"),
    Column("SchemaVersion", "string", "version of these columns"),
    Column("RunId", "string", "the run that raised it"),
    Column("EntraTenantId", "string", "the tenant's id"),
    Column("TenantName", "string", "the tenant's name in the configuration"),
    Column("RuleId", "string", "the rule, as family.name"),
    Column("RuleVersion", "string", "the rule's version"),
    Column("AlertName", "string", "what happened, in one line"),
    Column("AlertDescription", "string", "why it fired, against what was expected"),
    Column("Severity", "string", "Informational, Low, Medium or High"),
    Column("ConfidenceScore", "real", "0 to 1"),
    Column("Status", "string", "New or Resolved"),
    Column("Tactics", "string", "MITRE ATT&CK tactics in Sentinel's spelling, separated by commas"),
    Column("Techniques", "string", "MITRE ATT&CK techniques, separated by commas"),
    Column("Surface", "string", "EntraRole, Group, AzureResource or Tenant"),
    Column("EventStartTime", "datetime", "when the activity began"),
    Column("EventEndTime", "datetime", "when the activity ended or will end"),
    Column("DetectedTime", "datetime", "when it was found"),
    Column("ActorObjectId", "string", "object id of who did it"),
    Column("ActorUpn", "string", "user principal name of who did it"),
    Column("ActorName", "string", "display name of who did it"),
    Column("ActorType", "string", "User, ServicePrincipal, System or Group"),
    Column("ActorAppId", "string", "application id of an actor that is an application"),
    Column("TargetObjectId", "string", "object id of whom it was done to, or who received"),
    Column("TargetUpn", "string", "user principal name of the target"),
    Column("TargetName", "string", "display name of the target"),
    Column("TargetType", "string", "User, ServicePrincipal, System or Group"),
    Column("RoleName", "string", "the role"),
    Column("RoleDefinitionId", "string", "the role's id"),
    Column("RoleScope", "string", "where the role holds: the directory, an administrative unit, a resource"),
    Column("GroupName", "string", "the group"),
    Column("GroupObjectId", "string", "the group's object id"),
    Column("GroupAccess", "string", "member or owner"),
    Column("SourceIp", "string", "the address it came from"),
    Column("CorrelationId", "string", "leads to AuditLogs"),
    Column("RequestId", "string", "leads to the PIM request"),
    Column("Justification", "string", "as given"),
    Column("TicketNumber", "string", "as given"),
    Column("TicketSystem", "string", "as given"),
    Column("OutOfHours", "boolean", "outside the person's working hours; null where unknown"),
    Column("IsBreakGlass", "boolean", "an emergency account takes part; null where unknown"),
    Column("Context", "dynamic", "the small facts behind the sentence: baseline, threshold, working hours, path"),
    Column("EvidenceIds", "dynamic", "ids of the events and rows it rests on"),
    Column("ControlIds", "dynamic", "controls it speaks to: iso27001:A.8.2, nis2:21.2.i"),
    Column("RemediationSteps", "string", "what to do next"),
    Column("ReportUrl", "string", "where to read more"),
)

HEARTBEAT = (
    Column("TimeGenerated", "datetime", "when it was sent"),
    Column("RunId", "string", "the run that sent it"),
    Column("EntraTenantId", "string", "the tenant's id"),
    Column("TenantName", "string", "the tenant's name in the configuration"),
    Column("WatermarkTime", "datetime", "up to when the audit log is read without a hole"),
    Column("LagSeconds", "real", "how far that is behind the clock"),
    Column("EventsCollected", "long", "new events of this run"),
    Column("FindingsNew", "long", "new findings of this run"),
    Column("AlertsPending", "long", "revisions that still wait for this sink"),
    Column("GapsOpen", "long", "spans of the audit log that can no longer be read"),
    Column("ChainHead", "string", "hashes that vouch for all evidence so far: raw index, journal"),
    Column("Version", "string", "version of pimtrail"),
)


def _pairs(columns: Iterable[Column]) -> tuple[tuple[str, str], ...]:
    return tuple((column.name, column.kind) for column in columns)


ALERT_COLUMNS, HEARTBEAT_COLUMNS = _pairs(ALERT), _pairs(HEARTBEAT)
"""(name, type) in the order of the record."""

SURFACES = {"entra_role": "EntraRole", "group": "Group", "azure_resource": "AzureResource"}
"""Spelling of `surface` in the record; anything else is `Tenant`."""

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What some reader on the way does not take in a text: control characters but tab and line ends, half characters."""


def ordered(values: Mapping[str, object], columns: Iterable[tuple[str, str]] = ALERT_COLUMNS) -> dict[str, object]:
    """The record with every column present, in order, null where nothing is said. An undeclared name is a bug."""
    names = [name for name, _ in columns]
    if unknown := values.keys() - set(names):
        raise KeyError(f"not columns of the record: {sorted(unknown)}")
    return {name: values.get(name) for name in names}


def frozen(values: Mapping[str, object]) -> str:
    """`values` as one line of JSON that every sink and service can read, whatever stands in them.

    NaN and infinity become null; a control character becomes its picture (`\\x00` is `␀`), half a character `\\ufffd`.
    """
    return json.dumps(readable(values), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def readable(value: Any) -> Any:
    """A JSON value without what `frozen` replaces."""
    match value:
        case str():
            return _UNFIT.sub(_picture, value)
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {readable(str(name)): readable(held) for name, held in value.items()}
        case list() | tuple():
            return [readable(held) for held in value]
    return value


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return "\ufffd" if code > 0x7F else chr(0x2421 if code == 0x7F else 0x2400 + code)
