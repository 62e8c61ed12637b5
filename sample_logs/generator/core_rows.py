"""Audit rows of every service but PIM, and the twins Core Directory writes when PIM acts."""

from dataclasses import dataclass
from datetime import datetime

from .clock import seven
from .pim_rows import changed, resource, user_half
from .seeds import chance, suffix
from .world import Principal, Row, Target, World


@dataclass(frozen=True)
class Kind:
    """A sort of event: what it is called and who logs it."""

    activity: str
    service: str
    category: str
    operation: str
    prefix: str = "Directory"


def directory_row(
    world: World, kind: Kind, at: datetime, actor: Row, targets: list[Row], *details: tuple[str, str]
) -> Row:
    """One row in Graph's shape; `actor` is the whole `initiatedBy`."""
    dice = chance(world.name, "core row", kind.activity, at)
    correlation = world.guid("correlation", kind.activity, at, targets[0]["id"] if targets else "")
    return {
        "id": f"{kind.prefix}_{correlation}_{suffix(correlation)}_{dice.randrange(10**6, 10**9)}",
        "category": kind.category,
        "correlationId": correlation,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": kind.activity,
        "activityDateTime": seven(at, dice.randrange(10)),
        "loggedByService": kind.service,
        "operationType": kind.operation,
        "initiatedBy": actor,
        "targetResources": targets,
        "additionalDetails": [{"key": key, "value": value} for key, value in details],
    }


def by_user(actor: Principal) -> Row:
    """`initiatedBy` a person."""
    return {"user": user_half(actor, actor.ip if actor.upn else None), "app": None}


def by_app(app: Principal | None, name: str | None = None) -> Row:
    """`initiatedBy` an application, perhaps one known by name only."""
    half = {
        "appId": None,
        "displayName": app.name if app else name,
        "servicePrincipalId": app.id if app else None,
        "servicePrincipalName": None,
    }
    return {"user": None, "app": half}


def twin(world: World, at: datetime, target: Target, subject: Principal, eligible: bool, added: bool) -> Row | None:
    """What Core Directory writes when PIM adds or removes; nothing for eligibility in a group."""
    if target.surface == "group" and eligible:
        return None
    verb, link, operation = ("Add", "to", "Assign") if added else ("Remove", "from", "Unassign")
    what = target.access or ("eligible member" if eligible else "member")
    role = target.surface == "entra_role"
    thing = "role" if role else "group"
    kind = Kind(
        f"{verb} {what} {link} {thing}", "Core Directory", "RoleManagement" if role else "GroupManagement", operation
    )
    pairs = _role_properties(target) if role else _group_properties(target)
    changes = [changed(name, value) if added else changed(name, None, value) for name, value in pairs]
    who = resource(subject.kind, subject.id, subject.name, *changes, userPrincipalName=subject.upn)
    other = (
        resource("Role", target.object_id, None) if role else resource("Group", target.id, None, groupType="azureAD")
    )
    return directory_row(world, kind, at, by_app(world.apps.get("ms-pim"), "MS-PIM"), [who, other])


def _role_properties(target: Target) -> list[tuple[str, str]]:
    return [
        ("Role.ObjectID", target.object_id),
        ("Role.DisplayName", target.name),
        ("Role.TemplateId", target.id),
        ("Role.WellKnownObjectName", target.name.replace(" ", "") + "s"),
    ]


def _group_properties(target: Target) -> list[tuple[str, str]]:
    return [("Group.ObjectID", target.id), ("Group.DisplayName", target.name), ("Group.WellKnownObjectName", "")]
