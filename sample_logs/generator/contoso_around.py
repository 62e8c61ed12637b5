"""Contoso's stories about grants: to oneself, around PIM, to the wrong account, for a moment, in numbers."""

from dataclasses import replace
from datetime import datetime, timedelta

from .contoso_hours import zurich
from .core_rows import Kind, by_user, directory_row
from .grants import Order, give, take
from .pim_rows import changed, resource
from .planting import found, quiet
from .world import Principal, Row, World

QUARTER = timedelta(days=90)
TEN = (
    *("alice.amrein", "carla.caduff", "dario.dietrich", "elena.etter", "felix.fuchs"),
    *("greta.gasser", "hugo.hofer", "ines.iten", "kim.kunz", "lea.lang"),
)


def add_around(world: World) -> None:
    """All of them."""
    _oneself(world)
    _new_and_machine(world)
    _moments(world)
    _many(world)
    _group(world)
    _shadow(world)
    _emergency(world)


def _oneself(world: World) -> None:
    walter, role = world.people["walter.wyss"], world.role("License Administrator")
    order = Order(walter, walter, role, zurich("2026-10-14 10:05:31"), zurich("2026-12-31 18:00"), reason="for me")
    story = "an administrator made himself eligible"
    found(world, "grant.self", {"request_id": give(world, order).request_id}, order.at, story, "high")


def _new_and_machine(world: World) -> None:
    who, anna = world.people, world.people["anna.keller"]
    desk, at = world.member("sg-helpdesk-operators"), zurich("2026-10-19 14:20:11")
    new = give(world, Order(anna, who["nadja.neu"], desk, at, at + QUARTER))
    story = "a group given to an account made five hours before"
    found(world, "grant.new_account", {"request_id": new.request_id}, at, story, "high")
    old = give(world, Order(anna, who["tina.tobler"], desk, at + timedelta(minutes=7), at + QUARTER))
    quiet(world, "grant.new_account", "the same to an account of years ago", request_id=str(old.request_id))
    role = world.role("Application Administrator")
    machine = Order(
        anna, world.apps["deploy"], role, zurich("2026-10-13 11:02:45"), zurich("2026-11-30 18:00"), "active"
    )
    story = "a role given to a deployment pipeline"
    found(world, "grant.service_principal", {"request_id": give(world, machine).request_id}, machine.at, story)


def _moments(world: World) -> None:
    who, walter, anna = world.people, world.people["walter.wyss"], world.people["anna.keller"]
    role = world.role("Groups Administrator")
    order = Order(walter, who["olga.ott"], role, zurich("2026-10-15 17:40:02"), zurich("2026-11-15 18:00"), "active")
    held = give(world, order)
    take(world, walter, held, order.at + timedelta(minutes=38))
    story = "a role active for 38 minutes and taken away again"
    found(world, "grant.smash_and_grab", {"grant_id": held.request_id}, order.at, story, "high")
    slip = give(
        world, replace(order, actor=anna, subject=who["jan.jost"], at=zurich("2026-10-12 09:31:00"), kind="eligible")
    )
    take(world, anna, slip, zurich("2026-10-12 09:34:20"), "Wrong person")
    story = "made eligible by mistake and put right, never used"
    found(world, "grant.smash_and_grab", {"grant_id": slip.request_id}, zurich("2026-10-12 09:34:20"), story, "low")
    day = give(world, replace(order, subject=who["nora.nef"], at=zurich("2026-10-20 08:10:00")))
    take(world, anna, day, zurich("2026-10-20 16:10:00"), "The work is done")
    quiet(world, "grant.smash_and_grab", "a role active for a working day", grant_id=str(day.request_id))


def _many(world: World) -> None:
    beat, reader = world.people["beat.frei"], world.role("Security Reader")
    start = zurich("2026-10-26 15:00:10")
    for number, key in enumerate(TEN):
        at = start + timedelta(minutes=5 * number)
        give(world, Order(beat, world.people[key], reader, at, at + QUARTER, reason="SOC pilot"))
    story = "ten people made eligible within 45 minutes"
    keys = {"requester_id": beat.id, "direction": "granted", "day": "2026-10-26"}
    found(world, "grant.bulk", keys, start, story, "high")


