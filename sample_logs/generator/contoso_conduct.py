"""Contoso's stories about how people activate: too soon, with nothing to say, again and again, from elsewhere."""

from dataclasses import replace
from datetime import datetime, timedelta

from .activations import Ask, activate
from .clock import RETAINED_FROM, local
from .contoso_hours import zurich
from .core_rows import Kind, by_user, directory_row
from .grants import Order, give, standing
from .pim_rows import changed, resource
from .planting import found, quiet
from .world import Activation, Principal, Row, Target, World

SINCE, UNTIL = zurich("2026-04-01 09:30"), zurich("2027-03-31 22:00")
SOON, WORDS, AGAIN = "activation.soon_after_grant", "activation.weak_justification", "activation.retry_after_denial"
RESET, OWNER, LONG = "activation.after_credential_reset", "activation.owner_adds_member", "activation.exceeds_policy"
MACHINE, ELSEWHERE, FIRST_USE = "activation.by_nonhuman", "activation.new_source_ip", "activation.first_time_target"


def add_conduct(world: World) -> None:
    """All but first uses, which are told once everybody has activated."""
    _soon(world)
    _words(world)
    _again(world)
    _reset(world)
    _owner(world)
    _never(world)
    _elsewhere(world)


def _soon(world: World) -> None:
    who, platform = world.people, world.member("m365-cloud-platform")
    for key, at, wait, story in (
        ("lea.lang", "2026-10-08 10:12:30", 6, ""),
        ("jan.jost", "2026-10-21 10:15:10", 95, "granted in the morning, activated an hour and a half later"),
    ):
        order = Order(who["anna.keller"], who[key], platform, zurich(at), UNTIL)
        give(world, order)
        ask = Ask(who[key], platform, order.at + timedelta(minutes=wait), 2, "Hand-over of the tenant templates")
        _tell(world, SOON, ask, "activated six minutes after it was granted", "high", story)


def _words(world: World) -> None:
    for key, day, story in (
        ("luca.bianchi", "2026-10-10", "one word of five letters"),
        ("luca.bianchi", "2026-10-12", "the same word on another day"),
        ("luca.bianchi", "2026-10-14", "and on a third"),
        ("karin.steiner", "2026-10-22", "five letters and digits"),
        ("petra.vogel", "2026-10-28", "one word for seven activations: one finding"),
    ):
        keys = {"subject_id": world.people[key].id, "day": day}
        found(world, WORDS, keys, datetime.fromisoformat(f"{day}T23:59:59Z"), story, "low")
    nina = world.people["nina.gruber"].id
    quiet(world, WORDS, "one word, but it says what the work is", subject_id=nina, day="2026-10-26")


def _again(world: World) -> None:
    conditional, hamza = world.role("Conditional Access Administrator"), world.people["hamza.yilmaz"]
    keys = {"surface": "entra_role", "subject_id": hamza.id, "target_id": conditional.id, "access": None}
    day = "2026-10-15"
    found(world, AGAIN, {**keys, "day": day}, zurich(day), "denied eight times and asked again each time")
    found(world, "approval.denied", {**keys, "day": day}, zurich(day), "denied nine times in a day")
    story = "one late request of somebody who uses the role, denied"
    found(world, "approval.denied", {**keys, "day": "2026-10-13"}, zurich("2026-10-13"), story, "low")
    quiet(world, AGAIN, "denied late, asked again two days later", subject_id=hamza.id, day="2026-10-13")


def _reset(world: World) -> None:
    teams, helpdesk = world.role("Teams Administrator"), world.people["walter.wyss"]
    kind = Kind("Reset user password", "Core Directory", "UserManagement", "Update")
    for key, at, wait, story in (
        ("yara.yersin", "2026-10-06 10:02:41", 18, ""),
        ("elena.etter", "2026-10-27 13:30:20", 95, "the password was reset an hour and a half before"),
    ):
        person, moment = world.people[key], zurich(at)
        standing(world, person, teams, SINCE, UNTIL)
        row = resource("User", person.id, person.name, userPrincipalName=person.upn)
        world.add(moment, directory_row(world, kind, moment, by_user(helpdesk), [row]))
        ask = Ask(person, teams, moment + timedelta(minutes=wait), 1, "Meeting room policies")
        _tell(world, RESET, ask, "activated 18 minutes after somebody else reset the password", "high", story)


