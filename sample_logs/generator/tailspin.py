"""Tailspin: a small shop without a P2 licence, a week of audit log, and rows as untidy as they come."""

from datetime import datetime, timedelta

from .clock import FIRST, SECOND, local, seven
from .core_rows import Kind, by_app, by_user, directory_row
from .grants import standing
from .groups import add_group, join, own
from .ordinary import scatter
from .people import add_app, add_person
from .pim_rows import PIM_ACTOR, changed, resource, service_row
from .planting import found, quiet
from .roles import add_roles
from .world import Principal, Row, World

TENANT_ID = "c9d8e7f6-a5b4-4c3d-9e2f-1a0b9c8d7e03"
WEEK = timedelta(days=7)
OVERLAP = timedelta(hours=2)
STAFF = "Alma Abel,Bo Berg,Cy Chen,Dot Diaz,Ed Eames,Fay Finch,Gus Goode,Hal Hart,Ida Ivers,Joe James,Kay Kerr,Lou Lane"
REFUSED: Row = {
    "status": 400,
    "code": "AadPremiumLicenseRequired",
    "message": "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
}
PIM_ENDPOINTS = (
    *("role_assignment_instances", "role_eligibility_instances", "role_policies", "group_resources"),
    *("group_assignment_instances", "group_eligibility_instances", "group_assignment_requests"),
    *("group_eligibility_requests", "group_policies", "access_reviews", "review_instances", "review_decisions"),
    "pim_alerts",
)
NO_PREMIUM: Row = {
    "status": 403,
    "code": "AccessDenied",
    "message": "Your tenant does not have a Microsoft Entra ID P1 license, which Conditional Access requires.",
}
ACCESS_ENDPOINTS = ("ca_policies", "auth_strengths", "auth_contexts")


def tell() -> World:
    """The whole story of the tenant."""
    world = World("tailspin", TENANT_ID, "tailspin.example", "America/Los_Angeles")
    _cast(world)
    world.refused = dict.fromkeys(PIM_ENDPOINTS, REFUSED) | dict.fromkeys(ACCESS_ENDPOINTS, NO_PREMIUM)
    admins, plain = ["alma.abel", "bo.berg"], list(world.people)
    scatter(world, FIRST - WEEK, FIRST - timedelta(minutes=20), 90, admins, plain)
    scatter(world, SECOND - WEEK, SECOND - timedelta(minutes=20), 80, admins, plain)
    for start in ("2026-10-13 08:00:00", "2026-10-27 08:00:00"):
        _untidy(world, local(world.zone, start))
    _unknown(world)
    _untouched(world)
    _unwatched(world)
    return world


def _cast(world: World) -> None:
    for name in STAFF.split(","):
        add_person(world, name.lower().replace(" ", "."), name, signInActivity=None)
    add_person(world, "no.name", "", jobTitle=None, mail=None, signInActivity=None)
    for app in ("payroll", "backup"):
        add_app(world, app, f"tailspin {app}")
    add_group(world, "lic-basic")
    add_group(world, "m365-all-crew", "m365", visibility=None)
    add_group(world, "Old Admins ")
    join(world, "lic-basic", *list(world.people)[:6])
    join(world, "Old Admins ", "gus.goode", "lic-basic")
    own(world, "m365-all-crew", "alma.abel")
    add_roles(world)
    world.licences = [("EXCHANGESTANDARD", 20, 14)]


def _untidy(world: World, start: datetime) -> None:
    """Rows of every untidy sort, a quarter of an hour apart."""
    update = Kind("Update user", "Core Directory", "UserManagement", "Update")
    who = world.people["cy.chen"]
    entry = resource("User", who.id, who.name, userPrincipalName=who.upn)
    edits: list[Row] = [
        {"targetResources": [], "additionalDetails": []},
        {"additionalDetails": None, "resultReason": None, "operationType": None},
        {"initiatedBy": {"user": None, "app": None}},
        {
            "initiatedBy": {
                "user": {"id": None, "displayName": None, "userPrincipalName": "", "ipAddress": "::ffff:192.0.2"}
            }
        },
        {"targetResources": [resource("User", who.id, None) | {"modifiedProperties": None}]},
        {"targetResources": [resource("unknownFutureValue", None, ""), entry | {"groupType": "unknownFutureValue"}]},
        {"result": "unknownFutureValue", "resultReason": "\u0007\u202eodd"},
        {"result": "timeout", "correlationId": None},
        {"newField2027": {"deep": [1, None, {"x": "y"}]}, "tags": []},
        {"additionalDetails": [{"key": "User-Agent", "value": None}, {"key": "", "value": "x"}, {"key": "oid"}]},
        {"category": "unknownFutureValue", "activityDisplayName": "Add user to crew (preview)"},
        {"activityDisplayName": "", "loggedByService": None},
        {
            "targetResources": [
                entry | {"modifiedProperties": [changed("X", "[]"), {"displayName": None, "newValue": "{"}]}
            ]
        },
    ]
    for number, edit in enumerate(edits):
        at = start + timedelta(minutes=15 * number, microseconds=number * 137_000)
        row = directory_row(world, update, at, by_user(world.people["bo.berg"]), [entry]) | edit
        world.add(at, row)
    _times(world, start + timedelta(hours=4), update, entry)


