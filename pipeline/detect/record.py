"""From a rule's row to an alert record: what the rule says, else what silver knows of its request, person or target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..config import Tenant
from ..model import Severity, iso
from ..store.findings import finding_id
from ..store.record import ALERT_COLUMNS, SCHEMA_VERSION, SURFACES, ordered
from . import sentences
from .facts import Facts
from .rulefile import Rule

Row = Mapping[str, Any]

_GROUPS = ("Actor", "Target", "Role", "Group")
_SINGLE = (
    "EventStartTime EventEndTime SourceIp CorrelationId RequestId Justification TicketNumber TicketSystem "
    "OutOfHours IsBreakGlass"
)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


COLUMNS = frozenset(_snake(name) for name, _ in ALERT_COLUMNS)
"""The record's columns in the spelling of rules."""

SETTABLE = {
    _snake(name): name
    for name, _ in ALERT_COLUMNS
    if name in _SINGLE.split() or (name.startswith(_GROUPS) and name != "TargetName")
}
"""Columns of the record that a rule may give itself, by the name it gives them: `actor_upn` is `ActorUpn`.

`target_name` is not among them: in silver, and so in a rule, it is the role's or group's; the person is `subject_name`.
"""

_PEOPLE = {f"{who}_{part}" for who in ("principal", "subject", "requester") for part in ("id", "name", "upn", "kind")}

_SPENT = (
    {"severity", "confidence", "event_ids", "occurred_at", "surface", "target_id", "target_name", "access", "scope"}
    | {"actor_ip"}
    | _PEOPLE
    | SETTABLE.keys()
)
"""Columns that go elsewhere than into Context."""

_TYPES = dict(ALERT_COLUMNS)

_MATTER = (("TargetObjectId",), ("RoleDefinitionId", "GroupObjectId"))
"""What makes two findings of a rule the same matter: the person, and the role or group."""

_KINDS = {"user": "User", "service_principal": "ServicePrincipal", "system": "System", "group": "Group"}


@dataclass(frozen=True)
class Draft:
    """A finding of this run. `record` is whole but for Revision and Status, which depend on what is known of it."""

    finding_id: str
    keys: Mapping[str, Any]
    severity: Severity
    confidence: float
    occurred_at: datetime
    surface: str | None
    record: dict[str, Any]

    @property
    def subject_id(self) -> str | None:
        return _text(self.record["TargetObjectId"])

    @property
    def target_id(self) -> str | None:
        return _text(self.record["RoleDefinitionId"] or self.record["GroupObjectId"])


@dataclass(frozen=True)
class Setting:
    """What all records of a run share."""

    tenant: Tenant
    run_id: str
    as_of: datetime
    severity: Severity | None = None
    onboarding: bool = False


def draft(rule: Rule, row: Row, facts: Facts, setting: Setting) -> Draft:
    """The finding and its record. Raises ValueError where the row lacks a key, its time, or a column of a sentence."""
    if lacking := {*rule.head.keys, "occurred_at"} - row.keys():
        raise ValueError(f"the result lacks {', '.join(sorted(lacking))}")
    if row["occurred_at"] is None:
        raise ValueError("occurred_at is null")
    keys = {name: row[name] for name in rule.head.keys}
    identity = finding_id(rule.id, setting.tenant.tenant_id, keys.values())
    severity = setting.severity or Severity(row.get("severity") or rule.head.severity)
    confidence = float(row["confidence"] if row.get("confidence") is not None else rule.head.confidence)
    surface = _surface(rule, row, facts)
    values = _filled(rule, row, facts, surface)
    values |= {
        "AlertId": identity,
        "DedupKey": "|".join([rule.id, *(_first(values, *names) for names in _MATTER)]),
        "AlertName": sentences.render(rule.head.message, row),
        "AlertDescription": sentences.render(rule.head.why, row),
        "Severity": severity.sentinel,
        "ConfidenceScore": confidence,
        "Surface": SURFACES.get(surface or "", "Tenant"),
        "Context": _context(row, setting.onboarding),
    }
    occurred_at = datetime.fromisoformat(_moment("occurred_at", row["occurred_at"]))
    return Draft(identity, keys, severity, confidence, occurred_at, surface, frame(rule, setting) | values)


