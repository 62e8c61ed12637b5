"""Groups of every sort: role-assignable, dynamic, synced, Microsoft 365."""

from .clock import RETAINED_FROM
from .world import Principal, Row, World

KINDS: dict[str, Row] = {
    "security": {},
    "role_assignable": {"isAssignableToRole": True},
    "dynamic": {"groupTypes": ["DynamicMembership"], "membershipRuleProcessingState": "On"},
    "synced": {"onPremisesSyncEnabled": True, "onPremisesLastSyncDateTime": "2026-10-17T05:41:12Z"},
    "m365": {"groupTypes": ["Unified"], "mailEnabled": True, "securityEnabled": True},
}


def add_group(world: World, key: str, kind: str = "security", name: str | None = None, **facts: object) -> Principal:
    """A group; `onboarded=True` in `facts` puts it into PIM since before the log begins."""
    onboarded = bool(facts.pop("onboarded", False))
    group = Principal(key, world.guid("group", key), name or key, "Group")
    world.groups[key] = group
    world.members[group.id] = []
    world.owners[group.id] = []
    world.facts[group.id] = {**_plain(group), **KINDS[kind], **facts}
    if onboarded:
        world.onboarded[group.id] = RETAINED_FROM
    return group


def join(world: World, group: str, *keys: str) -> None:
    """Plain, standing members: people or groups by key."""
    world.members[world.groups[group].id] += [world.people.get(key) or world.groups[key] for key in keys]


def own(world: World, group: str, *keys: str) -> None:
    """Plain, standing owners."""
    world.owners[world.groups[group].id] += [world.people[key] for key in keys]


def directory_object(world: World, principal: Principal) -> Row:
    """A member or owner as the group's lists answer it."""
    kind = {"User": "user", "Group": "group", "ServicePrincipal": "servicePrincipal"}[principal.kind]
    row: Row = {"@odata.type": f"#microsoft.graph.{kind}", "id": principal.id, "displayName": principal.name}
    if principal.upn:
        row["userPrincipalName"] = principal.upn
    return row


def _plain(group: Principal) -> Row:
    return {
        "id": group.id,
        "displayName": group.name,
        "description": None,
        "createdDateTime": "2024-03-11T09:20:00Z",
        "groupTypes": [],
        "mailEnabled": False,
        "securityEnabled": True,
        "isAssignableToRole": None,
        "isManagementRestricted": None,
        "membershipRule": None,
        "membershipRuleProcessingState": None,
        "onPremisesSyncEnabled": None,
        "onPremisesLastSyncDateTime": None,
        "visibility": "Private",
    }
