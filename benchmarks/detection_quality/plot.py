"""What a story is told with: who is there, what they do, what must be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sample_logs.generator.activations import Ask
from sample_logs.generator.clock import local
from sample_logs.generator.core_rows import Kind, by_user, directory_row
from sample_logs.generator.grants import Order, give, take
from sample_logs.generator.pim_rows import changed, resource
from sample_logs.generator.world import Grant, Principal, Row, Target

from .cast import YEAR, ZONE
from .habits import called, carry_out, request
from .tenant import Person, Tenant
from .upkeep import Desk

ELSEWHERE = "203.0.113.77"

Story = Callable[["Plot"], None]


class NobodyThereError(Exception):
    """Nobody at work is fit for the story; it is told on another day."""


@dataclass
class Plot:
    """One story in a tenant, on a day; `dice` are its own."""

    tenant: Tenant
    desk: Desk
    title: str
    noon: datetime
    dice: Random
    numbers: Iterator[int]

    @property
    def day(self) -> str:
        """The date, as keys of findings have it."""
        return f"{self.noon:%Y-%m-%d}"

    def on(self, noon: datetime) -> Plot:
        """The same story on another day."""
        return replace(self, noon=noon, dice=self.tenant.dice("story", self.title, noon))

    def at(self, clock: str, zone: str = ZONE) -> datetime:
        """An instant of the day by its local clock, `09:30`."""
        return local(zone, f"{self.day} {clock}:{self.dice.randrange(60):02d}")

    def anybody(
        self, guarded: bool | None = False, team: str | None = None, surface: str | None = None
    ) -> tuple[Person, Target]:
        """Somebody at work in the main site, and something they may activate that somebody approves, or nobody does."""
        today, rested = self.noon.date(), self.noon - timedelta(hours=14)
        able = [
            (person, target)
            for person in self.tenant.crew.values()
            if person.zone == ZONE and not person.team.shifts and team in (None, person.team.name)
            if person.works(today, self.tenant.holidays[person.country])
            if not called(person, today) and not called(person, today - timedelta(days=1))
            for target in self.tenant.choices(person.who, self.noon)
            if guarded in (None, target.key in self.tenant.approvers) and surface in (None, target.surface)
            if person.busy.get(target.key, rested) <= rested
        ]
        if not able:
            raise NobodyThereError
        return self.dice.choice(able)

    def admin(self) -> Principal:
        """An administrator of PIM."""
        able = [
            person.who for person in self.tenant.crew.values() if person.team.name == "identity" and not person.until
        ]
        return self.dice.choice(able)

    def staff(self) -> Principal:
        """Somebody who is eligible for nothing."""
        return self.tenant.people[f"staff{self.dice.randrange(40):02d}"]

    def ask(self, person: Person, target: Target, at: datetime, hours: float = 1, **other: Any) -> Ask:
        """An orderly request; `other` is what is not orderly about it."""
        plain = request(self.tenant, person, target, at, hours, self.dice)
        return replace(plain, **{"person": replace(person.who, ip=person.networks[0]), "ended": None} | other)

    def activate(self, person: Person, ask: Ask) -> str:
        """Carry it out, and give the request's id."""
        carry_out(self.tenant, person, ask)
        return self.tenant.latest().request_id

    def give(self, who: Principal, target: Target, at: datetime, days: int | None = 365, **other: Any) -> Grant:
        """An administrator, or whoever is named, grants it."""
        actor = other.pop("actor", None) or self.admin()
        ends = None if days is None else at + (YEAR if days == 365 else timedelta(days=days))
        return give(self.tenant, Order(actor, who, target, at, ends, **other))

    def take_later(self, grant: Grant, days: int) -> None:
        """An administrator takes it away some days later."""
        actor = self.admin()

        def deed(tenant: Tenant, noon: datetime) -> None:
            if grant.removed is None:
                take(tenant, actor, grant, noon - timedelta(hours=2, minutes=next(self.numbers)))

        self.later(days, deed)

    def later(self, days: int, deed: Callable[[Tenant, datetime], None]) -> None:
        """What happens some days later belongs to the story too."""
        self.tenant.plan((self.noon + timedelta(days=days)).date(), deed, self.title)

    def row(self, kind: Kind, at: datetime, actor: Principal, *targets: Row) -> str:
        """An audit row of another service than PIM; its id."""
        told = directory_row(self.tenant, kind, at, by_user(actor), list(targets))
        self.tenant.add(at, told)
        return str(told["id"])

    def membership(self, at: datetime, actor: Principal, who: Principal, group: Target, added: bool) -> None:
        """Somebody is added to a group around PIM, or taken out of it."""
        verb, operation = ("Add member to group", "Assign") if added else ("Remove member from group", "Unassign")
        pairs = (("Group.ObjectID", group.id), ("Group.DisplayName", group.name))
        changes = [changed(name, value) if added else changed(name, None, value) for name, value in pairs]
        kind = Kind(verb, "Core Directory", "GroupManagement", operation)
        entry = resource("User", who.id, who.name, *changes, userPrincipalName=who.upn)
        self.row(kind, at, actor, entry, resource("Group", group.id, None, groupType="azureAD"))
        members = self.tenant.members[group.id]
        if added:
            members.append(who)
        elif who in members:
            members.remove(who)

    def must(self, rule_id: str, severity: str = "medium", **keys: object) -> None:
        """This finding must come."""
        self.tenant.labels.plant(self.title, rule_id, self.noon, severity, **keys)

    def mark(self, *ids: str) -> None:
        """States whose keys name all of these belong to the story."""
        self.tenant.labels.mark(self.title, self.noon, *ids)