def _owner(world: World) -> None:
    """The ownership of 9 October, told with the tickets: within its hour somebody is added, and taken out again."""
    gabriela, sap, carla = (
        world.people["gabriela.weber"],
        world.owner("sg-sap-firefighters"),
        world.people["carla.caduff"],
    )
    held = next(
        each
        for each in world.activations
        if each.person == gabriela and each.target.key == sap.key and each.starts > zurich("2026-10-09 00:00")
    )
    at = held.starts + timedelta(minutes=17, seconds=12)
    world.add(at, _membership(world, gabriela, carla, sap, at, added=True))
    gone = at + timedelta(hours=30)
    world.add(gone, _membership(world, gabriela, carla, sap, gone, added=False))
    found(world, OWNER, {"request_id": held.request_id}, at, "an owner for an hour adds a member for a day", "high")
    before = next(each for each in world.activations if each.person == gabriela and each.target.key == sap.key)
    quiet(world, OWNER, "the same ownership two days before, and nobody added", request_id=before.request_id)


def _membership(world: World, actor: Principal, person: Principal, group: Target, at: datetime, *, added: bool) -> Row:
    verb, operation = ("Add member to group", "Assign") if added else ("Remove member from group", "Unassign")
    pairs = (("Group.ObjectID", group.id), ("Group.DisplayName", group.name))
    changes = [changed(name, value) if added else changed(name, None, value) for name, value in pairs]
    who = resource("User", person.id, person.name, *changes, userPrincipalName=person.upn)
    kind = Kind(verb, "Core Directory", "GroupManagement", operation)
    return directory_row(world, kind, at, by_user(actor), [who, resource("Group", group.id, None, groupType="azureAD")])


def _never(world: World) -> None:
    """What the service does not do, or should not: told so that it is found if it ever happens."""
    teams, tina, kim = world.role("Teams Administrator"), world.people["tina.tobler"], world.people["kim.kunz"]
    for person in (tina, kim):
        standing(world, person, teams, SINCE, UNTIL)
    ask = Ask(tina, teams, zurich("2026-10-07 09:10:05"), 12, "Move of the telephone numbers")
    _tell(world, LONG, ask, "twelve hours where eight are permitted", "high")
    ask = Ask(tina, teams, zurich("2026-10-21 09:10:05"), 8, "Second move of telephone numbers")
    _tell(world, LONG, ask, "", "high", "exactly the eight hours that are permitted")
    ask = Ask(kim, teams, zurich("2026-10-23 11:20:31"), 1, "Nightly export of call queues", by=world.apps["deploy"])
    _tell(world, MACHINE, ask, "an application asks on a person's behalf")
    ask = replace(ask, at=zurich("2026-10-26 11:20:31"), by=None)
    _tell(world, MACHINE, ask, "", "medium", "the same, asked for by the person")


def _elsewhere(world: World) -> None:
    chiara, operator = world.people["chiara.rossi"], world.role("Security Operator")
    away = replace(chiara, ip="192.0.2.66" if chiara.ip.startswith("198.51.100.") else "198.51.100.66")
    ask = Ask(away, operator, zurich("2026-10-27 15:40:18"), 1, "Triage of the phishing wave")
    _tell(world, ELSEWHERE, ask, "from a network this person never used", "low")
    mei = replace(world.people["mei.tan"], ip=world.people["mei.tan"].ip.rsplit(".", 1)[0] + ".251")
    ask = Ask(mei, operator, local("Asia/Singapore", "2026-10-29 10:20:18"), 1, "Triage of the phishing wave")
    _tell(world, ELSEWHERE, ask, "", "low", "another address of the usual network")


def _tell(world: World, rule_id: str, ask: Ask, story: str, severity: str = "medium", silent: str = "") -> None:
    request_id = activate(world, ask)
    keys = {"request_id": request_id}
    if silent:
        quiet(world, rule_id, silent, **keys)
    else:
        found(world, rule_id, keys, world.activations[-1].visible, story, severity)


def add_first_uses(world: World) -> None:
    """Whoever uses something for the first time once thirty days are covered; told by the activations themselves."""
    covered = RETAINED_FROM.replace(minute=15) + timedelta(days=30)
    used: set[tuple[str, str]] = set()
    for held in sorted(world.activations, key=lambda each: (each.starts, each.request_id)):
        if _first_use(held, used) and held.starts >= covered:
            story = f"{held.person.key} never activated this before"
            found(world, FIRST_USE, {"request_id": held.request_id}, held.visible, story, "low")


def _first_use(held: Activation, used: set[tuple[str, str]]) -> bool:
    use = (held.person.id, held.target.key)
    first = use not in used
    used.add(use)
    return first