def _times(world: World, start: datetime, kind: Kind, entry: Row) -> None:
    """Times of every length, the same row twice, and one correlation over many rows."""
    texts = [
        f"{start:%Y-%m-%dT%H:%M:%S}Z",
        f"{start:%Y-%m-%dT%H:%M:%S}.5Z",
        seven(start + timedelta(microseconds=120), 7),
    ]
    for number, text in enumerate(texts):
        at = start + timedelta(seconds=number)
        row = directory_row(world, kind, at, by_app(None, "tailspin sync"), [entry]) | {"activityDateTime": text}
        row["correlationId"] = world.guid("one correlation", start)
        world.add(start, row)
        if number == 1:
            world.add(start, row)
            world.add(start, row)


def _unknown(world: World) -> None:
    """Words the service PIM has never been heard to say: kept and counted."""
    bo, at = world.people["bo.berg"], local(world.zone, "2026-10-14 11:20:00")
    for number, activity in enumerate(
        ("Paused member activation in PIM", "Add member to role completed (PIM preview)")
    ):
        moment = at + timedelta(hours=number, microseconds=55_010)
        who = resource("User", bo.id, bo.name, userPrincipalName=bo.upn)
        world.add(moment, service_row(world, activity, "RoleManagement", moment, bo, [who]))
        keys = {"activity": activity.lower()}
        found(world, "meta.unknown_activity", keys, moment, "a word PIM was never heard to say", "informational")
    moment = at + timedelta(hours=3, microseconds=10)
    entries = [resource("Directory", world.tenant_id, "Tailspin")]
    world.add(moment, service_row(world, "Tenant offboarded from PIM", "RoleManagement", moment, PIM_ACTOR, entries))
    keys = {"surface": None, "target_id": None, "day": "2026-10-14"}
    found(world, "drift.group_offboarded", keys, moment, "PIM taken out of the tenant with its licence", "high")


def _unwatched(world: World) -> None:
    """What nobody looks after: accounts for the emergency, and nine days of a log that is kept for seven."""
    keys: Row = {"matter": "emergency accounts"}
    found(world, "breakglass.missing", keys, FIRST, "no emergency account is named", "high")
    keys = {"what": "gap", "matter": "directory_audits", "since": f"{FIRST - OVERLAP:%Y-%m-%dT%H:%M:%S}.000000Z"}
    found(world, "tamper.collection_gap", keys, SECOND, "the second run comes a week too late", "high")


def _untouched(world: World) -> None:
    """Privilege moves here without PIM: no activation, no eligibility, nothing for the headline rules."""
    alma, gus, role = world.people["alma.abel"], world.people["gus.goode"], world.role("User Administrator")
    kind = Kind("Add member to role", "Core Directory", "RoleManagement", "Assign")
    at = local(world.zone, "2026-10-15 21:30:05")
    standing(world, alma, world.role("Global Administrator"), None, kind="active")
    standing(world, gus, role, at, kind="active")
    row = directory_row(
        world, kind, at, by_user(alma), [_assigned(gus, role.name, role.id), resource("Role", role.object_id, None)]
    )
    world.add(at, row)
    story = "a role assigned directly at 21:30: without PIM there is no activation to judge"
    quiet(world, "activation.off_hours", story, event_id=str(row["id"]))
    story = "a role assigned directly where no licence has PIM: there is nothing to go around"
    quiet(world, "grant.outside_pim", story, event_id=str(row["id"]))


def _assigned(who: Principal, name: str, template_id: str) -> Row:
    changes = changed("Role.DisplayName", name), changed("Role.TemplateId", template_id)
    return resource("User", who.id, who.name, *changes, userPrincipalName=who.upn)
