"""The shipped frequency rule on the protocol's counts: its own SQL over tables filled with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from pipeline.detect.execute import execute
from pipeline.detect.inline import parameters
from pipeline.detect.rulefile import load_rules
from pipeline.store.workbench import Workbench, new_workbench

from .protocol import Flags, Trial

RULE = "activation.unusual_frequency"
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
NEVER, FOR_EVER = 1000, 4000
"""A ceiling nobody reaches, a day that does not come."""


def warm(trial: Trial, **params: Any) -> Flags:
    """Alerts by person and day with everybody's history as it is."""
    people, days = np.nonzero(trial.counts)
    acts = ((f"p{person}", int(day), int(trial.counts[person, day])) for person, day in zip(people, days, strict=True))
    everybody = ((f"p{person}", -1, FOR_EVER) for person in range(trial.protocol.people))
    found = np.zeros_like(trial.bursts)
    for person, day in _judge(trial, acts, everybody, trial.protocol.peer_days, params):
        found[int(person[1:]), day] = True
    return found


def cold(trial: Trial, **params: Any) -> Flags:
    """Alerts by person and day, where each person is a newcomer on every judged day: one more each time, with the last
    few days of that person as their own, among all the others as veterans."""
    first, history, counts = trial.protocol.peer_days, trial.protocol.cold_history, trial.counts
    acts = [(f"v{person}", int(day), int(counts[person, day])) for person, day in np.argwhere(counts)]
    people = [(f"v{person}", -1, FOR_EVER) for person in range(trial.protocol.people)]
    for person in range(trial.protocol.people):
        for day in range(first, trial.protocol.days):
            name = f"n{person}.{day}"
            people.append((name, day - history, day + 1))
            acts += [(name, past, int(counts[person, past])) for past in range(day - history, day + 1)]
    found = np.zeros_like(trial.bursts)
    for name, judged in _judge(trial, (act for act in acts if act[2]), iter(people), first, params):
        if name.startswith("n"):
            person, day = map(int, name[1:].split("."))
            found[person, day] |= judged == day
    return found


def _judge(
    trial: Trial, acts: Iterator[tuple[str, int, int]], people: Iterator[tuple[str, int, int]], first: int, params: Any
) -> Iterator[tuple[str, int]]:
    rule, bench = load_rules().get(RULE), new_workbench()
    _fill(bench, trial, acts, people)
    since, until = MONDAY + timedelta(days=first), MONDAY + timedelta(days=trial.protocol.days)
    answer = execute(bench.con, rule.sql, parameters(rule, params, until.isoformat(), since.isoformat()))
    names = answer["columns"]
    for row in answer["rows"]:
        day = datetime.fromisoformat(row[names.index("local_day")]).replace(tzinfo=UTC)
        yield str(row[names.index("subject_id")]), (day - MONDAY).days


def _fill(
    bench: Workbench, trial: Trial, acts: Iterator[tuple[str, int, int]], people: Iterator[tuple[str, int, int]]
) -> None:
    """Every activation at a time of its own in working hours; everybody eligible for the same."""
    listed, held = list(acts), list(people)
    bench.con.execute("CREATE TEMP TABLE told (person VARCHAR, day BIGINT, made BIGINT)")
    columns = [[row[place] for row in listed] for place in range(3)]
    bench.con.execute("INSERT INTO told SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::BIGINT[])", columns)
    bench.con.execute(
        """INSERT INTO pim_request BY NAME
        SELECT 't' AS tenant_id, person || '/' || day || '/' || n AS request_id, 'entra_role' AS surface,
            'activation' AS request_kind, 'completed' AS outcome, person AS subject_id, 't1' AS target_id,
            $monday::TIMESTAMPTZ + to_days(day::INTEGER) + INTERVAL 8 HOUR + to_minutes((n * 600 // made)::INTEGER)
                AS starts_at,
            ['e'] AS event_ids
        FROM told, LATERAL (SELECT unnest(range(made)) AS n)""",
        {"monday": MONDAY.isoformat()},
    )
    bench.con.execute("CREATE TEMP TABLE able (person VARCHAR, since BIGINT, until BIGINT)")
    columns = [[row[place] for row in held] for place in range(3)]
    bench.con.execute("INSERT INTO able SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::BIGINT[])", columns)
    bench.con.execute(
        """INSERT INTO assignment_history BY NAME
        SELECT 't' AS tenant_id, person AS assignment_id, 'entra_role' AS surface, 'eligible' AS kind,
            person AS principal_id, 't1' AS target_id, $monday::TIMESTAMPTZ + to_days(since::INTEGER) AS starts_at,
            $monday::TIMESTAMPTZ + to_days(until::INTEGER) AS ends_at, $monday::TIMESTAMPTZ AS valid_from
        FROM able""",
        {"monday": MONDAY.isoformat()},
    )
    until = MONDAY + timedelta(days=trial.protocol.days)
    bench.con.execute(
        """INSERT INTO "window" BY NAME SELECT 't' AS tenant_id, 'directory_audits' AS source,
            $since::TIMESTAMPTZ AS since, $until::TIMESTAMPTZ AS until""",
        {"since": MONDAY.isoformat(), "until": until.isoformat()},
    )
