"""The alert and heartbeat records, declared once: JSONL, stream, table, parser and tests all follow these columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

SCHEMA_VERSION = "1.0"


def _columns(*groups: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for names, kind in groups for name in names.split())


ALERT_COLUMNS = _columns(
    ("TimeGenerated", "datetime"),
    ("AlertId", "string"),
    ("Revision", "int"),
    ("DedupKey SchemaVersion RunId EntraTenantId TenantName RuleId RuleVersion AlertName AlertDescription", "string"),
    ("Severity", "string"),
    ("ConfidenceScore", "real"),
    ("Status Tactics Techniques Surface", "string"),
    ("EventStartTime EventEndTime DetectedTime", "datetime"),
    ("ActorObjectId ActorUpn ActorName ActorType ActorAppId", "string"),
    ("TargetObjectId TargetUpn TargetName TargetType", "string"),
    ("RoleName RoleDefinitionId RoleScope", "string"),
    ("GroupName GroupObjectId GroupAccess", "string"),
    ("SourceIp CorrelationId RequestId Justification TicketNumber TicketSystem", "string"),
    ("OutOfHours IsBreakGlass", "boolean"),
    ("Context EvidenceIds ControlIds", "dynamic"),
    ("RemediationSteps ReportUrl", "string"),
)
"""(name, type) in the order of the record; types are those a Logs Ingestion stream may declare."""

HEARTBEAT_COLUMNS = _columns(
    ("TimeGenerated", "datetime"),
    ("RunId EntraTenantId TenantName", "string"),
    ("WatermarkTime", "datetime"),
    ("LagSeconds", "real"),
    ("EventsCollected FindingsNew AlertsPending GapsOpen", "long"),
    ("ChainHead Version", "string"),
)

SURFACES = {"entra_role": "EntraRole", "group": "Group", "azure_resource": "AzureResource"}
"""Spelling of `surface` in the record; anything else is `Tenant`."""


def ordered(values: Mapping[str, object], columns: Iterable[tuple[str, str]] = ALERT_COLUMNS) -> dict[str, object]:
    """The record with every column present, in order, null where nothing is said. An undeclared name is a bug."""
    names = [name for name, _ in columns]
    if unknown := values.keys() - set(names):
        raise KeyError(f"not columns of the record: {sorted(unknown)}")
    return {name: values.get(name) for name in names}
