"""Detect: judge what is new, and bring findings, alerts and the outbox in line with what the rules say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ..config import Settings, Tenant
from ..errors import UnfinishedError
from ..model import DetectSummary, RuleFailure, iso
from ..store import Store, findings
from ..store.adopt import adopted, get_mark
from ..store.journal import Changes
from ..store.workbench import workbench
from . import sandbox, syntax
from .bookkeeping import Book, RuleRun
from .facts import Facts, look_up
from .inline import parameters
from .record import Draft, Setting, draft
from .rulefile import Rule, Rulebook
from .sandbox import Outcome, Task
from .triage import Change, Triage, cap
from .tuning import Tuning, tune
from .waivers import Waiver, read_waivers
from .windows import Scope, Windows

Executor = Callable[[Path, Sequence[Task]], list[Outcome]]
"""Runs tasks over a database nobody else has open; the one that is not a test's is `sandbox.run`."""

_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


@dataclass(frozen=True)
class _Run:
    """What every rule of a run shares."""

    store: Store
    tenant: Tenant
    settings: Settings
    run_id: str
    as_of: datetime
    raised_at: datetime
    sinks: tuple[str, ...]
    tuned: Mapping[str, Tuning]
    waivers: tuple[Waiver, ...]
    noted: list[RuleRun] = field(default_factory=list)
    """Rules that did not get as far as the sandbox, and why."""
    again: list[tuple[str, str | None]] = field(default_factory=list)
    """State rules that found something, with each surface they judged."""

    def book(self, changes: Changes) -> Book:
        return Book(changes, self.store.tenant_id, self.run_id, self.as_of, self.raised_at, self.sinks)


@dataclass
class _Tally:
    rules: int = 0
    opened: int = 0
    resolved: int = 0
    waived: int = 0
    alerts: int = 0
    failures: list[RuleFailure] = field(default_factory=list)


def detect(
    store: Store,
    tenant: Tenant,
    settings: Settings,
    rulebook: Rulebook,
    *,
    run_id: str,
    as_of: datetime,
    sinks: tuple[str, ...],
    raised_at: datetime | None = None,
    execute: Executor = sandbox.run,
) -> DetectSummary:
    """Run every rule over what it has not judged yet, as of a moment; alerts wait in the outbox for `sinks`.

    They wait since `raised_at`, which is `as_of` unless that lies in the past.
    A rule that fails is a failure in the summary and a row in `rule_run`, and keeps no other from running. Raises
    ConfigError for settings or waivers that fit nothing, StorageError, and UnfinishedError while the tables lag behind
    what was collected: a state missing from half-made tables would read as put right.
    """
    if adopted(store.con) > get_mark(store.con, "normalised"):
        raise UnfinishedError("what was collected is not in the tables yet: `pimtrail normalise` first")
    tuned, waivers = tune(rulebook, settings), read_waivers(tenant)
    run = _Run(store, tenant, settings, run_id, as_of, raised_at or as_of, sinks, tuned, waivers)
    tally = _Tally()
    with store.journalled() as changes:
        findings.set_waivers(changes, store.tenant_id, [waiver.row(store.tenant_id) for waiver in run.waivers], as_of)
    _note_unreadable(run, rulebook, tally)
    scopes = dict(_scopes(run, rulebook, tally))
    outcomes = _execute(run, rulebook, scopes, execute)
    facts = look_up(store, (row for outcome in outcomes.values() for row in outcome.dicts()))
    with store.journalled() as changes:
        book = run.book(changes)
        for rule_id, outcome in outcomes.items():
            _settle(run, book, rulebook.get(rule_id), scopes[rule_id], outcome, facts, tally)
        book.seen_again(run.again)
        book.note(run.noted)
    return DetectSummary(**vars(tally) | {"failures": tuple(tally.failures)})


def _note_unreadable(run: _Run, rulebook: Rulebook, tally: _Tally) -> None:
    for fault in rulebook.faults:
        tally.failures.append(RuleFailure(fault.rule_id, fault.where, fault.message))
        run.noted.append(RuleRun(fault.rule_id, "", "", "failed", error=f"{fault.where}: {fault.message}"))


def _scopes(run: _Run, rulebook: Rulebook, tally: _Tally) -> Iterator[tuple[str, Scope]]:
    """The rules that have something to judge; why others have not is noted."""
    last, windows = findings.last_judged(run.store.con, run.store.tenant_id), Windows(run.store, run.as_of)
    for rule in rulebook.rules:
        noted = RuleRun(rule.id, rule.head.version, rule.file.sha256, "disabled")
        if not run.tuned[rule.id].enabled:
            run.noted.append(noted)
            continue
        scope = windows.scope(rule, last.get(rule.id))
        offences = syntax.check(rule.sql, syntax.readable(workbench()))
        if offences:
            where = f"{rule.label}:{rule.sql_line(offences[0].offset)}"
            _fail(run, tally, replace(noted, scope=scope), where, offences[0].message)
        elif scope.waiting:
            run.noted.append(replace(noted, status="waiting", scope=scope, error=scope.waiting))
        else:
            yield rule.id, scope


