"""The analytics rules, declared once: the ARM resources and the YAML templates are both made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

KQL = Path(__file__).parent / "kql"

ENTITIES = (
    ("Account", ("AadUserId", "ActorId"), ("Name", "ActorAccount"), ("UPNSuffix", "ActorSuffix")),
    ("Account", ("AadUserId", "TargetId"), ("Name", "TargetAccount"), ("UPNSuffix", "TargetSuffix")),
    ("IP", ("Address", "SourceIp")),
    ("SecurityGroup", ("ObjectGuid", "GroupId")),
    ("SecurityGroup", ("ObjectGuid", "TargetGroupId")),
    ("CloudApplication", ("Name", "AppName"), ("InstanceName", "AppInstance")),
    ("CloudApplication", ("Name", "TargetAppName"), ("InstanceName", "TargetAppInstance")),
    ("AzureResource", ("ResourceId", "ResourceId")),
)
"""(entity, (identifier, column), …), the strongest identifier first."""

DETAILS = {
    **{name: name for name in ("AlertId", "Revision", "DedupKey", "RuleId", "Tenant")},
    "TenantId": "EntraTenantId",
    **{name: name for name in ("Actor", "Target", "Role", "Group", "Access", "Scope", "Justification", "Ticket")},
    **{name: name for name in ("OutOfHours", "BreakGlass", "CorrelationId", "RequestId", "Controls", "Techniques")},
}
"""Custom detail → column: as many as Sentinel allows."""


@dataclass(frozen=True)
class AnalyticsRule:
    """A scheduled rule. `frequency` and `period` as KQL writes them (`5m`, `47h`, `14d`); `grouping`: custom details
    that make alerts one incident."""

    id: str
    file: str
    name: str
    description: str
    severity: str
    frequency: str
    period: str
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    parts: tuple[str, ...]
    details: dict[str, str]
    grouping: tuple[str, ...]
    entities: tuple[tuple[Any, ...], ...] = ()
    tactic: str | None = None
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        return "\n".join(kql(part) for part in self.parts)


_ALERT: dict[str, Any] = {
    "severity": "Medium",
    "tactics": ("PrivilegeEscalation", "Persistence"),
    "techniques": ("T1078", "T1098"),
    "details": DETAILS,
    "grouping": ("DedupKey", "TenantId"),
    "entities": ENTITIES,
    "tactic": "Tactic",
    "properties": (("AlertLink", "Link"), ("RemediationSteps", "Remediation"), ("Techniques", "Technique")),
}

RULES = (
    AnalyticsRule(
        id="1f3b7c52-9a46-4d0e-8b11-5d2c6e7f9a01",
        file="PimtrailAlert.yaml",
        name="Privileged access alert from pimtrail",
        description="Identifies alerts of pimtrail about Entra PIM for roles and groups that arrive for the first time."
        " Copies of an alert raise nothing; a new revision does.",
        frequency="5m",
        period="47h",
        parts=("prompt", "incident"),
        **_ALERT,
    ),
    AnalyticsRule(
        id="1f3b7c52-9a46-4d0e-8b11-5d2c6e7f9a02",
        file="PimtrailLateAlert.yaml",
        name="Privileged access alert from pimtrail, late",
        description="Identifies alerts of pimtrail that were under way for 46 hours or longer, as after an outage."
        " Copies of an alert raise nothing; a new revision does.",
        frequency="1h",
        period="14d",
        parts=("late", "incident"),
        **_ALERT,
    ),
    AnalyticsRule(
        id="1f3b7c52-9a46-4d0e-8b11-5d2c6e7f9a03",
        file="PimtrailSilence.yaml",
        name="Watch over privileged access has stopped",
        description="Identifies tenants from which pimtrail sends no heartbeat, whose alerts wait to be sent, or whose"
        " audit log it no longer reads.",
        severity="High",
        frequency="30m",
        period="47h",
        tactics=("DefenseEvasion",),
        techniques=("T1562",),
        parts=("silence",),
        details={
            **{name: name for name in ("TenantId", "Tenant", "Reason", "LastHeartbeat", "ReadUpTo", "Pending")},
        },
        grouping=("TenantId", "Reason"),
    ),
)


def kql(name: str) -> str:
    """The text of a query file, without its last line end."""
    return (KQL / f"{name}.kql").read_text(encoding="utf-8").rstrip("\n")
