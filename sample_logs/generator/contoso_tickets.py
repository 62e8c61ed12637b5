"""Contoso's stories about tickets: missing, present in other places, and unknown."""

from dataclasses import replace
from datetime import timedelta

from .activations import Ask, activate
from .contoso_hours import zurich
from .grants import standing
from .planting import found, plant, quiet, spare
from .world import World

RULE, UNSOUND = "activation.missing_ticket", "activation.invalid_ticket"


def add_tickets(world: World) -> None:
    """All of them."""
    _groups(world)
    _roles(world)
    _unsound(world)


def _groups(world: World) -> None:
    who, rdp = world.people, world.member("sg-rdp-prod-servers")
    hamza = Ask(who["hamza.yilmaz"], rdp, zurich("2026-10-02 10:11:09"), 2, "Disk full on fs-14")
    plant(world, hamza, (RULE, "membership of a group whose policy asks for a ticket; the request has none"))
    owner = Ask(
        who["gabriela.weber"], world.owner("sg-sap-firefighters"), zurich("2026-10-09 09:40:55"), 1, "New colleague", ""
    )
    plant(world, owner, (RULE, "ownership of a group whose policy asks for a ticket; the number is empty"))
    later = replace(hamza, at=zurich("2026-10-29 13:25:37"), justification="Disk full again")
    plant(world, later, (RULE, "the same group in the second half of the month"))
    quoted = replace(hamza, at=zurich("2026-10-06 15:02:48"), justification="CHG-20417 restart of the print service")
    spare(world, quoted, (RULE, "the number stands in the justification"))
    given = replace(hamza, at=zurich("2026-10-19 08:45:12"), justification="Planned reboot", ticket="CHG-21230")
    spare(world, given, (RULE, "the request carries a number"))
    unlisted = replace(hamza, at=zurich("2026-10-22 14:12:40"), justification="Index rebuild", request=False)
    spare(world, unlisted, (RULE, "Graph no longer lists the request: what it said is unknown"))
    free = Ask(
        who["eva.schmid"], world.role("Teams Administrator"), zurich("2026-10-16 09:15:33"), 2, "Meeting policies"
    )
    spare(world, free, (RULE, "no ticket, and nothing asks for one"))
    plain = Ask(
        who["fabian.meier"], world.member("m365-cloud-platform"), zurich("2026-10-01 11:35:33"), 2, "Template fix"
    )
    spare(world, plain, (RULE, "a group without a ticket in its request, and nothing asks for one"))


def _roles(world: World) -> None:
    jonas, everything = world.people["jonas.baumann"], world.role("Global Administrator")
    empty = (("TicketNumber", ""), ("TicketSystem", ""))
    ask = Ask(jonas, everything, zurich("2026-10-13 10:31:26"), 1, "Domain verification", details=empty)
    plant(world, ask, (RULE, "the highest role; the audit details carry an empty ticket key"))
    unknown = replace(ask, at=zurich("2026-09-30 14:08:03"), details=())
    spare(world, unknown, (RULE, "the audit details have no ticket key: whether there was one is unknown"))
    full = (("TicketNumber", "CHG-21377"), ("TicketSystem", "ServiceNow"))
    present = replace(ask, at=zurich("2026-10-23 09:20:47"), details=full)
    spare(world, present, (RULE, "the audit details carry a number"))


def _unsound(world: World) -> None:
    """Pius gives a ticket each time; what the register has of it is another matter."""
    pius, rdp = world.people["pius.portmann"], world.member("sg-rdp-prod-servers")
    standing(world, pius, rdp, zurich("2026-04-01 09:30"), zurich("2027-03-31 22:00"))
    day, work = timedelta(days=1), "Certificates of the print servers"
    for at, ticket, fault, story in (
        ("2026-10-07 11:20:08", "see mail", "has another form than tickets have", "a ticket that is no number"),
        ("2026-10-13 10:41:30", "CHG-90417", "stands in no register", "a number nobody ever opened"),
        ("2026-10-21 14:12:51", "CHG-20733", "was closed before", "a ticket closed five days before"),
        ("2026-10-26 09:33:17", "CHG-21840", "was opened only afterwards", "a ticket opened the day after"),
    ):
        ask = Ask(pius, rdp, zurich(at), 1, work, ticket)
        activate(world, ask)
        keys = {"ticket": ticket.upper(), "fault": fault, "subject_id": pius.id}
        found(world, UNSOUND, keys, ask.at, story, "low")
    world.register |= {"CHG-90417": None}
    world.register["CHG-20733"] = zurich("2026-10-12 08:00"), zurich("2026-10-16 12:00")
    world.register["CHG-21840"] = zurich("2026-10-27 08:00"), None
    late = Ask(pius, rdp, zurich("2026-10-29 10:05:44"), 1, work, "CHG-21907")
    world.register["CHG-21907"] = late.at - 9 * day, late.at - timedelta(hours=20)
    quiet(world, UNSOUND, "a ticket closed the evening before", request_id=activate(world, late))
    for at in ("2026-10-01 15:20:33", "2026-10-23 15:20:33"):
        ask = Ask(pius, rdp, zurich(at), 1, work, "CHG-20044")
        activate(world, ask)
    keys = {"ticket": "CHG-20044", "fault": "used for many days", "subject_id": None}
    found(world, UNSOUND, keys, ask.at, "one ticket over three weeks", "low")
