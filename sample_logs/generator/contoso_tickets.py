"""Contoso's stories about tickets: missing, present in other places, and unknown."""

from dataclasses import replace

from .activations import Ask
from .contoso_hours import zurich
from .planting import plant, spare
from .world import World

RULE = "activation.missing_ticket"


def add_tickets(world: World) -> None:
    """All of them."""
    _groups(world)
    _roles(world)


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