def _execute(run: _Run, rulebook: Rulebook, scopes: Mapping[str, Scope], execute: Executor) -> dict[str, Outcome]:
    """The rules' rows, from the child process, while the store is closed here."""
    tasks = []
    for rule_id, scope in scopes.items():
        rule = rulebook.get(rule_id)
        bound = parameters(rule, run.tuned[rule_id].params, iso(run.as_of), iso(scope.since))
        tasks.append(Task(rule_id, rule.sql, bound))
    if not tasks:
        return {}
    with run.store.released() as database:
        return {outcome.rule_id: outcome for outcome in execute(database, tasks)}


def _settle(run: _Run, book: Book, rule: Rule, scope: Scope, outcome: Outcome, facts: Facts, tally: _Tally) -> None:
    """Bring the rule's findings in line with its rows; one that cannot be judged has a row that says so."""
    tally.rules += 1
    noted = RuleRun(rule.id, rule.head.version, rule.file.sha256, "finished", scope, seconds=outcome.seconds)
    setting = Setting(run.tenant, run.run_id, run.as_of, run.tuned[rule.id].severity, scope.first)
    try:
        drafts = _drafts(rule, scope, outcome, facts, setting)
    except (ValueError, TypeError) as error:
        _fail(run, tally, noted, _where(rule, str(error)), str(error))
        return
    changes, over = cap(list(_changes(run, rule, scope, drafts)), run.settings.alerts.cap_per_rule)
    if rule.head.kind == "state" and drafts:
        surfaces = [*sorted(scope.surfaces), *([None] if _judged(None, scope) else [])]
        run.again.extend((rule.id, surface) for surface in surfaces)
    book.write(rule, changes, scope.first)
    if over:
        book.summarise(rule, over, setting)
    opened = sum(change.new for change in changes)
    run.noted.append(replace(noted, found=len(drafts), opened=opened))
    tally.opened += opened
    tally.resolved += sum(change.status == "resolved" for change in changes)
    tally.waived += sum(change.waived_by is not None for change in changes if change.new)
    tally.alerts += sum(change.alert is not None for change in changes) + bool(over)


def _drafts(rule: Rule, scope: Scope, outcome: Outcome, facts: Facts, setting: Setting) -> dict[str, Draft]:
    """The findings of this run by id; of rows with equal keys the first. Raises ValueError."""
    if outcome.error is not None:
        raise ValueError(outcome.error)
    drafts: dict[str, Draft] = {}
    for row in outcome.dicts():
        found = draft(rule, row, facts, setting)
        if rule.head.kind == "event" or _judged(found.surface, scope):
            drafts.setdefault(found.finding_id, found)
    return drafts


def _changes(run: _Run, rule: Rule, scope: Scope, drafts: Mapping[str, Draft]) -> Iterator[Change]:
    con, tenant_id = run.store.con, run.store.tenant_id
    triage = Triage(rule.head.kind, run.as_of, run.settings.alerts, run.waivers)
    state = rule.head.kind == "state"
    known = findings.known(con, tenant_id, rule.id, None if state else list(drafts))
    for identity, found in drafts.items():
        if change := triage.judge(found, known.get(identity)):
            yield change
    if state:
        left = [finding for identity, finding in known.items() if identity not in drafts and finding.status == "open"]
        gone = [finding for finding in left if _judged(finding.surface, scope)]
        records = findings.records(con, tenant_id, [finding.finding_id for finding in gone])
        yield from (triage.gone(finding, records[finding.finding_id]) for finding in gone)


def _judged(surface: str | None, scope: Scope) -> bool:
    """Whether a complete snapshot speaks of the surface; what belongs to none needs all the rule has."""
    return surface in scope.surfaces or (surface is None and "tenant" in scope.surfaces)


def _fail(run: _Run, tally: _Tally, noted: RuleRun, where: str, error: str) -> None:
    told = error.strip().splitlines()[0][:500]
    tally.failures.append(RuleFailure(noted.rule_id, where, told))
    run.noted.append(replace(noted, status="failed", error=f"{where}: {told}"))


def _where(rule: Rule, error: str) -> str:
    found = _LINE.search(error)
    return f"{rule.label}:{rule.file.sql_line + int(found[1]) - 1 if found else rule.file.sql_line}"