def frame(rule: Rule, setting: Setting) -> dict[str, Any]:
    """A record in the order of its columns, with what the rule and the run alone decide; the rest is null."""
    values: dict[str, object] = {
        "TimeGenerated": iso(setting.as_of),
        "SchemaVersion": SCHEMA_VERSION,
        "RunId": setting.run_id,
        "EntraTenantId": setting.tenant.tenant_id.lower(),
        "TenantName": setting.tenant.name,
        "RuleId": rule.id,
        "RuleVersion": rule.head.version,
        "Tactics": ",".join(rule.head.tactics),
        "Techniques": ",".join(rule.head.techniques),
        "DetectedTime": iso(setting.as_of),
        "ControlIds": list(rule.head.controls),
        "RemediationSteps": rule.head.remediation,
    }
    return ordered(values)


def _surface(rule: Rule, row: Row, facts: Facts) -> str | None:
    """As the row says, else its request, else the only one the rule has."""
    request = facts.requests.get(row.get("request_id") or "", {})
    told = row["surface"] if "surface" in row else request.get("surface")
    return told or (rule.head.surface[0] if len(rule.head.surface) == 1 else None)


def _filled(rule: Rule, row: Row, facts: Facts, surface: str | None) -> dict[str, Any]:
    """The columns about who, what and when; later layers stand above earlier ones, null above nothing."""
    request = facts.requests.get(row.get("request_id") or "", {})
    layers = [
        _from_request(request, rule.head.kind),
        _person("Target", facts.principals.get(row.get("principal_id") or "", {}), "principal"),
        _person("Target", row, "principal"),
        _person("Target", row, "subject"),
        _person("Actor", row, "requester"),
        _target(surface, facts, {**request, **{name: value for name, value in row.items() if value is not None}}),
        {"EventStartTime": row["occurred_at"], "SourceIp": row.get("actor_ip"), "RequestId": row.get("request_id")},
        {SETTABLE[name]: _cell(name, row[name]) for name in row if name in SETTABLE},
        {"EvidenceIds": [str(held) for held in row.get("event_ids") or request.get("event_ids") or []]},
    ]
    values: dict[str, Any] = {}
    for layer in layers:
        values |= {name: value for name, value in layer.items() if value is not None}
    if values.get("IsBreakGlass") is None:
        values["IsBreakGlass"] = facts.is_break_glass(values, ("Actor", "Target"))
    return values


def _cell(name: str, value: Any) -> Any:
    """A value of a column that a rule gave itself, of the type the stream declares. Raises ValueError."""
    kind = _TYPES[SETTABLE[name]]
    if value is None or kind == "string":
        return None if value is None else str(value)
    if kind == "datetime":
        return _moment(name, value)
    if not isinstance(value, bool):
        raise ValueError(f"{name} is not true, false or null: {value!r}")
    return value


def _moment(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.endswith("Z"):
        raise ValueError(f"{name} is no time with a zone: {value!r}")
    return value


def _from_request(request: Row, kind: str) -> dict[str, Any]:
    """Of an activation actor and target are the subject; else the requester acts and the subject receives."""
    if not request:
        return {}
    activation = request["request_kind"] == "activation"
    actor = "subject" if activation else "requester"
    return {
        **_person("Actor", request, actor),
        **_person("Target", request, "subject"),
        "SourceIp": request["actor_ip"],
        "CorrelationId": request["correlation_id"],
        "Justification": request["justification"],
        "TicketNumber": request["ticket_number"],
        "TicketSystem": request["ticket_system"],
        "EventEndTime": (request["ended_at"] or request["expires_at"]) if activation and kind == "event" else None,
    }


def _person(side: str, row: Row, prefix: str) -> dict[str, Any]:
    return {
        f"{side}ObjectId": row.get(f"{prefix}_id"),
        f"{side}Upn": row.get(f"{prefix}_upn"),
        f"{side}Name": row.get(f"{prefix}_name"),
        f"{side}Type": _KINDS.get(row.get(f"{prefix}_kind") or ""),
    }


def _target(surface: str | None, facts: Facts, row: Row) -> dict[str, Any]:
    target = row.get("target_id")
    name = row.get("target_name") or facts.targets.get(target or "")
    if surface == "group":
        return {"GroupObjectId": target, "GroupName": name, "GroupAccess": row.get("access")}
    if surface in ("entra_role", "azure_resource"):
        return {"RoleDefinitionId": target, "RoleName": name, "RoleScope": row.get("scope")}
    return {}


def _context(row: Row, onboarding: bool) -> dict[str, Any]:
    context = {name: value for name, value in row.items() if name not in _SPENT}
    return context | ({"onboarding": True} if onboarding else {})


def _first(values: Row, *names: str) -> str:
    return next((str(values[name]) for name in names if values.get(name)), "")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
