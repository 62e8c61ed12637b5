"""What every endpoint answers at an instant, out of what was told."""

from datetime import datetime, timedelta

from .clock import FIRST, whole
from .directory import exists, licences, objects
from .governance import KEPT, kept
from .groups import directory_object
from .policies import assignment
from .roles import definition
from .seeds import chance, opaque
from .world import Activation, Grant, Principal, Row, Target, World

Listed = dict[str, list[Row]]


def snapshot(world: World, now: datetime) -> tuple[dict[str, list[Row]], dict[str, Listed]]:
    """The plain endpoints, and those asked group by group."""
    plain = {
        "directory_audits": audits(world, now),
        "role_definitions": [definition(role) for role in world.roles.values()],
        "role_assignment_instances": _role_assignments(world, now),
        "role_eligibility_instances": [
            _role_eligibility(world, grant) | _end(grant, now) for grant in _held(world, "entra_role", "eligible", now)
        ],
        "role_policies": [assignment(world, role, now) for role in world.roles.values()],
        "group_resources": [{"id": ident} for ident, since in world.onboarded.items() if since <= now],
        "groups": objects(world, world.groups, now),
        "users": objects(world, world.people, now),
        "service_principals": objects(world, world.apps, now),
        "subscribed_skus": licences(world),
        "role_assignments": [_role_assignment(row) for row in _role_assignments(world, now)],
        "group_writeback": [_writeback(world, group) for group in world.groups.values() if exists(world, group, now)],
        **{name: kept(world, name, None, now) for name in KEPT},
    }
    asked = [group for group in world.groups.values() if exists(world, group, now)]
    pim = [g.id for g in asked if g.id in world.onboarded or world.facts[g.id]["isAssignableToRole"]]
    by_group = {
        "group_assignment_instances": {g: _group_assignments(world, g, now) for g in pim},
        "group_eligibility_instances": {g: _group_eligibilities(world, g, now) for g in pim},
        "group_assignment_requests": {g: _requests(world, g, "assignment", now) for g in pim},
        "group_eligibility_requests": {g: _requests(world, g, "eligibility", now) for g in pim},
        "group_policies": {g: _group_policies(world, g, now) for g in pim},
        "group_members": {g.id: _people_of(world, g.id, "member", now) for g in asked},
        "group_owners": {g.id: _people_of(world, g.id, "owner", now) for g in asked},
        **_reviewed(world, now),
    }
    return plain, by_group


def _reviewed(world: World, now: datetime) -> dict[str, Listed]:
    """Instances by definition, decisions by definition and instance."""
    definitions = [row["id"] for row in kept(world, "access_reviews", None, now)]
    instances = {ident: kept(world, "review_instances", ident, now) for ident in definitions}
    keys = [f"{ident}/{row['id']}" for ident, rows in instances.items() for row in rows]
    decisions = {key: kept(world, "review_decisions", key, now) for key in keys}
    return {"review_instances": instances, "review_decisions": decisions}


def audits(world: World, now: datetime) -> list[Row]:
    """Rows that could first be read after the cycle before, newest first as Graph gives them."""
    since = datetime.min.replace(tzinfo=now.tzinfo) if now == FIRST else FIRST
    rows = [event for event in world.events if since < event.visible <= now]
    return [event.row for event in sorted(rows, key=lambda event: (event.at, event.row["id"]), reverse=True)]


def _held(world: World, surface: str, kind: str, now: datetime, target: str | None = None) -> list[Grant]:
    return [
        grant
        for grant in world.grants
        if grant.target.surface == surface
        and grant.kind == kind
        and grant.holds(now)
        and target in (None, grant.target.id)
    ]


def _active(world: World, surface: str, now: datetime, target: str | None = None) -> list[Activation]:
    return [
        held
        for held in world.activations
        if held.target.surface == surface
        and held.holds(now)
        and held.visible <= now
        and target in (None, held.target.id)
    ]


def _end(grant: Grant, now: datetime) -> Row:
    return {"endDateTime": whole(grant.end_at(now))}


def _role_assignments(world: World, now: datetime) -> list[Row]:
    rows = [
        _role_instance(grant.principal.id, grant.target, grant.id, grant.scope)
        | {"startDateTime": whole(grant.starts), "endDateTime": whole(grant.end_at(now)), "assignmentType": "Assigned"}
        for grant in _held(world, "entra_role", "active", now)
    ]
    rows += [
        _role_instance(held.person.id, held.target, held.request_id, "/")
        | {"startDateTime": _live(held), "endDateTime": whole(held.expires), "assignmentType": "Activated"}
        for held in _active(world, "entra_role", now)
    ]
    return rows


def _role_assignment(instance: Row) -> Row:
    """The plain assignment behind an instance: no times, and nothing of how it came about."""
    same = ("principalId", "roleDefinitionId", "directoryScopeId", "appScopeId")
    return {"id": instance["id"], **{name: instance[name] for name in same}, "condition": None}


