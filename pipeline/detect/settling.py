"""From the rows of all rules to what changes: which findings are new, graver, gone or as they were.

Everything is looked up for all rules at once; a rule that cannot be judged fails alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..config import Settings, Tenant
from ..model import RuleFailure
from ..store import Store, findings
from ..store.findings import Known
from ..store.journal import Changes
from .bookkeeping import Book, RuleRun
from .facts import Facts, look_up
from .record import Draft, Setting, draft
from .rulefile import Rule
from .sandbox import Outcome
from .triage import Change, Triage, cap
from .tuning import Tuning
from .waivers import Waiver
from .windows import Scope

_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


@dataclass
class Tally:
    """What a run comes to."""

    rules: int = 0
    opened: int = 0
    resolved: int = 0
    waived: int = 0
    alerts: int = 0
    failures: list[RuleFailure] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
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
    tally: Tally = field(default_factory=Tally)
    noted: list[RuleRun] = field(default_factory=list)
    """Every rule's row, those first that did not get as far as the sandbox."""

    def book(self, changes: Changes) -> Book:
        return Book(changes, self.store.tenant_id, self.run_id, self.as_of, self.raised_at, self.sinks)

    def setting(self, rule: Rule, scope: Scope) -> Setting:
        return Setting(self.tenant, self.run_id, self.as_of, self.tuned[rule.id].severity, scope.first)

    def fail(self, noted: RuleRun, where: str, error: str) -> None:
        """The rule has a row that says so, and the summary a failure."""
        told = error.strip().splitlines()[0][:500]
        self.tally.failures.append(RuleFailure(noted.rule_id, where, told))
        self.noted.append(replace(noted, status="failed", error=f"{where}: {told}"))


@dataclass(frozen=True)
class Found:
    """A rule that could be judged, and its findings of this run by id."""

    rule: Rule
    scope: Scope
    noted: RuleRun
    drafts: Mapping[str, Draft]


def settle(run: Run, judged: Sequence[tuple[Rule, Scope, Outcome]]) -> None:
    """Bring findings, alerts and outbox in line with the rules' rows, and note every rule's run."""
    facts = look_up(run.store, (row for _, _, outcome in judged for row in outcome.dicts()))
    found = [each for rule, scope, outcome in judged if (each := _found(run, rule, scope, outcome, facts))]
    with run.store.journalled() as changes:
        book = run.book(changes)
        for each, changed in _changed(run, found):
            _note(run, book, each, changed)
        book.write(run.noted, [pair for each in found for pair in _seen(each)])


def _found(run: Run, rule: Rule, scope: Scope, outcome: Outcome, facts: Facts) -> Found | None:
    """What a rule found; where it cannot be judged nothing, and a row that says so."""
    run.tally.rules += 1
    noted = RuleRun(rule.id, rule.head.version, rule.file.sha256, "finished", scope, seconds=outcome.seconds)
    try:
        return Found(rule, scope, noted, _drafts(rule, scope, outcome, facts, run.setting(rule, scope)))
    except (ValueError, TypeError) as error:
        run.fail(noted, _where(rule, str(error)), str(error))
        return None


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


def _changed(run: Run, found: Sequence[Found]) -> Iterator[tuple[Found, list[Change]]]:
    """Each rule with what changes of its findings."""
    con, tenant_id = run.store.con, run.store.tenant_id
    states = [each.rule.id for each in found if each.rule.head.kind == "state"]
    known = findings.known(con, tenant_id, [identity for each in found for identity in each.drafts], states)
    gone = {each.rule.id: _gone(each, known.get(each.rule.id, {}).values()) for each in found}
    records = findings.records(con, tenant_id, [end.finding_id for ends in gone.values() for end in ends])
    for each in found:
        triage = Triage(each.rule.head.kind, run.as_of, run.settings.alerts, run.waivers)
        held = known.get(each.rule.id, {})
        judged = [triage.judge(draft, held.get(identity)) for identity, draft in each.drafts.items()]
        ended = [triage.gone(end, records[end.finding_id]) for end in gone[each.rule.id]]
        yield each, [*filter(None, judged), *ended]


def _gone(each: Found, known: Iterable[Known]) -> list[Known]:
    """What is open of a state rule and was not found where a complete snapshot would have shown it."""
    if each.rule.head.kind != "state":
        return []
    left = [finding for finding in known if finding.finding_id not in each.drafts and finding.status == "open"]
    return [finding for finding in left if _judged(finding.surface, each.scope)]


def _note(run: Run, book: Book, each: Found, changed: Sequence[Change]) -> None:
    changes, over = cap(changed, run.settings.alerts.cap_per_rule)
    book.note(each.rule, changes, each.scope.first)
    if over:
        book.summarise(each.rule, over, run.setting(each.rule, each.scope))
    opened = sum(change.new for change in changes)
    run.noted.append(replace(each.noted, found=len(each.drafts), opened=opened))
    tally = run.tally
    tally.opened += opened
    tally.resolved += sum(change.status == "resolved" for change in changes)
    tally.waived += sum(change.waived_by is not None for change in changes if change.new)
    tally.alerts += sum(change.alert is not None for change in changes) + bool(over)


def _seen(each: Found) -> list[tuple[str, str | None]]:
    """A state rule that found something, with each surface it judged."""
    if each.rule.head.kind != "state" or not each.drafts:
        return []
    surfaces = [*sorted(each.scope.surfaces), *([None] if _judged(None, each.scope) else [])]
    return [(each.rule.id, surface) for surface in surfaces]


def _judged(surface: str | None, scope: Scope) -> bool:
    """Whether a complete snapshot speaks of the surface; what belongs to none needs all the rule has."""
    return surface in scope.surfaces or (surface is None and "tenant" in scope.surfaces)


def _where(rule: Rule, error: str) -> str:
    found = _LINE.search(error)
    return f"{rule.label}:{rule.file.sql_line + int(found[1]) - 1 if found else rule.file.sql_line}"
