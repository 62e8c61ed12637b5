"""Who and what is there before the year begins: people, groups, roles, settings, Conditional Access, eligibilities."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays

from sample_logs.generator.clock import local, whole
from sample_logs.generator.governance import add_ca, add_context, add_strengths
from sample_logs.generator.grants import standing
from sample_logs.generator.groups import add_group, join
from sample_logs.generator.people import MS_PIM_APP_ID, add_app, add_person
from sample_logs.generator.policies import Settings, set_policy
from sample_logs.generator.roles import add_roles
from sample_logs.generator.world import Principal, Target

from .teams import DIRECTORS, HIGH_IMPACT, HOLDS, TEAMS, Team
from .tenant import Person, Tenant

DOMAIN, ZONE = "northwind.example", "Europe/Zurich"
TENANT_ID = "3c7e91a4-52d8-4b1f-9e60-7a4d2c8f1b05"
SITES = (
    (0.60, ZONE, "CH-ZH", 7, 19),
    (0.18, "Europe/Vienna", "AT", 7, 18),
    (0.12, "America/New_York", "US", 7, 19),
    (0.10, "Asia/Singapore", "SG", 8, 20),
)
"""Share of people, zone, holidays, and the hours they work between."""

TICKETED = ("MultiFactorAuthentication", "Justification", "Ticketing")
MAIL = ("iam@northwind.example",)
GLOBAL = "Global Administrator"
EMERGENCY = ("emergency-a", "emergency-b")
TIER0 = (
    *(GLOBAL, "Privileged Role Administrator", "Security Administrator", "Conditional Access Administrator"),
    *("Application Administrator", "Hybrid Identity Administrator", "Privileged Authentication Administrator"),
)
READERS = ("Security Reader", "Global Reader", "Directory Readers", "License Administrator", "Billing Administrator")
SHIFT_HOURS = (6, 22)
YEAR = timedelta(days=365)


def founded(people: int, begins: date, ends: date, seed: int) -> Tenant:
    """The tenant on the day before everything begins."""
    tenant = Tenant("northwind", TENANT_ID, DOMAIN, ZONE, seed=seed)
    years = range(begins.year, ends.year + 1)
    for _, _, code, _, _ in SITES:
        country, _, part = code.partition("-")
        days = holidays.country_holidays(country, subdiv=part or None, years=years)
        tenant.holidays[code] = frozenset(days)
    _things(tenant)
    for number in range(people):
        hire(tenant, _team(number, people), begins - timedelta(days=1), number)
    _leads(tenant)
    _settings(tenant)
    _conditional_access(tenant)
    _eligible(tenant, begins)
    return tenant


def _team(number: int, people: int) -> Team:
    if number < 2 and people < 60:
        return next(team for team in TEAMS if team.name == "identity")  # somebody must be there to grant
    place, reached = (number + 0.5) / people, 0.0
    for team in TEAMS:
        reached += team.share
        if place < reached:
            return team
    return TEAMS[-1]


def _things(tenant: Tenant) -> None:
    add_roles(tenant)
    add_app(tenant, "ms-pim", "MS-PIM", MS_PIM_APP_ID)
    add_app(tenant, "hr", "People Hub")
    add_app(tenant, "deploy", "northwind-release")
    for name in HOLDS:
        add_group(tenant, name, "role_assignable", onboarded=True)
    for name in HIGH_IMPACT:
        add_group(tenant, name, onboarded=True)
    long_ago = datetime(2024, 3, 11, 9, tzinfo=UTC)
    tenant.onboarded = dict.fromkeys(tenant.onboarded, long_ago)
    add_group(tenant, "lic-everyone", "dynamic", membershipRule="(user.accountEnabled -eq true)")
    add_group(tenant, "m365-all-company", "m365")
    for account in EMERGENCY:
        person = add_person(tenant, account, account.replace("-", " ").title(), "Break glass")
        old = datetime(2025, 3, 4, 9, tzinfo=UTC)
        tenant.facts[person.id]["signInActivity"] = {"lastSignInDateTime": whole(old)}
        standing(tenant, person, tenant.role(GLOBAL), None, kind="active")
    for number in range(40):
        add_person(tenant, f"staff{number:02d}", f"Staff {number:02d}")
    join(tenant, "lic-everyone", *(f"staff{number:02d}" for number in range(40)))
    for name, role in HOLDS.items():
        standing(tenant, tenant.groups[name], tenant.role(role), None, kind="active")
    tenant.licences = [("SPE_E5", 2000, 1200)]


def hire(tenant: Tenant, team: Team, since: date, number: int | str) -> Person:
    """Somebody new in a team; not yet eligible for anything."""
    dice = tenant.dice("person", number)
    key = f"{team.name}{number:03d}" if isinstance(number, int) else f"{team.name}-{number}"
    _, zone, country, opens, closes = dice.choices(SITES, [site[0] for site in SITES])[0]
    if team.shifts:
        zone, country, (opens, closes) = ZONE, "CH-ZH", SHIFT_HOURS
    who = add_person(tenant, key, key.capitalize(), f"{team.name} administrator", zone=zone)
    rate = team.pace * dice.gammavariate(1.2, 1 / 1.2)
    person = Person(who, team, zone, country, opens, closes, rate, 2.0 + 2 * rate, since)
    person.networks = [who.ip, f"2001:db8:{dice.randrange(1, 65000):x}:{dice.randrange(1, 65000):x}::10"]
    if team.shifts:
        first = dice.randrange(7)
        person.shift = tuple(sorted((first + step) % 7 for step in range(5)))
    tenant.crew[key] = person
    return person


def _leads(tenant: Tenant) -> None:
    """Heads of teams who approve and are eligible for nothing."""
    for number in range(8):
        add_person(tenant, f"lead{number}", f"Lead {number}", "Head of a team")


def target_of(tenant: Tenant, name: str) -> Target:
    """A role, or membership of a group, by name."""
    return tenant.roles[name] if name in tenant.roles else tenant.member(name)


def _settings(tenant: Tenant) -> None:
    leads = [tenant.people[f"lead{number}"] for number in range(8)]
    plain = Settings(8, context="c1", recipients=MAIL)
    for name, role in tenant.roles.items():
        set_policy(tenant, role, plain)
        if name in TIER0:
            _guard(tenant, role, leads)
    for name in (*HIGH_IMPACT, *HOLDS):
        for access in (tenant.member(name), tenant.owner(name)):
            if name in HIGH_IMPACT or name == DIRECTORS:
                _guard(tenant, access, leads)
            else:
                set_policy(tenant, access, plain)


def _guard(tenant: Tenant, target: Target, leads: list[Principal]) -> None:
    chosen = tenant.dice("approvers", target.key).sample(leads, 4)
    tenant.approvers[target.key] = chosen
    set_policy(tenant, target, Settings(4, TICKETED, tuple(chosen), True, "c1", recipients=MAIL))


def _conditional_access(tenant: Tenant) -> None:
    strengths = add_strengths(tenant)
    add_context(tenant, "c1", "Privileged access")
    out = {"excludeUsers": [tenant.people[account].id for account in EMERGENCY]}
    strong = strengths["Phishing-resistant MFA"]
    add_ca(tenant, "Privileged access", users=out, contexts=("c1",), strength=strong, every_time=True)
    add_ca(tenant, "MFA for all", users=out, controls=("mfa",))


def _eligible(tenant: Tenant, begins: date) -> None:
    """Everybody's eligibilities, begun some time in the year before and for a year each."""
    for key, person in tenant.crew.items():
        dice = tenant.dice("eligible", key)
        names = [name for name in person.team.targets if dice.random() < 0.75] or [person.team.targets[0]]
        for name in names:
            day = begins - timedelta(days=dice.randrange(3, 350))
            since = local(ZONE, f"{day} 10:{dice.randrange(60):02d}")
            standing(tenant, person.who, target_of(tenant, name), since, since + YEAR)
    two = [person for person in tenant.crew.values() if person.team.name == "identity"][:2]
    for person in two:
        since = datetime(begins.year, begins.month, begins.day, 9, tzinfo=ZoneInfo(ZONE)) - timedelta(days=40)
        standing(tenant, person.who, tenant.role(GLOBAL), since.astimezone(UTC), since.astimezone(UTC) + YEAR)
