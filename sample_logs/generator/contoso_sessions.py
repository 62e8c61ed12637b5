"""Contoso's stories about what an activation rests on and what is done in it: groups on the way, and changes."""

from dataclasses import replace
from datetime import timedelta

from .activations import Ask, activate
from .clock import SECOND, local
from .contoso_hours import zurich
from .core_rows import Kind, by_user, directory_row
from .grants import standing
from .pim_rows import resource
from .planting import found, quiet, state
from .posture import holding
from .world import Activation, Principal, World

SINCE, UNTIL = zurich("2026-04-01 09:30"), zurich("2027-03-31 22:00")
CHAIN, CHANGE, UNTOLD = "activation.impossible_chain", "activation.sensitive_followup", "drift.unexplained_change"
SEEN = f"{SECOND:%Y-%m-%dT%H:%M:%S}.000000Z"
CREDENTIAL = Kind("Add service principal credentials", "Core Directory", "ApplicationManagement", "Update")
CONSENT = Kind("Consent to application", "Core Directory", "ApplicationManagement", "Assign")
CONDITIONAL = Kind("Update Conditional Access policy", "Conditional Access", "Policy", "Update")


def add_sessions(world: World) -> None:
    """All of them."""
    _chains(world)
    _changes(world)
    _unexplained(world)


def _chains(world: World) -> None:
    """Rita may become a member of the group that may activate the role: first the one, then the other."""
    rita, anna = world.people["rita.roth"], world.people["anna.keller"]
    group, role = world.member("sg-tier0-directory"), world.role("Privileged Role Administrator")
    standing(world, rita, group, SINCE, UNTIL)
    at = zurich("2026-10-20 09:02:14")
    member = Ask(rita, group, at, 2, "Yearly check of role settings", "CHG-21604", approver=anna)
    activate(world, replace(member, decided=at + timedelta(minutes=5)))
    asked = replace(member, target=role, at=at + timedelta(minutes=17), hours=1, entitled=False)
    chained = activate(world, replace(asked, decided=asked.at + timedelta(minutes=6)))
    quiet(world, CHAIN, "the membership was activated a quarter of an hour before", request_id=chained)
    alone = replace(asked, at=zurich("2026-10-28 10:12:40"))
    request_id = activate(world, replace(alone, decided=alone.at + timedelta(minutes=6)))
    story = "the role through the group, and no membership activated that day"
    found(world, CHAIN, {"request_id": request_id}, alone.at, story, "high")


def _changes(world: World) -> None:
    who, backup = world.people, world.apps["backup"]
    tina = _session(world, who["tina.tobler"], "2026-10-21 09:10")
    at = tina.starts + timedelta(minutes=112)
    entry = resource("ServicePrincipal", backup.id, backup.name)
    world.add(at, directory_row(world, CREDENTIAL, at, by_user(who["tina.tobler"]), [entry]))
    story = "a secret for a backup application while Teams Administrator ran"
    found(world, CHANGE, {"request_id": tina.request_id}, at, story, "high")
    raj = _session(world, who["raj.kumar"], "2026-10-21 09:04")
    at = raj.starts + timedelta(minutes=9)
    policy = resource("Policy", world.guid("ca policy", "night batch"), "Exclusions <night batch>")
    world.add(at, directory_row(world, CONDITIONAL, at, by_user(who["raj.kumar"]), [policy]))
    story = "what a Conditional Access Administrator is there for"
    found(world, CHANGE, {"request_id": raj.request_id}, at, story, "informational")
    elena = _session(world, who["elena.etter"], "2026-10-27 15:05")
    at = elena.starts + timedelta(minutes=12)
    refused = directory_row(world, CONSENT, at, by_user(who["elena.etter"]), [entry])
    world.add(at, {**refused, "result": "failure", "resultReason": "Microsoft.Online.Security.UserConsentBlocked"})
    quiet(world, CHANGE, "tried to consent to an application, and refused", request_id=elena.request_id)


def _session(world: World, person: Principal, about: str) -> Activation:
    """The person's activation that was asked for within five minutes of a Zurich wall clock."""
    at = local("Europe/Zurich", about)
    return next(a for a in world.activations if a.person == person and abs(a.starts - at) < timedelta(minutes=5))


def _unexplained(world: World) -> None:
    """A role that is there on the second date, given in between, and the log says nothing of it."""
    who, role = world.people["zoe.zurcher"], world.role("Security Operator")
    standing(world, who, role, zurich("2026-10-25 04:12:09"), UNTIL)
    keys = {**holding(who, role), "kind": "eligible", "scope": "/", "change": "appeared", "seen_at": SEEN}
    state(world, UNTOLD, keys, "made eligible in the night, and no event tells of it", "medium", 1)
    story = "made eligible in the same days, and PIM tells of it"
    quiet(world, UNTOLD, story, principal_id=world.people["alice.amrein"].id)
