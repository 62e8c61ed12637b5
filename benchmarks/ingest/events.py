"""Audit events as a tenant of some size makes them: seeded, in Graph's shape, about 1.7 KB each, 4 % of PIM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

TENANT = "5e6f2a10-9d3c-4a57-8f21-0c4b7d9e1a34"
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 30
ROLES = ("Security Reader", "User Administrator", "Global Reader", "Exchange Administrator", "Groups Administrator")
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Edg/131.0"


@dataclass(frozen=True)
class Kind:
    """A sort of event and how many of a hundred thousand are such."""

    share: int
    activity: str
    service: str
    category: str
    operation: str

    @property
    def pim(self) -> bool:
        return self.service == "PIM"


KINDS = (
    Kind(36_000, "Update user", "Core Directory", "UserManagement", "Update"),
    Kind(20_000, "Update device", "Core Directory", "Device", "Update"),
    Kind(12_000, "Update service principal", "Core Directory", "ApplicationManagement", "Update"),
    Kind(9_000, "Change user license", "Core Directory", "UserManagement", "Update"),
    Kind(6_000, "Features_GetFeaturesAsync", "Self-service Group Management", "GroupManagement", "Get"),
    Kind(5_600, "GroupsODataV4_Get", "Self-service Group Management", "GroupManagement", "Get"),
    Kind(4_000, "User started security info registration", "Authentication Methods", "UserManagement", "Update"),
    Kind(1_000, "Add member to group", "Core Directory", "GroupManagement", "Assign"),
    Kind(1_000, "Add member to role", "Core Directory", "RoleManagement", "Assign"),
    Kind(1_000, "Remove member from role", "Core Directory", "RoleManagement", "Unassign"),
    Kind(400, "Reset password (self-service)", "Self-service Password Management", "UserManagement", "Reset"),
    Kind(1_000, "Add member to role requested (PIM activation)", "PIM", "RoleManagement", "Update"),
    Kind(1_000, "Add member to role completed (PIM activation)", "PIM", "RoleManagement", "Update"),
    Kind(1_000, "Remove member from role (PIM activation expired)", "PIM", "RoleManagement", "Delete"),
    Kind(400, "Add member to role requested (PIM activation)", "PIM", "GroupManagement", "Update"),
    Kind(400, "Add member to role completed (PIM activation)", "PIM", "GroupManagement", "Update"),
    Kind(200, "Add eligible member to role in PIM completed (timebound)", "PIM", "RoleManagement", "Update"),
)


def days(count: int, seed: int = 7) -> Iterator[list[bytes]]:
    """The events of each of thirty days, `count` in all, in order of time, one JSON object each."""
    dice = Random(seed)
    people = [_guid(dice) for _ in range(max(50, count // 500))]
    templates = [_template(kind) for kind in KINDS]
    drawn = dice.choices(range(len(KINDS)), [kind.share for kind in KINDS], k=count)
    step = timedelta(days=DAYS) / max(1, count)
    for day in range(DAYS):
        span = range(day * count // DAYS, (day + 1) * count // DAYS)
        yield [(templates[drawn[n]] % _values(dice, people, FIRST + step * n)).encode() for n in span]


def _values(dice: Random, people: list[str], at: datetime) -> dict[str, object]:
    actor, subject, number = dice.randrange(len(people)), dice.randrange(len(people)), dice.getrandbits(60)
    return {
        "correlation": _guid(dice),
        "one": _guid(dice),
        "two": _guid(dice),
        "actor": people[actor],
        "subject": people[subject],
        "a": actor,
        "s": subject,
        "at": f"{at:%Y-%m-%dT%H:%M:%S.%f}",
        "tick": number % 9 + 1,
        "big": 10**8 + number % (9 * 10**8),
        "small": 10_000 + number % 90_000,
        "byte": number % 256,
        "letters": f"{number:015X}"[:5],
        "result": "failure" if number % 33 == 0 else "success",
        "role": ROLES[number % len(ROLES)],
    }


def _template(kind: Kind) -> str:
    """The event with `%(name)s` where a value stands."""
    prefix = "PIM" if kind.pim else "SSGM" if kind.service.startswith("Self") else "Directory"
    system = kind.pim and kind.operation == "Delete"
    body = {
        "id": f"{prefix}_%(correlation)s_{TENANT if kind.pim else '%(letters)s'}_%(big)s",
        "category": kind.category,
        "correlationId": "%(correlation)s",
        "result": "%(result)s",
        "resultReason": "Work on change %(small)s" if kind.pim and not system else "",
        "activityDisplayName": kind.activity,
        "activityDateTime": "%(at)sZ" if kind.pim else "%(at)s%(tick)sZ",
        "loggedByService": kind.service,
        "operationType": kind.operation,
        "userAgent": None,
        "initiatedBy": _initiator(kind, system),
        "targetResources": _pim_targets(kind) if kind.pim else _targets(kind),
        "additionalDetails": _pim_details(kind) if kind.pim else [{"key": "User-Agent", "value": AGENT}],
    }
    return json.dumps(body, separators=(",", ":"))


def _initiator(kind: Kind, system: bool) -> dict[str, object]:
    if kind.service == "Core Directory" and kind.category == "RoleManagement":
        app = {"appId": None, "displayName": "MS-PIM", "servicePrincipalId": TENANT, "servicePrincipalName": None}
        return {"user": None, "app": app}
    user = {
        "id": "%(actor)s",
        "displayName": "Azure AD PIM" if system else "Person %(a)s",
        "userPrincipalName": None if system else "person%(a)s@contoso.example",
        "ipAddress": None if kind.pim else "198.51.100.%(byte)s",
        "userType": None,
        "homeTenantId": None,
        "homeTenantName": None,
        "agentType": "notAgentic",
    }
    return {"user": user, "app": None}


def _target(
    kind: str, ident: str | None, name: str | None, *changes: tuple[str, str], upn: str | None = None
) -> object:
    changed = [{"displayName": key, "oldValue": '""', "newValue": f'"{value}"'} for key, value in changes]
    who = {"id": ident, "displayName": name, "type": kind, "userPrincipalName": upn, "groupType": None}
    return {**who, "modifiedProperties": changed}


def _pim_targets(kind: Kind) -> list[object]:
    who = _target("User", "%(subject)s", "Person %(s)s", upn="person%(s)s@contoso.example")
    rest = (_target("Request", "%(two)s", None), who)
    if kind.category == "GroupManagement":
        group = _target("Group", "%(actor)s", "sg-rdp-prod-servers-%(byte)s")
        return [_target("Role", "%(one)s", "Member"), *rest, group, _target("Other", None, None)]
    changes = (("RoleDefinitionOriginId", "%(one)s"), ("RoleDefinitionOriginType", "BuiltInRole"))
    role = _target("Role", "%(correlation)s", "%(role)s", *changes, ("TemplateId", "%(one)s"))
    return [role, *rest, _target("Directory", TENANT, "Contoso"), _target("Other", None, None)]


def _pim_details(kind: Kind) -> list[dict[str, str]]:
    pairs = {
        "RoleDefinitionOriginId": "%(one)s",
        "RoleDefinitionOriginType": "BuiltInRole",
        "TemplateId": "%(one)s",
        "StartTime": "%(at)s1Z",
        "Justification": "Work on change %(small)s",
        "AuditType": "ActivateRole" if kind.operation == "Update" else "RemoveActivatedRole",
        "oid": "%(actor)s",
        "tid": TENANT,
        "ipaddr": "192.0.2.%(byte)s",
        "RequestId": "%(two)s",
    }
    return [{"key": key, "value": value} for key, value in pairs.items()]


def _targets(kind: Kind) -> list[object]:
    sort = {"Device": "Device", "ApplicationManagement": "ServicePrincipal"}.get(kind.category, "User")
    upn = "person%(s)s@contoso.example" if sort == "User" else None
    if kind.category == "RoleManagement":
        role = (("Role.ObjectID", "%(two)s"), ("Role.DisplayName", "%(role)s"), ("Role.TemplateId", "%(one)s"))
        return [_target(sort, "%(subject)s", "Person %(s)s", *role, upn=upn), _target("Role", "%(two)s", None)]
    if kind.activity.endswith("member to group"):
        group = (("Group.ObjectID", "%(two)s"), ("Group.DisplayName", "sg-%(small)s"))
        return [_target(sort, "%(subject)s", None, *group, upn=upn), _target("Group", "%(two)s", None)]
    changes = (
        ("Included Updated Properties", "AssignedLicense, LastDirSyncTime, OnPremisesDistinguishedName"),
        ("TargetId.UserType", "Member"),
        ("LastDirSyncTime", "%(at)sZ"),
        ("OnPremisesDistinguishedName", "CN=Person %(s)s,OU=People,OU=Zurich,DC=corp,DC=contoso,DC=example"),
        ("ObjectSid", "S-1-5-21-%(big)s-%(small)s-%(byte)s-%(s)s"),
        ("CorrelationVector", "%(one)s/%(two)s"),
    )
    return [_target(sort, "%(subject)s", "Object %(s)s", *changes, upn=upn)]


def _guid(dice: Random) -> str:
    text = f"{dice.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
