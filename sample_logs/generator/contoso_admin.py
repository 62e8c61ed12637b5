"""Contoso's changes of settings, groups and people, and PIM rows that are about something else."""

from dataclasses import replace
from datetime import datetime, timedelta

from .clock import CYCLES
from .contoso_cast import TICKETED
from .contoso_hours import zurich
from .core_rows import Kind, by_user, directory_row
from .directory import change
from .grants import standing
from .people import add_person
from .pim_rows import PIM_ACTOR, changed, resource, role_entry, service_row
from .planting import found, quiet
from .policies import Settings, set_policy
from .world import Principal, Row, Target, World


def add_admin(world: World) -> None:
    """All of them."""
    _settings(world)
    _onboarding(world)
    _people(world)
    _outside(world)
    _azure(world)
    _failed(world)


def _settings(world: World) -> None:
    anna, gabriela = world.people["anna.keller"], world.people["gabriela.weber"]
    security, sap = world.role("Security Administrator"), world.member("sg-sap-firefighters")
    change_settings(
        world,
        zurich("2026-10-15 14:05:09"),
        anna,
        security,
        Settings(4, context="c2", recipients=("soc@contoso.example",)),
    )
    weaker = Settings(12, ("Justification",), permanent_eligible=True, notify=False)
    change_settings(world, zurich("2026-10-23 17:41:30"), gabriela, sap, weaker)
    at = zurich("2026-10-16 11:20:44")
    alert = resource("Other", "TooManyGlobalAdminsAssignedToTenantAlert", "There are too many global administrators")
    for step, activity in enumerate(("Triggered PIM alert", "Refresh PIM alert", "Disable PIM alert")):
        actor = PIM_ACTOR if step == 0 else anna
        when = at + timedelta(minutes=9 * step, microseconds=310_000)
        row = service_row(world, activity, "RoleManagement", when, actor, [alert])
        world.add(when, row)
    story = "the alert about too many global administrators switched off"
    found(world, "drift.alerts_disabled", {"change_id": row["id"]}, at, story, "high")
    _weakened(world, sap, zurich("2026-10-23 17:41:30"))


def change_settings(world: World, at: datetime, actor: Principal, target: Target, settings: Settings) -> None:
    """From then on the target obeys these settings, and PIM's row tells who changed them."""
    set_policy(world, target, replace(settings, changed_by=actor), at)
    moment = at + timedelta(microseconds=271_408)
    scope = resource("Group", target.id, target.name) if target.surface == "group" else resource("Directory", "/", None)
    category = "GroupManagement" if target.surface == "group" else "RoleManagement"
    entries = [role_entry(world, target), resource("Other", None, None), scope]
    world.add(moment, service_row(world, "Update role setting in PIM", category, moment, actor, entries))


def _weakened(world: World, target: Target, at: datetime) -> None:
    seen = next(now for now in CYCLES if now > at)
    keys = {
        "surface": "group",
        "target_id": target.id,
        "access": target.access,
        "seen_at": f"{seen:%Y-%m-%dT%H:%M:%S}.000000Z",
    }
    found(
        world,
        "drift.policy_weakened",
        keys,
        at,
        "twelve hours instead of eight, and more, for a group's members",
        "high",
    )
    change = f"{target.surface}/{target.id}/{target.access}/{seen:%Y-%m-%dT%H:%M:%SZ}"
    found(
        world, "drift.alerts_disabled", {"change_id": change}, at, "nobody is told of a group's grants any more", "high"
    )
    role = world.role("Security Administrator").id
    quiet(world, "drift.policy_weakened", "the settings of a role tightened", target_id=role)


def _onboarding(world: World) -> None:
    simon, group = world.people["simon.egli"], world.groups["sg-db-breakfix"]
    at = zurich("2026-10-22 09:12:40")
    world.onboarded[group.id] = at
    moment = at + timedelta(microseconds=88_100)
    entries = [resource("Group", group.id, group.name, groupType="unknownFutureValue")]
    world.add(moment, service_row(world, "Onboarded resource to PIM", "GroupManagement", moment, simon, entries))
    tighter = Settings(4, TICKETED, changed_by=simon)
    set_policy(world, world.member("sg-db-breakfix"), tighter, at + timedelta(minutes=20))
    phantom = world.guid("group", "deleted long ago")
    world.onboarded[phantom] = zurich("2026-01-01 00:00")


