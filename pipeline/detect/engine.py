"""Detect: judge what is new, and bring findings, alerts and the outbox in line with what the rules say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ..config import Settings, Tenant
from ..errors import UnfinishedError
from ..model import DetectSummary, RuleFailure, iso
from ..store import Store, findings
from ..store.adopt import adopted, get_mark
from . import sandbox, syntax
from .bookkeeping import RuleRun
from .inline import parameters
from .rulefile import Rulebook
from .sandbox import Outcome, Task
from .settling import Run, settle
from .tuning import tune
from .waivers import read_waivers
from .windows import Scope, Windows

Executor = Callable[[Path, Sequence[Task]], list[Outcome]]
"""Runs tasks over a database nobody else has open; the one that is not a test's is `sandbox.run`."""


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
    run = Run(store, tenant, settings, run_id, as_of, raised_at or as_of, sinks, tuned, waivers)
    with store.journalled() as changes:
        findings.set_waivers(changes, store.tenant_id, [waiver.row(store.tenant_id) for waiver in run.waivers], as_of)
    _note_unreadable(run, rulebook)
    scopes = dict(_scopes(run, rulebook))
    outcomes = _execute(run, rulebook, scopes, execute)
    settle(run, [(rulebook.get(rule_id), scopes[rule_id], outcome) for rule_id, outcome in outcomes.items()])
    return DetectSummary(**vars(run.tally) | {"failures": tuple(run.tally.failures)})


def _note_unreadable(run: Run, rulebook: Rulebook) -> None:
    for fault in rulebook.faults:
        run.tally.failures.append(RuleFailure(fault.rule_id, fault.where, fault.message))
        run.noted.append(RuleRun(fault.rule_id, "", "", "failed", error=f"{fault.where}: {fault.message}"))


def _scopes(run: Run, rulebook: Rulebook) -> Iterator[tuple[str, Scope]]:
    """The rules that have something to judge; why others have not is noted."""
    last, windows = findings.last_judged(run.store.con, run.store.tenant_id), Windows(run.store, run.as_of)
    readable = syntax.readable(run.store.relations())
    for rule in rulebook.rules:
        noted = RuleRun(rule.id, rule.head.version, rule.file.sha256, "disabled")
        if not run.tuned[rule.id].enabled:
            run.noted.append(noted)
            continue
        scope = windows.scope(rule, last.get(rule.id))
        offences = syntax.check(rule.sql, readable)
        if offences:
            where = f"{rule.label}:{rule.sql_line(offences[0].offset)}"
            run.fail(replace(noted, scope=scope), where, offences[0].message)
        elif scope.waiting:
            run.noted.append(replace(noted, status="waiting", scope=scope, error=scope.waiting))
        else:
            yield rule.id, scope


def _execute(run: Run, rulebook: Rulebook, scopes: Mapping[str, Scope], execute: Executor) -> dict[str, Outcome]:
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
