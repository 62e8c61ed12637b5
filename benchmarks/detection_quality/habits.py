"""Everybody's day: who works, how often they activate, and what they do then. All of it is benign."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sample_logs.generator.activations import Ask, activate
from sample_logs.generator.clock import local
from sample_logs.generator.core_rows import Kind, by_user, directory_row
from sample_logs.generator.pim_rows import changed, resource
from sample_logs.generator.policies import settings_at
from sample_logs.generator.world import Principal, Target

from .teams import CA, CREDENTIAL
from .tenant import Person, Tenant

AVERAGE = 0.5
"""Activations of an average person on an ordinary working day."""

SEASONS = {1: 0.95, 2: 0.9, 7: 0.75, 8: 0.8, 12: 0.85}
QUIET_DAYS = ((12, 23), (1, 3))
NIGHT_CALLS = 0.25
"""Calls a night, or a weekend's day, of somebody on call that end in an activation."""

RENEWED, ELSEWHERE, OVERTIME, RESENT = 0.04, 0.004, 0.0005, 0.01
"""Shares of activations: prolonged at their end; from a network never used; after hours though not on call; of those
that somebody approves, sent back first."""

WORKED = 0.35
"""Share of activations of those whose daily work is sensitive in which they do it."""

KINDS = {
    CA: Kind(CA, "Conditional Access", "Policy", "Update"),
    CREDENTIAL: Kind(CREDENTIAL, "Core Directory", "ApplicationManagement", "Update"),
}


def live(tenant: Tenant, day: date) -> None:
    """One day of everybody's work."""
    for key, person in list(tenant.crew.items()):
        dice = tenant.dice("day", key, day)
        for opens, count in _demand(tenant, person, day, dice):
            for at in _times(person, day, opens, count, dice):
                work(tenant, person, at, dice)


def _demand(tenant: Tenant, person: Person, day: date, dice: Random) -> Iterator[tuple[bool, int]]:
    """How many in working hours, how many on call."""
    if person.works(day, tenant.holidays[person.country]):
        mean = AVERAGE * person.rate * _season(day) * dice.gammavariate(person.evenness, 1 / person.evenness)
        yield True, poisson(mean, dice)
    if called(person, day):
        yield False, poisson(NIGHT_CALLS, dice)


def _season(day: date) -> float:
    quiet = (day.month, day.day) >= QUIET_DAYS[0] or (day.month, day.day) <= QUIET_DAYS[1]
    return 0.35 if quiet else SEASONS.get(day.month, 1.0)


def called(person: Person, day: date) -> bool:
    """Whether they are on call in the evening of a day."""
    at = local(person.zone, f"{day} 20:00")
    return any(since <= at < until for since, until in person.on_call)


def poisson(mean: float, dice: Random) -> int:
    """A count with this mean."""
    left, count = math.exp(-mean), 0
    chance = dice.random()
    while chance > left:
        count += 1
        chance *= dice.random()
    return count


def _times(person: Person, day: date, opens: bool, count: int, dice: Random) -> list[datetime]:
    first, last = (person.opens * 60, person.closes * 60 - 75) if opens else (20 * 60, 23 * 60 + 50)
    minutes = sorted(dice.randrange(first, last) for _ in range(count))
    zone = ZoneInfo(person.zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return [
        local(person.zone, f"{midnight + timedelta(minutes=m):%Y-%m-%d %H:%M}:{dice.randrange(60):02d}")
        for m in minutes
    ]


def work(tenant: Tenant, person: Person, at: datetime, dice: Random) -> None:
    """An activation of something that is not active yet, and what is done in it."""
    if dice.random() < OVERTIME:
        at = _late(person, at)
    free = [target for target in tenant.choices(person.who, at) if person.busy.get(target.key, at) <= at]
    if not free:
        return
    target = free[dice.randrange(len(free))]
    hours = dice.choices((0.5, 1, 2, 4), (2, 5, 3, 1))[0]
    ask = request(tenant, person, target, at, hours, dice)
    if ask.approver and dice.random() < RESENT:
        activate(tenant, replace(ask, decision="denied", ticket=None, details=()))
        ask = replace(ask, at=at + timedelta(minutes=dice.randrange(12, 50)))
        ask = replace(ask, decided=ask.at + timedelta(minutes=3))
    began = carry_out(tenant, person, ask)
    if person.team.work and dice.random() < WORKED:
        _sensitive(tenant, ask.person, person.team.work[0], began + timedelta(minutes=4), dice)
    if dice.random() < RENEWED and not ask.ended:
        again = began + timedelta(hours=hours, minutes=dice.randrange(1, 9))
        more = request(tenant, person, target, again, hours, dice)
        still = any(tenant.eligibilities(person.who, target, again))
        if still and again.astimezone(ZoneInfo(person.zone)).hour < person.closes - 1:
            carry_out(tenant, person, replace(more, justification=ask.justification))


def carry_out(tenant: Tenant, person: Person, ask: Ask) -> datetime:
    """Activate, and remember until when; returns the start."""
    before = len(tenant.events)
    activate(tenant, ask)
    if story := tenant.weak.get(ask.target.key):
        tenant.labels.told_by(story, (str(event.row["id"]) for event in tenant.events[before:]))
    held = tenant.latest()
    person.busy[ask.target.key] = held.ended + timedelta(minutes=1)
    tenant.acts[person.who.id].append(held.starts)
    return held.starts


def _late(person: Person, at: datetime) -> datetime:
    day = at.astimezone(ZoneInfo(person.zone))
    return local(person.zone, f"{day:%Y-%m-%d} {min(person.closes + 2, 23)}:{day.minute:02d}:{day.second:02d}")


def request(tenant: Tenant, person: Person, target: Target, at: datetime, hours: float, dice: Random) -> Ask:
    """An orderly request: with a ticket where one is asked for, and an approver who takes a few minutes."""
    held = settings_at(tenant, target, at)
    number = f"CHG-{dice.randrange(100000, 999999)}"
    ticketed = "Ticketing" in held.enabled
    told = (("TicketNumber", number), ("TicketSystem", "ServiceNow")) if ticketed and dice.random() < 0.8 else ()
    reason = f"{dice.choice(person.team.reasons)} {dice.randrange(1000, 9999)}"
    approver = dice.choice(tenant.approvers[target.key]) if target.key in tenant.approvers else None
    if dice.random() < ELSEWHERE:
        person.networks.append(f"2001:db8:{dice.randrange(1, 65000):x}:{dice.randrange(1, 65000):x}::10")
        source = person.networks[-1]
    else:
        source = dice.choices(person.networks[:2], (6, 4))[0]
    return Ask(
        replace(person.who, ip=source),
        target,
        at,
        min(hours, held.hours),
        reason,
        number if ticketed else None,
        told if target.surface == "entra_role" else (),
        approver=approver,
        decided=at + timedelta(seconds=dice.randrange(60, 1500)) if approver else None,
        ended=at + timedelta(hours=hours * 0.8) if hours > 1 and not approver and dice.random() < 0.3 else None,
    )


def _sensitive(tenant: Tenant, actor: Principal, what: str, at: datetime, dice: Random) -> None:
    name = f"{what.split()[-1]} {dice.randrange(30)}"
    sort = "ServicePrincipal" if what == CREDENTIAL else "Policy"
    entry = resource(sort, tenant.guid(sort, name), name, changed("Included Updated Properties", "KeyDescription"))
    tenant.add(at, directory_row(tenant, KINDS[what], at, by_user(actor), [entry]))
