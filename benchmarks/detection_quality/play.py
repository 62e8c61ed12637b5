"""Lets the tenant live and the tool watch: days are told, and on every so many of them a real cycle runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.collect import open_graph
from pipeline.collect.replay import ReplayTransport
from pipeline.config import Calendar, OnCall, Settings, Tickets
from pipeline.config import Tenant as Configured
from pipeline.model import CycleSummary
from pipeline.run import cycle
from sample_logs.generator.clock import whole
from sample_logs.generator.snapshots import snapshot
from sample_logs.generator.world import Event
from sample_logs.generator.writer import write_date

from .cast import DOMAIN, EMERGENCY, TENANT_ID, ZONE, founded
from .habits import live
from .teams import HIGH_IMPACT
from .tenant import RETAINED, Person, Tenant
from .upkeep import Desk, plan_year

AT = 0
"""Hour, in UTC, of every cycle: between the last site's evening and the first one's morning."""

STAGES = ("collect", "normalise", "detect")


@dataclass(frozen=True)
class Plan:
    """How large, how long, how often: `days` collected, the last cycle at `ends`, one every `every` days."""

    people: int = 400
    days: int = 365
    seed: int = 1
    every: int = 7
    ends: date = date(2026, 10, 19)
    stories: bool = True

    @property
    def begins(self) -> date:
        return self.ends - timedelta(days=self.days)

    def cycles(self) -> list[datetime]:
        """When the tool looks: first after as long as Graph keeps events, then regularly until the end."""
        first = self.begins + min(RETAINED, timedelta(days=self.days // 2))
        days = (self.ends - first).days
        dates = {self.ends - timedelta(days=back) for back in range(0, days + 1, self.every)} | {first}
        return [datetime(day.year, day.month, day.day, AT, tzinfo=UTC) for day in sorted(dates)]


def play(plan: Plan, folder: Path) -> Iterator[tuple[Tenant, CycleSummary]]:
    """Tell the time day by day and run a cycle on each date; `folder/data/northwind` holds what was found."""
    tenant = founded(plan.people, plan.begins, plan.ends, plan.seed)
    desk = Desk()
    plan_year(tenant, desk, plan.begins, plan.ends)
    if plan.stories:
        from .stories import plan_stories

        plan_stories(tenant, desk, plan.begins, plan.ends)
    day, told = plan.begins, list[Path]()
    for now in plan.cycles():
        while day < now.date():
            tell_day(tenant, desk, day)
            day += timedelta(days=1)
        told.append(_answers(tenant, folder / "graph", now))
        for old in told[:-2]:
            shutil.rmtree(old, ignore_errors=True)
        yield tenant, _look(configured(tenant, folder / "data"), folder / "graph", now)


def tell_day(tenant: Tenant, desk: Desk, day: date) -> None:
    """Everything that happens on a day, told in the tenant."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    tenant.forget(noon)
    tenant.enact(day, noon)
    desk.work(tenant, day)
    live(tenant, day)


def _answers(tenant: Tenant, folder: Path, now: datetime) -> Path:
    """What Graph would answer at an instant, as files that the replay serves."""
    for person in tenant.crew.values():
        if person.works(now.date() - timedelta(days=1), frozenset()):
            seen = now - timedelta(minutes=tenant.dice("seen", person.who.key, now).randrange(60, 1400))
            tenant.facts[person.who.id]["signInActivity"] = {"lastSignInDateTime": whole(seen)}
    events = [_delayed(tenant, event) for event in tenant.events]
    tenant.events[:] = events
    plain, by_group = snapshot(tenant, now)
    seen_now = sorted(tenant.seen(now), key=lambda event: (event.at, str(event.row["id"])))
    plain["directory_audits"] = [event.row for event in seen_now]
    dated = folder / f"{now:%Y-%m-%d}"
    write_date(dated, plain, by_group, {})
    return dated


def _delayed(tenant: Tenant, event: Event) -> Event:
    """Most events can be read within minutes, a few only after hours or a day and a half."""
    dice = tenant.dice("delay", event.row["id"])
    minutes = dice.uniform(1, 12) if dice.random() < 0.995 else dice.uniform(60, 2100)
    return Event(event.at, max(event.visible, event.at + timedelta(minutes=minutes)), event.row)


def _look(settings: Settings, folder: Path, now: datetime) -> CycleSummary:
    transport = ReplayTransport(folder, f"{now:%Y-%m-%d}", now)
    given: dict[str, Any] = {"run_id": f"{now:%Y-%m-%d}", "pause": lambda seconds: None, "clock": lambda: now}
    with open_graph(settings.graph, None, transport) as graph:
        return cycle(settings, settings.tenants[0], now=now, graph=graph, stages=STAGES, **given)


def configured(tenant: Tenant, data_dir: Path) -> Settings:
    """The configuration of somebody who has done their homework: everybody's hours, the rotas, what matters."""
    calendars = tuple(
        Calendar(
            members=(str(person.who.upn),),
            time_zone=person.zone,
            holidays=None if person.team.shifts else person.country,
            working_hours=_hours(person),
            on_call=tuple(OnCall.model_validate({"from": since, "to": until}) for since, until in person.on_call),
        )
        for person in tenant.crew.values()
        if person.zone != ZONE or person.team.shifts or person.on_call
    )
    told = Configured(
        name="northwind",
        tenant_id=TENANT_ID,
        time_zone=ZONE,
        holidays="CH-ZH",
        break_glass=tuple(f"{account}@{DOMAIN}" for account in EMERGENCY),
        high_impact=HIGH_IMPACT,
        calendars=calendars,
    )
    return Settings(data_dir=data_dir, tenants=(told,), tickets=Tickets(required_tiers=("tier0",)))


def _hours(person: Person) -> str:
    days = "mon-sun" if person.team.shifts else "mon-fri"
    return f"{days} {person.opens:02d}:00-{person.closes:02d}:00"
