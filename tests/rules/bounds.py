"""Where an event rule's window begins and ends for a finding, told from its inline tests alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipeline.detect.execute import execute
from pipeline.detect.inline import parameters
from pipeline.detect.rulefile import Case, Rule
from pipeline.model import iso
from pipeline.store.workbench import Workbench

TICK = timedelta(microseconds=1)
MOST = 1
"""Findings of a test whose edges are looked for: more rarely say more, and each runs the statement four times."""

Identity = tuple[str, ...]


@dataclass(frozen=True)
class Edges:
    """For one finding of one test: the last `since` and the first `until` with which it is found, None if none is."""

    case: str
    identity: Identity
    last_since: datetime | None
    first_until: datetime | None


def edges(bench: Workbench, rule: Rule) -> Iterator[Edges]:
    """Of findings of every test that expects some. An edge is looked for at the moments the test's rows name.

    A rule that waits for late events is asked without waiting.
    """
    for case in rule.head.tests:
        if case.expect:
            with bench.filled(case.given):
                yield from _edges(_Asked(bench, rule, case))


@dataclass
class _Asked:
    """A test whose rows stand; what it finds within other bounds is kept, since several findings ask alike."""

    bench: Workbench
    rule: Rule
    case: Case
    known: dict[tuple[datetime, datetime], dict[Identity, datetime]] = field(default_factory=dict)

    def found(self, since: datetime, until: datetime) -> dict[Identity, datetime]:
        """When each finding happened."""
        if (since, until) not in self.known:
            at_once = {name: 0 for name in self.rule.head.params if name.startswith("wait_")}
            bound = parameters(self.rule, {**self.case.params, **at_once}, iso(until), iso(since))
            answer = execute(self.bench.con, self.rule.sql, bound)
            rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
            told = {tuple(str(row[key]) for key in self.rule.head.keys): row["occurred_at"] for row in rows}
            self.known[since, until] = {key: datetime.fromisoformat(at) for key, at in told.items()}
        return self.known[since, until]


def _edges(asked: _Asked) -> Iterator[Edges]:
    since, until = datetime.fromisoformat(asked.case.since), datetime.fromisoformat(asked.case.as_of)
    named = sorted({m for rows in asked.case.given.values() for row in rows for m in _moments(row)})
    for finding, at in list(asked.found(since, until).items())[:MOST]:

        def begins(m: datetime, it: Identity = finding) -> bool:
            return it in asked.found(m, until) and it not in asked.found(m + TICK, until)

        def ends(m: datetime, it: Identity = finding) -> bool:
            return it in asked.found(since, m) and it not in asked.found(since, m - TICK)

        last, first = next(filter(begins, [at, *reversed(named)]), None), next(filter(ends, [at, *named]), None)
        yield Edges(asked.case.name, finding, last, first)


def _moments(row: Any) -> Iterator[datetime]:
    for value in row.values():
        if isinstance(value, datetime):
            yield value if value.tzinfo else value.replace(tzinfo=UTC)
        elif isinstance(value, str) and len(value) > 10 and "T" in value:
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                continue
            yield moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        elif isinstance(value, date):
            yield datetime(value.year, value.month, value.day, tzinfo=UTC)
