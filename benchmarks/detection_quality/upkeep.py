"""What administrators of PIM do in a year: renew, take in, let go, move teams, hold reviews. All of it is benign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from sample_logs.generator.activations import Ask
from sample_logs.generator.clock import local, whole
from sample_logs.generator.core_rows import Kind, by_app, directory_row
from sample_logs.generator.directory import change
from sample_logs.generator.grants import Order, extend, give, take
from sample_logs.generator.pim_rows import changed, resource
from sample_logs.generator.reviews import Verdict, add_instance, add_review, member_query, role_query
from sample_logs.generator.world import Grant, Kept, Principal, Row, Target

from .cast import TIER0, YEAR, ZONE, hire, target_of
from .habits import carry_out, request
from .teams import DIRECTORS, HIGH_IMPACT, TEAMS
from .tenant import Person, Tenant

Task = Callable[[Tenant, Principal, datetime], None]
TURNOVER = 0.12
"""Share of people who leave in a year, and as many come."""

A_DAY = 14
"""Tasks one administrator does in a day's session."""

ADD, DISABLE = (
    Kind("Add user", "Core Directory", "UserManagement", "Add"),
    Kind("Disable account", "Core Directory", "UserManagement", "Disable"),
)


class Desk:
    """The queue of the administrators of PIM: what is asked of them is done in the next morning's session."""

    def __init__(self) -> None:
        self.queue: list[tuple[str | None, Task]] = []
        self.renewed: set[str] = set()

    def ask(self, task: Task, story: str | None = None) -> None:
        """Have something done in the next session."""
        self.queue.append((story, task))

    def work(self, tenant: Tenant, day: date) -> None:
        """One administrator's session of the day, if there is anybody and anything to do."""
        self._renew(tenant, day)
        person = _on_duty(tenant, day)
        if person is None or not self.queue:
            return
        dice = tenant.dice("desk", day)
        at = local(person.zone, f"{day} 10:{dice.randrange(50):02d}:{dice.randrange(60):02d}")
        target = tenant.member(DIRECTORS)
        if person.busy.get(target.key, at) > at:
            return
        ask: Ask = request(tenant, person, target, at, 4, dice)
        begun = carry_out(tenant, person, replace(ask, ended=None)) + timedelta(minutes=3)
        tasks, self.queue = self.queue[:A_DAY], self.queue[A_DAY:]
        for story, task in tasks:
            begun += timedelta(minutes=dice.randrange(2, 14), seconds=dice.randrange(60))
            before = len(tenant.events)
            task(tenant, ask.person, begun)
            if story:
                tenant.labels.told_by(story, (str(event.row["id"]) for event in tenant.events[before:]))

    def _renew(self, tenant: Tenant, day: date) -> None:
        """Eligibilities that end within a fortnight are asked to be extended, each by its holder."""
        soon = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=14)
        for grant in tenant.grants:
            due = grant.ends is not None and grant.ends < soon and grant.removed is None and not grant.bounded
            if due and grant.kind == "eligible" and grant.id not in self.renewed and _stays(tenant, grant, day):
                self.renewed.add(grant.id)
                self.ask(partial(_extended, self, grant))


def _stays(tenant: Tenant, grant: Grant, day: date) -> bool:
    person = tenant.crew.get(grant.principal.key)
    return person is not None and (person.until is None or person.until > day + timedelta(days=20))


def _extended(desk: Desk, grant: Grant, tenant: Tenant, admin: Principal, at: datetime) -> None:
    if grant.principal.id == admin.id:
        desk.ask(partial(_extended, desk, grant))
    elif grant.removed is None and grant.ends is not None and at < grant.ends:
        extend(tenant, admin, grant, at - timedelta(hours=2), grant.ends + YEAR)


def _on_duty(tenant: Tenant, day: date) -> Person | None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    able = [
        person
        for person in tenant.crew.values()
        if person.team.name == "identity"
        and person.works(day, tenant.holidays[person.country])
        and any(tenant.eligibilities(person.who, tenant.member(DIRECTORS), noon))
    ]
    return tenant.dice("duty", day).choice(able) if able else None


def plan_year(tenant: Tenant, desk: Desk, begins: date, ends: date) -> None:
    """Leave, rotas, people who come and go, reorganisations and reviews."""
    for key, person in tenant.crew.items():
        _leave(tenant, key, person, begins, ends)
    _rotas(tenant, begins, ends)
    days = (ends - begins).days
    dice, people = tenant.dice("turnover"), list(tenant.crew)
    for number in range(round(len(people) * TURNOVER * days / 365)):
        day = begins + timedelta(days=dice.randrange(5, max(6, days - 5)))
        team = dice.choices(TEAMS, [team.share for team in TEAMS])[0]
        tenant.plan(day, partial(_joins, desk, f"n{number:03d}", team.name))
        leaver = tenant.crew[people.pop(dice.randrange(len(people)))]
        if leaver.team.name != "identity":
            last = begins + timedelta(days=dice.randrange(5, max(6, days - 8)))
            last += timedelta(days=7 - last.weekday() if last.weekday() > 4 else 0)
            leaver.until = last + timedelta(days=1)
            tenant.plan(last, partial(_leaves, desk, leaver))
    for share in (0.3, 0.72):
        day = begins + timedelta(days=round(days * share))
        if days > 200:
            tenant.plan(day, partial(_moves, desk, share))
    _plan_reviews(tenant, desk, begins, ends)


