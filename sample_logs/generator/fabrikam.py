"""Fabrikam: an insurer in New York that keeps its house in order. Two small truths, the rest only looks like one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .activations import Ask, activate
from .clock import FIRST, RETAINED_FROM, SECOND, local
from .governance import add_alerts, add_ca, add_context, add_strengths
from .grants import Order, extend, give, standing, take
from .groups import add_group, join, own
from .habits import Habit, follow
from .ordinary import scatter
from .people import MS_PIM_APP_ID, add_app, add_guest, add_person
from .planting import accepted, drift, found, plant, quiet, spare
from .policies import Settings, set_policy
from .posture import each, untold
from .reviews import Verdict, add_instance, add_review, member_query, role_query
from .roles import add_roles
from .world import Target, World

TENANT_ID = "a1c4e7f2-3b5d-4f6a-8c9e-0d2b4f6a8c02"
HOURS, TICKET, FOREVER = "activation.off_hours", "activation.missing_ticket", "grant.permanent_eligible"
TICKETED = ("MultiFactorAuthentication", "Justification", "Ticketing")
SINCE, UNTIL = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2027, 5, 31, 20, tzinfo=UTC)
ADMINS = {
    "grace.lee": ("Grace Lee", "Identity lead"),
    "omar.reed": ("Omar Reed", "Identity engineer"),
    "julia.park": ("Julia Park", "Service desk"),
    "victor.stone": ("Victor Stone", "Server engineer"),
    "priya.nair": ("Priya Nair", "Messaging engineer"),
    "liam.ford": ("Liam Ford", "Security engineer"),
}
STAFF = "Amy Adler,Ben Boyd,Cora Cole,Dean Dorsey,Ella Eng,Finn Fox,Gwen Gray,Hank Hale,Isla Irwin,Jack Jones,Kate King"


def tell() -> World:
    """The whole story of the tenant."""
    world = World("fabrikam", TENANT_ID, "fabrikam.example", "America/New_York")
    _cast(world)
    _settings(world)
    _held(world)
    _hours(world)
    _tickets(world)
    _busy(world)
    _grants(world)
    _governance(world)
    _posture(world)
    who = world.people
    habits = [Habit(who[key], 0.25, 9, 15, ("2026-10-12",)) for key in (*ADMINS, "wes.coast") if key != "julia.park"]
    follow(world, habits, (who["grace.lee"], who["liam.ford"]), {"grp-directory-admins"})
    admins, plain = ["grace.lee", "omar.reed", "julia.park"], [key for key in who if not key.startswith("emergency")]
    scatter(world, RETAINED_FROM, FIRST - timedelta(minutes=30), 150, admins, plain)
    scatter(world, FIRST, SECOND - timedelta(minutes=30), 90, admins, plain)
    return world


def _cast(world: World) -> None:
    for key, (name, title) in ADMINS.items():
        add_person(world, key, name, title)
    add_person(world, "wes.coast", "Wes Coast", "Server engineer", zone="America/Los_Angeles")
    for name in STAFF.split(","):
        add_person(world, name.lower().replace(" ", "."), name)
    for letter in "ab":
        add_person(world, f"emergency-{letter}", f"Emergency {letter.upper()}", "Break glass")
    add_guest(world, "anna.keller", "Anna Keller (Contoso)", "contoso.example")
    add_app(world, "ms-pim", "MS-PIM", MS_PIM_APP_ID)
    add_app(world, "hr", "People Hub")
    add_app(world, "deploy", "fabrikam-release")
    add_group(world, "grp-directory-admins", "role_assignable", onboarded=True)
    add_group(world, "grp-prod-jump-hosts", onboarded=True)
    add_group(world, "grp-claims-db-owners", onboarded=True)
    add_group(world, "lic-everyone", "dynamic", membershipRule="(user.accountEnabled -eq true)")
    add_group(world, "m365-all-company", "m365")
    join(world, "lic-everyone", *world.people)
    own(world, "m365-all-company", "amy.adler")
    add_roles(world)
    world.licences = [("SPE_E5", 30, 23)]


def _settings(world: World) -> None:
    who = world.people
    leads, mail = (who["grace.lee"], who["liam.ford"]), ("iam@fabrikam.example",)
    for role in world.roles.values():
        set_policy(world, role, Settings(4, context="c1", recipients=mail))
    reader = replace(Settings(8, recipients=mail), permanent_eligible=True)
    for name in ("Security Reader", "Global Reader"):
        set_policy(world, world.role(name), reader)
    guarded = Settings(2, TICKETED, leads, True, "c1", recipients=mail)
    for name in ("Global Administrator", "Privileged Role Administrator"):
        set_policy(world, world.role(name), guarded)
    set_policy(world, world.member("grp-directory-admins"), guarded)
    set_policy(world, world.role("Security Administrator"), replace(guarded, hours=4))
    set_policy(world, world.member("grp-prod-jump-hosts"), Settings(4, TICKETED, leads, True, recipients=mail))
    set_policy(world, world.member("grp-claims-db-owners"), Settings(4, recipients=mail))
    open_owner = Settings(2, TICKETED, permanent_eligible=True, recipients=mail)
    set_policy(world, world.owner("grp-claims-db-owners"), open_owner)


def _held(world: World) -> None:
    role, jump = world.role, world.member("grp-prod-jump-hosts")
    held: dict[str, tuple[Target, ...]] = {
        "omar.reed": (role("User Administrator"), role("Groups Administrator"), world.member("grp-directory-admins")),
        "julia.park": (role("Helpdesk Administrator"), role("Authentication Administrator")),
        "victor.stone": (jump, role("Intune Administrator")),
        "wes.coast": (jump,),
        "priya.nair": (role("Exchange Administrator"), world.member("grp-claims-db-owners")),
        "liam.ford": (role("Security Administrator"), role("Security Operator")),
        "grace.lee": (role("License Administrator"),),
    }
    for key, targets in held.items():
        for target in targets:
            standing(world, world.people[key], target, SINCE, UNTIL)
    for letter in "ab":
        standing(world, world.people[f"emergency-{letter}"], role("Global Administrator"), None, kind="active")
    holder = world.groups["grp-directory-admins"]
    standing(world, holder, role("Privileged Role Administrator"), None, kind="active")
    _baseline(world)


def _baseline(world: World) -> None:
    who, grace = world.people, "grace.lee@fabrikam.example"
    reader = standing(world, who["liam.ford"], world.role("Security Reader"), SINCE)
    accepted(world, reader, "Security Reader", "reads every day", owner=grace)
    owner = standing(world, who["priya.nair"], world.owner("grp-claims-db-owners"), SINCE)
    accepted(world, owner, "grp-claims-db-owners", "product owner", owner=grace, ticket="CHG-50112")
    audit = standing(world, who["hank.hale"], world.role("Global Reader"), SINCE)
    accepted(world, audit, "Global Reader", "internal audit 2026", owner=grace, expires="2026-10-25")
    drift(world, audit, "accepted in the baseline until 25 October, open once that has passed", opened=1)


def _governance(world: World) -> None:
    strengths = add_strengths(world)
    add_context(world, "c1", "Privileged access")
    out = {"excludeUsers": [world.people[f"emergency-{letter}"].id for letter in "ab"]}
    add_ca(
        *(world, "Privileged access"),
        users=out,
        contexts=("c1",),
        strength=strengths["Phishing-resistant MFA"],
        every_time=True,
    )
    add_ca(world, "MFA for all", users=out, controls=("mfa",))
    role, liam = world.role("Security Administrator"), world.people["liam.ford"]
    begins = _new_york("2026-09-21 08:00")
    review = add_review(world, "Quarterly: Security Administrator", role_query(role), auto_apply=True, since=begins)
    kept = Verdict(liam, "Approve", world.people["grace.lee"], "Runs the desk", "AppliedSuccessfully")
    add_instance(world, review, role, begins, "Applied", [kept])
    for name in ("grp-directory-admins", "grp-prod-jump-hosts"):
        group = world.member(name)
        rounds = add_review(world, f"Quarterly: {name}", member_query(group), auto_apply=True, since=begins)
        add_instance(world, rounds, group, begins, "Applied", [])
    add_alerts(world, {})


def _posture(world: World) -> None:
    """Small things, and what only looks like a large one."""
    readers = world.role("Global Reader"), world.role("Security Reader")
    owner = world.owner("grp-claims-db-owners")
    story = "its settings permit eligibility without end, which the baseline accepts"
    each(world, "permanent_allowed", "low", story, *readers, owner)
    untold(world, owner)
    admin = world.people["emergency-a"]
    quiet(world, "posture.standing_role", "an emergency account", principal_id=admin.id)
    quiet(world, "posture.too_many_global_admins", "two emergency accounts are enough")
    quiet(world, "posture.licence_short", "thirty licences, and fewer people who need one")
    directory = world.groups["grp-directory-admins"]
    quiet(world, "posture.standing_role", "a group holds it, and PIM guards the group", principal_id=directory.id)
    quiet(world, "posture.guest_privileged", "a guest who holds nothing", principal_id=world.people["anna.keller"].id)


def _new_york(text: str) -> datetime:
    return local("America/New_York", text)


def _hours(world: World) -> None:
    who, jump = world.people, world.member("grp-prod-jump-hosts")
    ask = Ask(
        who["omar.reed"], world.role("User Administrator"), _new_york("2026-10-12 10:05:31"), 1, "Joiner came early"
    )
    plant(world, ask, (HOURS, "ten in the morning, but on Columbus Day"))
    west = Ask(who["wes.coast"], jump, local("America/Los_Angeles", "2026-10-07 16:40:12"), 2, "Patching", "CHG-51007")
    spare(world, _granted(world, west), (HOURS, "19:40 in New York is 16:40 where this person works"))
    early = Ask(who["liam.ford"], world.role("Security Operator"), _new_york("2026-10-15 07:30"), 1, "Phishing wave")
    early = replace(early, starts=_new_york("2026-10-15 08:00"))
    spare(world, early, (HOURS, "asked before hours to begin at 08:00:00 exactly"))
    late = Ask(who["victor.stone"], jump, _new_york("2026-10-30 17:52:40"), 4, "Reboot round", "CHG-51622")
    spare(world, _granted(world, late), (HOURS, "begins just inside the working day and ends long after it"))


def _granted(world: World, ask: Ask) -> Ask:
    return replace(ask, approver=world.people["grace.lee"], decided=ask.at + timedelta(minutes=4))


def _tickets(world: World) -> None:
    who, jump = world.people, world.member("grp-prod-jump-hosts")
    ask = Ask(who["victor.stone"], jump, _new_york("2026-10-01 11:12:05"), 2, "INC-88231 certificate ran out")
    spare(world, _granted(world, ask), (TICKET, "the number stands in the justification"))
    ask = replace(ask, at=_new_york("2026-10-21 14:22:51"), justification="Log rotation", request=False)
    spare(world, _granted(world, ask), (TICKET, "Graph no longer lists the request: what it said is unknown"))
    directory = world.member("grp-directory-admins")
    asked, decided = _new_york("2026-10-14 09:31:00"), _new_york("2026-10-14 09:44:27")
    ask = Ask(
        who["omar.reed"], directory, asked, 1, "Role review", "CHG-51390", approver=who["grace.lee"], decided=decided
    )
    spare(world, ask, (TICKET, "the request carries a number"))
    denied = replace(ask, at=_new_york("2026-10-22 15:01:30"), ticket=None, decided=None, decision="denied")
    spare(world, denied, (TICKET, "no ticket, and denied for it"))
    keys = {"surface": "group", "subject_id": ask.person.id, "target_id": directory.id, "access": "member"}
    story = "one request of somebody who uses the group, denied"
    found(world, "approval.denied", {**keys, "day": "2026-10-22"}, denied.at, story, "low")


def _busy(world: World) -> None:
    julia, day = world.people["julia.park"], datetime(2026, 9, 18)  # noqa: DTZ001
    targets = world.role("Helpdesk Administrator"), world.role("Authentication Administrator")
    while day < datetime(2026, 10, 31):  # noqa: DTZ001
        times = ("09:04", "13:37", "16:21") if day.weekday() < 5 and f"{day:%m-%d}" != "10-12" else ()
        for number, clock in enumerate(times):
            at = _new_york(f"{day:%Y-%m-%d} {clock}:{day.day + 11}")
            activate(world, Ask(julia, targets[number % 2], at, 1, f"Desk shift {day:%j}-{number}"))
        day += timedelta(days=1)
    quiet(world, "activation.unusual_frequency", "three every working day is this person's habit", subject_id=julia.id)


def _grants(world: World) -> None:
    who = world.people
    grace = who["grace.lee"]
    order = Order(grace, who["dean.dorsey"], world.role("Teams Administrator"), _new_york("2026-10-06 10:10:10"))
    given = give(world, replace(order, ends=order.at + timedelta(days=90)))
    quiet(world, FOREVER, "a role with an end", request_id=str(given.request_id))
    take(world, grace, given, _new_york("2026-10-26 11:00:44"), "Project over")
    member = Order(grace, who["ella.eng"], world.member("grp-claims-db-owners"), _new_york("2026-10-19 13:15:02"))
    canceled = give(world, replace(member, canceled=True))
    quiet(world, FOREVER, "asked for without end, then canceled", request_id=str(canceled.request_id))
    give(world, replace(member, at=member.at + timedelta(minutes=6), ends=member.at + timedelta(days=180)))
    project = standing(world, who["finn.fox"], world.role("Intune Administrator"), SINCE, _new_york("2026-11-15 12:00"))
    extend(world, grace, project, _new_york("2026-10-27 10:41:09"), _new_york("2027-01-31 12:00"))