def _group(world: World) -> None:
    """Membership of a PIM group given around PIM, and taken away again; the same in a group that is none of PIM's."""
    daniel, jan = world.people["daniel.huber"], world.people["jan.jost"]
    at = zurich("2026-10-15 08:44:19")
    joined = world.groups["sg-sap-firefighters"], world.groups["sg-team-vienna"]
    for group, moment in zip(joined, (at, at + timedelta(minutes=4)), strict=True):
        for verb, link, kind, later in (("Add", "to", "Assign", 0), ("Remove", "from", "Unassign", 5)):
            name = f"{verb} member {link} group"
            _membership(world, Kind(name, "Core Directory", "GroupManagement", kind), daniel, jan, group, moment, later)
    keys = {
        "surface": "group",
        "subject_id": jan.id,
        "target_id": joined[0].id,
        "access": "member",
        "day": "2026-10-15",
    }
    found(world, "grant.outside_pim", keys, at, "added to a PIM group directly, and out again after five hours", "high")
    quiet(world, "grant.outside_pim", "the same in an ordinary group", subject_id=jan.id, target_id=joined[1].id)
    # contoso_conduct tells how an owner who had activated added Carla: around PIM as well.
    carla = world.people["carla.caduff"]
    keys = {**keys, "subject_id": carla.id, "day": "2026-10-09"}
    found(world, "grant.outside_pim", keys, zurich("2026-10-09 12:00"), "a member added by an activated owner", "high")


def _membership(
    world: World, kind: Kind, actor: Principal, who: Principal, group: Principal, at: datetime, hours: int
) -> None:
    moment = at + timedelta(hours=hours, microseconds=318_204)
    changes = [changed("Group.ObjectID", group.id), changed("Group.DisplayName", group.name)]
    entries = [resource("User", who.id, who.name, *changes, userPrincipalName=who.upn), _group_entry(group)]
    world.add(moment, directory_row(world, kind, moment, by_user(actor), entries))


def _group_entry(group: Principal, *changes: Row) -> Row:
    return resource("Group", group.id, None, *changes, groupType="azureAD")


def _shadow(world: World) -> None:
    """A role-assignable group made and deleted again between the two dates; an ordinary one beside it."""
    walter, at = world.people["walter.wyss"], zurich("2026-10-21 17:02:50")
    create = Kind("Add group", "Core Directory", "GroupManagement", "Add")
    delete = Kind("Delete group", "Core Directory", "GroupManagement", "Delete")
    for number, (name, assignable) in enumerate((("sg-shadow-admins", True), ("sg-lunch", False))):
        group = Principal(name, world.guid("group", name), name, "Group")
        moment = at + timedelta(minutes=3 * number, microseconds=91_771)
        changes = [changed("DisplayName", f'["{name}"]'), changed("IsAssignableToRole", f"[{str(assignable).lower()}]")]
        row = directory_row(world, create, moment, by_user(walter), [_group_entry(group, *changes)])
        world.add(moment, row)
        gone = moment + timedelta(hours=2)
        world.add(gone, directory_row(world, delete, gone, by_user(walter), [_group_entry(group)]))
        if assignable:
            story = "a role-assignable group, gone after two hours"
            found(world, "grant.role_assignable_group", {"event_id": row["id"]}, moment, story)
        else:
            quiet(world, "grant.role_assignable_group", "a group that can hold no role", event_id=str(row["id"]))


def _emergency(world: World) -> None:
    """An emergency account's second factor is taken away."""
    walter, account = world.people["walter.wyss"], world.people["bg2"]
    moment = zurich("2026-10-22 18:20:05") + timedelta(microseconds=640_300)
    kind = Kind("Admin deleted security info", "Authentication Methods", "UserManagement", "Delete")
    entry = resource("User", account.id, account.name, userPrincipalName=account.upn)
    world.add(moment, directory_row(world, kind, moment, by_user(walter), [entry]))
    keys = {"principal_id": account.id, "day": "2026-10-22", "how": "changed"}
    found(world, "breakglass.touched", keys, moment, "a method of an emergency account deleted", "high")
    other = world.people["bruno.buhler"]
    moment += timedelta(minutes=6)
    entry = resource("User", other.id, other.name, userPrincipalName=other.upn)
    row = directory_row(world, kind, moment, by_user(walter), [entry])
    world.add(moment, row)
    quiet(world, "breakglass.touched", "the same to an ordinary account", event_id=str(row["id"]))