def _leave(tenant: Tenant, key: str, person: Person, begins: date, ends: date) -> None:
    dice, days = tenant.dice("leave", key), (ends - begins).days
    for length in (14, 7, 5, 3, 1, 1, 2):
        if dice.random() < min(1.0, days / 365 + 0.1):
            first = begins + timedelta(days=dice.randrange(days))
            person.away |= {first + timedelta(days=step) for step in range(length)}
    if dice.random() < 0.01 * days / 365:
        first = begins + timedelta(days=dice.randrange(days))
        person.away |= {first + timedelta(days=step) for step in range(dice.randrange(60, 150))}


def _rotas(tenant: Tenant, begins: date, ends: date) -> None:
    """A week each, from Monday to Monday, among those of a team who sit in the main site."""
    monday = begins - timedelta(days=begins.weekday())
    for team in (team for team in TEAMS if team.called):
        able = [person for person in tenant.crew.values() if person.team is team and person.zone == ZONE]
        for week in range((ends - monday).days // 7 + 1):
            since = monday + timedelta(days=7 * week)
            if able:
                person = able[week % len(able)]
                span = [local(ZONE, f"{since + timedelta(days=7 * step)} 07:00") for step in (0, 1)]
                person.on_call.append((span[0], span[1]))
                person.away -= {since + timedelta(days=step) for step in range(8)}


def _joins(desk: Desk, number: str, team_name: str, tenant: Tenant, noon: datetime) -> None:
    team = next(team for team in TEAMS if team.name == team_name)
    person = hire(tenant, team, noon.date(), number)
    at = noon - timedelta(hours=4)
    tenant.lives[person.who.id] = (at, None)
    tenant.facts[person.who.id]["createdDateTime"] = whole(at)
    entry = resource("User", person.who.id, person.who.name, userPrincipalName=person.who.upn)
    tenant.add(at, directory_row(tenant, ADD, at, by_app(tenant.apps["hr"]), [entry]))
    for name in team.targets:
        target = target_of(tenant, name)
        days = tenant.dice("first", number, name).randrange(2, 9)
        tenant.plan(noon.date() + timedelta(days=days), partial(_asks, desk, person, target))


def _asks(desk: Desk, person: Person, target: Target, tenant: Tenant, noon: datetime) -> None:
    desk.ask(partial(_given, person, target))


def _given(person: Person, target: Target, tenant: Tenant, admin: Principal, at: datetime) -> None:
    if admin.id != person.who.id and (person.until is None or at.date() < person.until):
        give(tenant, Order(admin, person.who, target, at, at + YEAR))
        person.busy[target.key] = at + timedelta(hours=2)


def _leaves(desk: Desk, person: Person, tenant: Tenant, noon: datetime) -> None:
    """Disabled at the end of the last day; what they were eligible for is taken away in the session of that day."""
    at = noon + timedelta(hours=5)
    change(tenant, person.who, at, accountEnabled=False)
    entry = resource("User", person.who.id, person.who.name, changed("AccountEnabled", "[false]", "[true]"))
    tenant.add(at, directory_row(tenant, DISABLE, at, by_app(tenant.apps["hr"]), [entry]))
    for grant in tenant.grants_of(person.who, noon):
        desk.queue.insert(0, (None, partial(_taken, grant)))


def _taken(grant: Grant, tenant: Tenant, admin: Principal, at: datetime) -> None:
    if grant.holds(at):
        take(tenant, admin, grant, at)


def _moves(desk: Desk, share: float, tenant: Tenant, noon: datetime) -> None:
    """Eight people of one team go to another one and get what that one uses."""
    dice = tenant.dice("reorganisation", share)
    one, other = dice.sample([team for team in TEAMS if not team.shifts and team.name != "identity"], 2)
    moved = [person for person in tenant.crew.values() if person.team is one and person.until is None][:8]
    for person in moved:
        person.team = other
        for grant in tenant.grants_of(person.who, noon):
            desk.ask(partial(_taken, grant))
        for name in other.targets[:2]:
            desk.ask(partial(_given, person, target_of(tenant, name)))


def _plan_reviews(tenant: Tenant, desk: Desk, begins: date, ends: date) -> None:
    """Each quarter, everything of tier0 and of high impact; the last one ended just before the beginning."""
    for name in (*TIER0, *HIGH_IMPACT, DIRECTORS):
        target = target_of(tenant, name)
        query = role_query(target) if target.surface == "entra_role" else member_query(target)
        since = datetime(begins.year, begins.month, begins.day, 8, tzinfo=UTC) - timedelta(days=100)
        review = add_review(tenant, f"Quarterly: {name}", query, auto_apply=True, since=since)
        day = begins - timedelta(days=16)
        while day < ends:
            tenant.plan(max(begins, day + timedelta(days=14)), partial(_reviewed, review, target, day))
            day += timedelta(days=90)


def _reviewed(review: Row, target: Target, day: date, tenant: Tenant, noon: datetime) -> None:
    begun = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    lead = tenant.people["lead0"]
    held = [each for each in tenant.grants if each.kind == "eligible" and each.target.key == target.key]
    holders = [
        each.principal for each in held if each.holds(noon) and (each.principal.id, target.key) not in tenant.denied
    ]
    verdicts = [Verdict(who, "Approve", lead, "Needed", "AppliedSuccessfully") for who in holders]
    add_instance(tenant, review, target, begun, "Applied", verdicts)
    parents = {review["id"], *(f"{review['id']}/{row.row['id']}" for row in tenant.kept if row.parent == review["id"])}
    old = noon - timedelta(days=200)
    tenant.kept = [row for row in tenant.kept if not _outlived(row, parents, old)]


def _outlived(row: Kept, parents: set[str], before: datetime) -> bool:
    return row.parent in parents and row.since is not None and row.since < before
