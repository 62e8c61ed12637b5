"""The table of ways: false alerts a day and share of bursts found, with and without a history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .methods import methods
from .protocol import Outcome, Protocol, Trial, outcome, tell
from .rule_trial import NEVER, cold, warm

REFERENCE = Outcome(0.5, 0.87), Outcome(1.7, 0.92)
"""What a negative binomial with peer prior reached on one draw of such counts before the rule was written."""

SEEDS = 5

Pair = tuple[Outcome, Outcome]


def compare(protocol: Protocol, seeds: int = SEEDS) -> dict[str, Pair]:
    """Each way's outcome with eight weeks of history and with ten days: the mean over several draws."""
    told: dict[str, list[Pair]] = {}
    for number in range(seeds):
        for name, pair in _one(tell(replace(protocol, seed=protocol.seed + number))):
            told.setdefault(name, []).append(pair)
    return {
        name: (_mean([pair[0] for pair in pairs]), _mean([pair[1] for pair in pairs])) for name, pairs in told.items()
    }


def _one(trial: Trial) -> Iterator[tuple[str, Pair]]:
    for name, alerts in methods().items():
        long, short = (
            outcome(trial, alerts(trial, days)) for days in (trial.protocol.history, trial.protocol.cold_history)
        )
        yield name, (long, short)
    yield "this rule without its ceiling", _both(trial, ceiling=NEVER)
    yield "this rule", _both(trial)


def _mean(outcomes: list[Outcome]) -> Outcome:
    size = len(outcomes)
    return Outcome(sum(each.false_a_day for each in outcomes) / size, sum(each.recall for each in outcomes) / size)


def _both(trial: Trial, **params: object) -> Pair:
    return outcome(trial, warm(trial, **params)), outcome(trial, cold(trial, **params))


def lines(protocol: Protocol, seeds: int = SEEDS) -> Iterator[str]:
    """The table, a line at a time."""
    yield f"{f'mean of {seeds} draws':32}{'false/day':>10}{'recall':>8}{'cold false/day':>16}{'cold recall':>13}"
    for name, (long, short) in {**compare(protocol, seeds), "(one draw, before)": REFERENCE}.items():
        yield f"{name:32}{long.false_a_day:10.2f}{long.recall:8.2f}{short.false_a_day:16.2f}{short.recall:13.2f}"