def _people(world: World) -> None:
    newcomer = add_person(world, "nadja.neu", "Nadja Neu", "Trainee", createdDateTime="2026-10-19T06:58:21Z")
    world.lives[newcomer.id] = (zurich("2026-10-19 08:58:21"), None)
    leaver, anna = world.people["bruno.buhler"], world.people["anna.keller"]
    change(world, leaver, zurich("2026-10-30 16:02:11"), accountEnabled=False)
    add, off = Kind("Add user", "Core Directory", "UserManagement", "Add"), "Disable account"
    disable = Kind(off, "Core Directory", "UserManagement", "Disable")
    for kind, who, at in ((add, newcomer, "2026-10-19 08:58:21"), (disable, leaver, "2026-10-30 16:02:11")):
        entry = resource("User", who.id, who.name, changed("AccountEnabled", "[true]", "[]"), userPrincipalName=who.upn)
        moment = zurich(at) + timedelta(microseconds=402_190)
        world.add(moment, directory_row(world, kind, moment, by_user(anna), [entry]))


def _outside(world: World) -> None:
    """A role assigned without PIM: Core Directory tells of it, and PIM that it noticed."""
    walter, karin = world.people["walter.wyss"], world.people["karin.steiner"]
    role, at = world.role("User Administrator"), zurich("2026-10-21 12:15:30")
    who = resource("User", karin.id, karin.name, userPrincipalName=karin.upn)
    core = Kind("Add member to role", "Core Directory", "RoleManagement", "Assign")
    properties = changed("Role.DisplayName", role.name), changed("Role.TemplateId", role.id)
    entry = {**who, "modifiedProperties": [changed("Role.ObjectID", role.object_id), *properties]}
    moment = at + timedelta(microseconds=190_331)
    world.add(
        moment, directory_row(world, core, moment, by_user(walter), [entry, resource("Role", role.object_id, None)])
    )
    later = moment + timedelta(seconds=8)
    entries: list[Row] = [role_entry(world, role), who, resource("Directory", world.tenant_id, "Contoso")]
    activity = "Add member to role outside of PIM (permanent)"
    world.add(later, service_row(world, activity, "RoleManagement", later, PIM_ACTOR, entries))
    standing(world, karin, role, zurich("2026-10-21 12:15:30"), kind="active")
    keys = {"surface": "entra_role", "subject_id": karin.id, "target_id": role.id, "access": None, "day": "2026-10-21"}
    found(world, "grant.outside_pim", keys, moment, "a role assigned around PIM", "high")


def _azure(world: World) -> None:
    """Azure resources come through the same service: kept, and no rule's business."""
    fabian, at = world.people["fabian.meier"], zurich("2026-10-11 03:30:12")
    subscription = resource("Subscription", f"/subscriptions/{world.guid('subscription', 'prod')}", "contoso-prod")
    role = resource("Role", world.guid("azure role"), "Contributor")
    who = resource("User", fabian.id, fabian.name, userPrincipalName=fabian.upn)
    stories = [
        (
            "Add member to role completed (PIM activation)",
            "activation.off_hours",
            "at night, but on an Azure subscription",
        ),
        (
            "Add eligible member to role in PIM completed (permanent)",
            "grant.permanent_eligible",
            "without end, but on an Azure subscription",
        ),
    ]
    for number, (activity, rule_id, story) in enumerate(stories):
        moment = at + timedelta(minutes=7 * number, microseconds=600_050)
        request_id = world.guid("azure request", number)
        entries = [role, resource("Request", request_id, None), who, subscription]
        row = service_row(world, activity, "ResourceManagement", moment, fabian, entries)
        row["additionalDetails"].append({"key": "RequestId", "value": request_id})
        world.add(moment, row)
        quiet(world, rule_id, story, request_id=request_id)


def _failed(world: World) -> None:
    """A request the service refused at once: it has no completion."""
    sven, role = world.people["sven.suter"], world.role("Global Reader")
    moment = zurich("2026-10-13 21:15:09") + timedelta(microseconds=77_120)
    request_id = world.guid("refused request")
    who = resource("User", sven.id, sven.name, userPrincipalName=sven.upn)
    entries = [role_entry(world, role), resource("Request", request_id, None), who]
    activity = "Add member to role requested (PIM activation)"
    row = service_row(world, activity, "RoleManagement", moment, sven, entries)
    row |= {"result": "failure", "resultReason": "JustificationRule"}
    row["additionalDetails"].append({"key": "RequestId", "value": request_id})
    world.add(moment, row)
    quiet(world, "activation.off_hours", "refused by the service at 21:15: nothing ever started", request_id=request_id)
