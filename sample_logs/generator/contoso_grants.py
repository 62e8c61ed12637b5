"""Contoso's stories about grants: for ever or not, taken away, given an end, extended."""

from dataclasses import replace
from datetime import datetime, timedelta

from .contoso_hours import zurich
from .grants import Order, bound, extend, give, lapse, standing, take
from .planting import drift, found, grant_forever, quiet
from .world import World

RULE = "grant.permanent_eligible"


def add_grants(world: World) -> None:
    """All of them."""
    _for_ever(world)
    _tidied(world)
    _look_alikes(world)
    _time_bound(world)


def _for_ever(world: World) -> None:
    who, anna = world.people, world.people["anna.keller"]
    intune = Order(anna, who["eva.schmid"], world.role("Intune Administrator"), zurich("2026-10-06 09:33:20"))
    sap = Order(
        who["gabriela.weber"], who["oskar.wagner"], world.member("sg-sap-firefighters"), zurich("2026-10-13 16:20:08")
    )
    apps = Order(anna, who["irina.novak"], world.role("Application Administrator"), zurich("2026-10-20 11:10:36"))
    guest = Order(anna, who["li.chen"], world.role("Global Reader"), zurich("2026-10-27 15:44:59"))
    owner = Order(who["simon.egli"], who["beat.frei"], world.owner("sg-db-breakfix"), zurich("2026-10-29 10:05:17"))
    stories = [
        (intune, "a role granted without end"),
        (sap, "membership of a group granted without end"),
        (apps, "a role granted without end between the two dates"),
        (guest, "a role granted without end to a guest"),
        (owner, "ownership of a group granted without end, a week after the group came into PIM"),
    ]
    for order, story in stories:
        grant = drift(world, grant_forever(world, order, story), f"{story}, and still there")
        if order is guest:
            found(world, "grant.guest", {"request_id": grant.request_id}, order.at, "a role granted to a guest", "high")
    short = replace(
        intune, subject=who["urs.ulrich"], target=world.role("Teams Administrator"), at=zurich("2026-09-25 13:01:44")
    )
    gone = grant_forever(world, short, "granted without end, taken away five days later")
    take(world, anna, gone, zurich("2026-09-30 08:15:01"))


def _tidied(world: World) -> None:
    anna = world.people["anna.keller"]
    take(world, anna, world.named["irina.novak"], zurich("2026-10-22 09:02:13"), "Quarterly review")
    ends = datetime(2027, 4, 30, 21, 59, tzinfo=zurich("2026-10-21 08:00").tzinfo)
    bound(world, anna, world.named["hamza.yilmaz"], zurich("2026-10-21 08:40:55"), ends)


def _look_alikes(world: World) -> None:
    who, anna = world.people, world.people["anna.keller"]
    order = Order(anna, who["sven.suter"], world.role("Teams Administrator"), zurich("2026-10-07 10:20:30"))
    canceled = give(world, replace(order, canceled=True))
    quiet(world, RULE, "asked for without end, then canceled", request_id=str(canceled.request_id))
    bounded = give(world, replace(order, at=order.at + timedelta(minutes=9), ends=order.at + timedelta(days=180)))
    quiet(world, RULE, "the same with an end", request_id=str(bounded.request_id))
    active = replace(order, subject=who["zoe.zurcher"], target=world.role("Security Reader"), kind="active")
    for_ever = give(world, replace(active, at=zurich("2026-10-12 14:14:14")))
    quiet(world, RULE, "an active assignment without end: another rule's business", request_id=str(for_ever.request_id))
    keys, story = {"request_id": for_ever.request_id}, "a role given actively and without end"
    found(world, "grant.permanent_active", keys, zurich("2026-10-12 14:14:14"), story, "high")
    member = Order(anna, who["pius.portmann"], world.member("sg-helpdesk-operators"), zurich("2026-10-26 15:12:02"))
    given = give(world, replace(member, ends=member.at + timedelta(days=90)))
    quiet(world, RULE, "membership of a group with an end", request_id=str(given.request_id))


def _time_bound(world: World) -> None:
    who, anna = world.people, world.people["anna.keller"]
    since, ends = datetime(2026, 4, 20, 8, tzinfo=zurich("2026-04-20 08:00").tzinfo), zurich("2026-10-20 10:00")
    lapse(world, standing(world, who["rita.roth"], world.role("Global Reader"), since, ends))
    project = standing(world, who["marco.moser"], world.role("Teams Administrator"), since, zurich("2026-10-25 10:00"))
    extend(world, anna, project, zurich("2026-10-19 13:30:48"), zurich("2027-01-29 18:00"))
    removed = standing(world, who["nora.nef"], world.member("sg-rdp-prod-servers"), since, zurich("2027-02-01 10:00"))
    take(world, anna, removed, zurich("2026-10-28 16:47:21"), "Moved to another team")
