"""Everybody's ordinary activations: at work, now and then, nothing to find."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from .activations import Ask, activate
from .clock import RETAINED_FROM, SECOND, local
from .policies import settings_at
from .seeds import chance
from .world import Principal, Target, World

REASONS = (
    "Mailbox delegation for a colleague",
    "Change of the retention label",
    "Licence clean-up after the quarter",
    "Weekly patch round",
    "Access for the new project site",
    "Conference room mailbox broken",
    "Restore of a deleted site",
    "Device stuck in enrolment",
    "Rotate a client secret before it ends",
    "Question from the auditors",
)


@dataclass(frozen=True)
class Habit:
    """About how many activations a working day, and between which local hours they begin."""

    person: Principal
    rate: float
    first: int = 8
    last: int = 16
    off: tuple[str, ...] = ()  # local dates nobody works


def follow(world: World, habits: list[Habit], approvers: tuple[Principal, ...], ticketed: set[str]) -> None:
    """At most one a day and none on a day a story already uses. The first approver who is not the person approves.

    `ticketed` names groups always used with a ticket.
    """
    for habit in habits:
        for day in _working_days(habit):
            dice = chance(world.name, "habit", habit.person.key, day)
            if dice.random() < habit.rate and not _used(world, habit.person, day):
                _one(world, habit, day, dice, approvers, ticketed)


def _working_days(habit: Habit) -> Iterator[date]:
    day = RETAINED_FROM.date() + timedelta(days=1)
    while day < SECOND.date() - timedelta(days=1):
        if day.weekday() < 5 and str(day) not in habit.off:
            yield day
        day += timedelta(days=1)


def _used(world: World, person: Principal, day: date) -> bool:
    zone = ZoneInfo(person.zone)
    around = timedelta(days=1)
    mine = [held.starts.astimezone(zone).date() for held in world.activations if held.person == person]
    return any(day - around <= used <= day + around for used in mine)


def _one(
    world: World, habit: Habit, day: date, dice: Random, approvers: tuple[Principal, ...], ticketed: set[str]
) -> None:
    clock = f"{dice.randrange(habit.first, habit.last + 1):02d}:{dice.randrange(60):02d}:{dice.randrange(60):02d}"
    at = local(habit.person.zone, f"{day} {clock}")
    targets = _choices(world, habit.person, at)
    if not targets:
        return
    target = targets[dice.randrange(len(targets))]
    asks = settings_at(world, target, at)
    hours = dice.choice([h for h in (1, 2, 4, 8) if h <= asks.hours])
    number = f"CHG-{dice.randrange(20000, 22000)}" if "Ticketing" in asks.enabled or target.name in ticketed else None
    reason = dice.choice(REASONS)
    activate(
        world,
        Ask(
            habit.person,
            target,
            at,
            hours,
            f"{reason} ({number})" if number and dice.random() < 0.3 else reason,
            number,
            approver=next(who for who in approvers if who != habit.person) if asks.approval else None,
            decided=at + timedelta(seconds=dice.randrange(90, 1500)) if asks.approval else None,
            ended=at + timedelta(hours=hours * 0.6) if dice.random() < 0.3 else None,
        ),
    )


def _choices(world: World, person: Principal, at: datetime) -> list[Target]:
    held: dict[str, Target] = {}
    for grant in world.grants:
        if any(world.eligibilities(person, grant.target, at)) and grant.scope == "/":
            held[grant.target.key] = grant.target
    return [held[key] for key in sorted(held)]
