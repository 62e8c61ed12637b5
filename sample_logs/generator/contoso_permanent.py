"""Contoso's eligibilities without an end that were there on the first day: some accepted, some not."""

from datetime import UTC, datetime

from .grants import standing
from .planting import accepted, drift
from .world import Principal, Target, World

LONG_AGO = datetime(2025, 3, 4, 8, 0, tzinfo=UTC)


def add_permanent(world: World) -> None:
    """All of them; those a later story comes back to are kept by name."""
    _people(world)
    _groups(world)
    unit = f"/administrativeUnits/{world.guid('administrative unit', 'Vienna')}"
    scoped = standing(world, world.people["nina.gruber"], world.role("Helpdesk Administrator"), LONG_AGO, scope=unit)
    drift(world, scoped, "a role over one administrative unit held without end")
    lapsed = standing(world, world.people["paul.leitner"], world.role("SharePoint Administrator"), LONG_AGO)
    drift(world, lapsed, "accepted in the baseline until 20 October, open once that has passed", opened=1)
    world.named["lapsed baseline"] = lapsed
    _accept(world)


def _people(world: World) -> None:
    who = world.people
    irina, fabian = who["irina.novak"], who["fabian.meier"]
    _held(world, irina, world.role("Exchange Administrator"), "a role held without end; taken away on 22 October")
    story = "a role held without end although its policy asks for one"
    _held(world, fabian, world.role("Global Administrator"), story, "high")
    story = "membership of a group held without end; given an end on 21 October"
    _held(world, who["hamza.yilmaz"], world.member("sg-rdp-prod-servers"), story)
    story = "ownership of a group held without end although its policy asks for one"
    _held(world, who["gabriela.weber"], world.owner("sg-sap-firefighters"), story, "high")


def _groups(world: World) -> None:
    exchange, vienna = world.groups["sg-pim-exchange-admins"], world.groups["sg-team-vienna"]
    _held(world, exchange, world.role("Compliance Administrator"), "a role held without end by a group")
    story = "an ordinary group nested without end in a PIM group"
    _held(world, vienna, world.member("sg-helpdesk-operators"), story)


def _held(world: World, who: Principal, target: Target, story: str, severity: str = "medium") -> None:
    world.named[who.key] = drift(world, standing(world, who, target, LONG_AGO), story, severity)


def _accept(world: World) -> None:
    since = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)
    people, anna = world.people, "anna.keller@contoso.example"
    reader, pra = world.role("Security Reader"), world.role("Privileged Role Administrator")
    rdp, sap = world.member("sg-rdp-prod-servers"), world.member("sg-sap-firefighters")
    chiara, jonas = people["chiara.rossi"], people["jonas.baumann"]
    accepted(world, standing(world, chiara, reader, since), "Security Reader", "SOC reads every day", owner=anna)
    tier0 = standing(world, world.groups["sg-tier0-directory"], pra, since)
    accepted(world, tier0, pra.id, "the group itself is guarded by PIM", owner=anna, ticket="CHG-10233")
    crew = standing(world, jonas, rdp, since)
    accepted(world, crew, "sg-rdp-prod-servers", "server crew, reviewed each quarter", owner=anna, ticket="CHG-10311")
    luca = standing(world, people["luca.bianchi"], rdp, since)
    accepted(world, luca, rdp.id, "night batch", owner=anna, principal=people["luca.bianchi"].id, expires="2027-06-30")
    sap_crew = standing(world, people["beat.frei"], sap, since)
    accepted(world, sap_crew, "sg-sap-firefighters", "deputy of the SAP lead", owner="gabriela.weber@contoso.example")
    lapsed = world.named["lapsed baseline"]
    accepted(world, lapsed, "SharePoint Administrator", "until the migration ends", owner=anna, expires="2026-10-20")