def _writeback(world: World, group: Principal) -> Row:
    """Microsoft 365 groups are written back unless somebody said otherwise, security groups only if somebody did."""
    told = world.written_back.get(group.id)
    unified = "Unified" in world.facts[group.id]["groupTypes"]
    kind = told or ("universalDistributionGroup" if unified else None)
    configuration = {"isEnabled": unified if told is None else True, "onPremisesGroupType": kind}
    return {"id": group.id, "writebackConfiguration": configuration}


def _role_instance(principal_id: str, target: Target, schedule: str, scope: str) -> Row:
    origin = opaque("instance", schedule)
    return {
        "id": f"{origin}-1",
        "principalId": principal_id,
        "roleDefinitionId": target.id,
        "directoryScopeId": scope,
        "appScopeId": None,
        "startDateTime": None,
        "endDateTime": None,
        "assignmentType": "Assigned",
        "memberType": "Direct",
        "roleAssignmentOriginId": f"{origin}-1",
        "roleAssignmentScheduleId": schedule,
    }


def _role_eligibility(world: World, grant: Grant) -> Row:
    return {
        "id": f"{opaque('eligibility', grant.id)}-1-e",
        "principalId": grant.principal.id,
        "roleDefinitionId": grant.target.id,
        "directoryScopeId": grant.scope,
        "appScopeId": None,
        "startDateTime": whole(grant.starts),
        "endDateTime": None,
        "memberType": "Direct" if world.name != "fabrikam" else "direct",
        "roleEligibilityScheduleId": grant.id,
    }


def _live(held: Activation) -> str | None:
    """The instance starts when it is provisioned, some forty seconds after the asked start."""
    return whole(held.starts + timedelta(seconds=43, milliseconds=chance("live", held.request_id).randrange(1000)))


def _group_assignments(world: World, group_id: str, now: datetime) -> list[Row]:
    rows = [
        _group_instance(world, grant.principal.id, grant.target, grant.id)
        | {"startDateTime": whole(grant.starts), "endDateTime": whole(grant.end_at(now)), "assignmentType": "Assigned"}
        for grant in _held(world, "group", "active", now, group_id)
    ]
    rows += [
        _group_instance(world, held.person.id, held.target, held.request_id)
        | {"startDateTime": _live(held), "endDateTime": whole(held.expires), "assignmentType": "Activated"}
        for held in _active(world, "group", now, group_id)
    ]
    for access, holders in (("member", world.members), ("owner", world.owners)):
        target = Target("group", group_id, "", access)
        rows += [
            _group_instance(world, who.id, target, world.guid("plain", group_id, access, who.id))
            | {"startDateTime": None, "endDateTime": None, "assignmentType": "Assigned"}
            for who in holders.get(group_id, [])
        ]
    return rows


def _group_instance(world: World, principal_id: str, target: Target, schedule: str) -> Row:
    return {
        "id": f"{target.id}_{target.access}_{world.guid('instance', schedule)}",
        "principalId": principal_id,
        "groupId": target.id,
        "accessId": target.access,
        "memberType": "Direct" if world.name != "fabrikam" else "direct",
        "assignmentScheduleId": f"{target.id}_{target.access}_{schedule}",
    }


def _group_eligibilities(world: World, group_id: str, now: datetime) -> list[Row]:
    return [
        {
            "id": f"{group_id}_{grant.target.access}_{world.guid('eligible instance', grant.id)}",
            "principalId": grant.principal.id,
            "groupId": group_id,
            "accessId": grant.target.access,
            "memberType": "Direct" if world.name != "fabrikam" else "direct",
            "startDateTime": whole(grant.starts),
            "endDateTime": whole(grant.end_at(now)),
            "eligibilityScheduleId": f"{group_id}_{grant.target.access}_{grant.id}",
        }
        for grant in _held(world, "group", "eligible", now, group_id)
    ]


def _requests(world: World, group_id: str, which: str, now: datetime) -> list[Row]:
    mine = [r for r in world.requests if r.group_id == group_id and r.list == which and r.created <= now]
    return [request.at(now) for request in sorted(mine, key=lambda r: (r.created, r.row["id"]), reverse=True)]


def _group_policies(world: World, group_id: str, now: datetime) -> list[Row]:
    if world.onboarded.get(group_id, now + timedelta(days=1)) > now:
        return []
    accesses = [Target("group", group_id, "", access) for access in ("owner", "member")]
    return [assignment(world, target, now) for target in accesses]


def _people_of(world: World, group_id: str, access: str, now: datetime) -> list[Row]:
    plain = (world.members if access == "member" else world.owners).get(group_id, [])
    given = [g.principal for g in _held(world, "group", "active", now, group_id) if g.target.access == access]
    activated = [a.person for a in _active(world, "group", now, group_id) if a.target.access == access]
    everyone = {who.id: who for who in [*plain, *given, *activated]}
    return [directory_object(world, who) for who in everyone.values()]
