"""Audit rows as the service PIM writes them. Nothing here is found by position: orders vary from row to row."""

import json
from dataclasses import dataclass
from datetime import datetime
from random import Random

from .clock import filetime, seven, six
from .seeds import chance
from .world import Principal, Row, Target, World

PIM_ACTOR = Principal("azure-ad-pim", "9dfd627f-bdc5-4b1c-af9d-c85097fdeff8", "Azure AD PIM", "User", None)
PLAIN_USER_ROLE = "b79fbf4d-3ef9-4689-8143-76b194e85509"


@dataclass(frozen=True)
class PimRow:
    """What one PIM row says."""

    activity: str
    at: datetime
    actor: Principal
    target: Target
    subject: Principal
    correlation: str
    request_id: str | None = None
    justification: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    operation: str = "Update"
    result: str = "success"
    extra: tuple[tuple[str, str], ...] = ()
    scope: str = "/"


def pim_row(world: World, told: PimRow) -> Row:
    """The row in Graph's shape."""
    dice = chance(world.name, "pim row", told.activity, told.correlation, told.at)
    role = told.target.surface == "entra_role"
    good = told.result == "success"
    return {
        "id": f"PIM_{told.correlation}_{world.tenant_id}_{filetime(told.at)}",
        "category": "RoleManagement" if role else "GroupManagement",
        "correlationId": told.correlation,
        "result": told.result,
        "resultReason": (told.justification or "") if good else "The request does not obey the policy",
        "activityDisplayName": told.activity,
        "activityDateTime": six(told.at),
        "loggedByService": "PIM",
        "operationType": told.operation,
        "initiatedBy": _initiator(told.actor),
        "targetResources": _mixed(dice, _targets(world, told)),
        "additionalDetails": _mixed(dice, _details(world, told)),
    }


def _initiator(actor: Principal) -> Row:
    if actor.kind != "ServicePrincipal":
        return {"user": user_half(actor), "app": None}
    half = {"appId": None, "displayName": actor.name, "servicePrincipalId": actor.id, "servicePrincipalName": None}
    return {"user": None, "app": half}


def service_row(world: World, activity: str, category: str, at: datetime, actor: Principal, targets: list[Row]) -> Row:
    """A row of the service PIM that is about no request: settings, alerts, resources."""
    correlation = world.guid("service correlation", activity, at)
    dice = chance(world.name, "service row", activity, at)
    details = [("oid", actor.id), ("tid", world.tenant_id), ("ipaddr", actor.ip if actor.upn else "")]
    return {
        "id": f"PIM_{correlation}_{world.tenant_id}_{filetime(at)}",
        "category": category,
        "correlationId": correlation,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": activity,
        "activityDateTime": six(at),
        "loggedByService": "PIM",
        "operationType": "Update",
        "initiatedBy": {"user": user_half(actor), "app": None},
        "targetResources": _mixed(dice, targets),
        "additionalDetails": _mixed(dice, [{"key": key, "value": value} for key, value in details]),
    }


def role_entry(world: World, target: Target) -> Row:
    """The role of a row: for a group it is called Member or Owner."""
    if target.surface == "group":
        name = (target.access or "").capitalize()
        return resource("Role", world.guid("group role", target.key), name, changed("RoleDefinitionOriginType", "", ""))
    properties = (
        changed("RoleDefinitionOriginId", target.id, ""),
        changed("RoleDefinitionOriginType", _origin(target), ""),
        changed("TemplateId", target.id, ""),
    )
    return resource("Role", target.object_id, target.name, *properties)


def user_half(actor: Principal, ip: str | None = None) -> Row:
    """The user side of `initiatedBy`."""
    return {
        "id": actor.id,
        "displayName": actor.name,
        "userPrincipalName": actor.upn,
        "ipAddress": ip,
        "userType": None,
        "homeTenantId": None,
        "homeTenantName": None,
        "agentType": "notAgentic",
    }


def resource(kind: str, ident: str | None, name: str | None, *changes: Row, **more: object) -> Row:
    """One entry of `targetResources`."""
    row: Row = {"id": ident, "displayName": name, "type": kind, "userPrincipalName": None, "groupType": None}
    return {**row, **more, "modifiedProperties": list(changes)}


def changed(name: str, new: str | None, old: str | None = None) -> Row:
    """A changed property: its values are JSON strings inside strings."""
    return {"displayName": name, "oldValue": _quoted(old), "newValue": _quoted(new)}


def _quoted(value: str | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _targets(world: World, told: PimRow) -> list[Row]:
    target, subject = told.target, told.subject
    request = [resource("Request", told.request_id, None)] if told.request_id else []
    who = resource(subject.kind, subject.id, subject.name, userPrincipalName=subject.upn)
    if subject.kind == "Group":
        who["groupType"] = "unknownFutureValue"
    role = role_entry(world, target)
    if target.surface == "group":
        group = resource("Group", target.id, target.name, groupType="unknownFutureValue")
        return [role, *request, who, group, resource("Other", None, None)]
    directory = resource("Directory", world.tenant_id, world.name.capitalize())
    if told.activity.endswith("activation expired)"):
        return [role, directory, resource("Directory", told.scope, None), who, resource("Other", None, None)]
    return [role, *request, who, directory, resource("Other", None, None)]


def _details(world: World, told: PimRow) -> list[Row]:
    role = told.target.surface == "entra_role"
    tick = chance(world.name, "tick", told.correlation).randrange(10)
    pairs: list[tuple[str, str | None]] = [
        ("RoleDefinitionOriginId", told.target.id if role else world.guid("group role", told.target.key)),
        ("RoleDefinitionOriginType", _origin(told.target)),
        ("TemplateId", told.target.id if role else None),
        ("StartTime", _detail(told.starts, tick)),
        ("ExpirationTime", _detail(told.ends, tick)),
        ("Justification", told.justification),
        ("ResourceOriginId", told.scope if role else told.target.id),
        *told.extra,
        ("oid", told.actor.id),
        ("tid", world.tenant_id),
        ("wids", PLAIN_USER_ROLE if told.actor.upn else None),
        ("ipaddr", told.actor.ip if told.actor.upn else None),
        ("RequestId", told.request_id),
    ]
    return [{"key": key, "value": value} for key, value in pairs if value is not None]


def _detail(at: datetime | None, tick: int) -> str | None:
    return None if at is None else seven(at, tick if at.microsecond else 0)


def _origin(target: Target) -> str:
    return "BuiltInRole" if target.built_in else "CustomRole"


def _mixed(dice: Random, rows: list[Row]) -> list[Row]:
    """The usual order two times out of three, else another; entries of type Group keep theirs."""
    if dice.random() < 0.66:
        return rows
    groups = iter([row for row in rows if row.get("type") == "Group"])
    order = dice.sample(rows, len(rows))
    return [next(groups) if row.get("type") == "Group" else row for row in order]
