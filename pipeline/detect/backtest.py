"""What a rule would have found in a span of what is collected. Nothing is stored and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ..config import Settings, Tenant
from ..errors import ContentError
from ..model import iso
from ..store import Store, findings
from . import sandbox, syntax
from .facts import look_up
from .inline import parameters
from .record import Draft, Setting, draft
from .rulefile import Rule, Rulebook
from .sandbox import Outcome, Task
from .triage import Triage
from .tuning import tune
from .waivers import read_waivers
from .windows import Windows

Executor = Callable[[Path, Sequence[Task]], list[Outcome]]


@dataclass(frozen=True)
class Would:
    """One finding as it would have been. `day` is the tenant's; `known`: it is among the findings already."""

    finding_id: str
    occurred_at: datetime
    day: date
    who: str
    severity: str
    title: str
    why: str
    known: bool
    waived_by: str | None


@dataclass(frozen=True)
class Backtest:
    """`silent` says why a rule that needs history says nothing about the span, or about its beginning."""

    rule_id: str
    since: datetime
    until: datetime
    found: tuple[Would, ...]
    silent: str | None = None


def backtest(
    store: Store,
    tenant: Tenant,
    settings: Settings,
    rulebook: Rulebook,
    rule_id: str,
    since: datetime,
    until: datetime,
    *,
    execute: Executor = sandbox.run,
) -> Backtest:
    """Judge [since, until) as of its end, with the configured parameters; of a state rule what holds now.

    Raises ContentError where the rule is unknown or fails.
    """
    rule = rulebook.get(rule_id)
    tuning = tune(rulebook, settings)[rule_id]
    scope = Windows(store, until).scope(rule, None)
    if scope.waiting:
        return Backtest(rule_id, since, until, (), scope.waiting)
    begun = max(since, scope.since)
    if offences := syntax.check(rule.sql, syntax.readable(store.relations())):
        raise ContentError(offences[0].message, rule.label, rule.sql_line(offences[0].offset))
    task = Task(rule_id, rule.sql, parameters(rule, tuning.params, iso(until), iso(begun)))
    with store.released() as database:
        (outcome,) = execute(database, [task])
    if outcome.error is not None:
        raise ContentError(outcome.error, rule.label)
    setting = Setting(tenant, "backtest", until, tuning.severity)
    drafts = _drafts(store, rule, outcome, setting, begun)
    late = f"it needs history and speaks from {iso(begun)[:16]}Z on" if begun > since else None
    return Backtest(rule_id, since, until, _told(store, tenant, settings, rule, drafts, until), late)


def _drafts(store: Store, rule: Rule, outcome: Outcome, setting: Setting, since: datetime) -> list[Draft]:
    """One a finding, in order of time; an event rule may look further back than it is asked to judge."""
    facts, found = look_up(store, outcome.dicts()), dict[str, Draft]()
    for row in outcome.dicts():
        each = draft(rule, row, facts, setting)
        if rule.head.kind == "state" or since <= each.occurred_at < setting.as_of:
            found.setdefault(each.finding_id, each)
    return sorted(found.values(), key=lambda each: (each.occurred_at, each.finding_id))


def _told(
    store: Store, tenant: Tenant, settings: Settings, rule: Rule, drafts: Sequence[Draft], until: datetime
) -> tuple[Would, ...]:
    held = findings.known(store.con, store.tenant_id, [each.finding_id for each in drafts])
    known = held.get(rule.id, {})
    triage = Triage(rule.head.kind, until, settings.alerts, read_waivers(tenant))
    plain = [_would(each, ZoneInfo(tenant.time_zone), each.finding_id in known) for each in drafts]
    waivers = [triage.waiver(each) for each in drafts]
    return tuple(replace(w, waived_by=by.waiver_id) if by else w for w, by in zip(plain, waivers, strict=True))


def _would(found: Draft, zone: ZoneInfo, known: bool) -> Would:
    record = found.record
    named = ("TargetName", "TargetUpn", "TargetObjectId", "ActorName", "ActorUpn", "ActorObjectId")
    who = next((str(record[name]) for name in named if record.get(name)), "nobody in particular")
    day = found.occurred_at.astimezone(zone).date()
    title, why = record["AlertName"], record["AlertDescription"]
    return Would(found.finding_id, found.occurred_at, day, who, found.severity.value, title, why, known, None)
