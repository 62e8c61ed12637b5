"""The ways the frequency rule is compared with: fixed counts, and what textbooks offer for a series."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .protocol import Flags, Trial

Series = NDArray[np.float64]
Judge = Callable[[Series, Series], Series]
"""Histories (person by day) and the counts of the judged day → how far each is beyond the limit; positive alerts."""

SMOOTHING = 0.3
PEER_DAYS, DISPERSION = 14, 4.0


def methods() -> dict[str, Callable[[Trial, int], Flags]]:
    """By the name the table prints: a trial and the days of own history → alerts by person and day."""
    return {
        "3 or more a day": lambda trial, _: trial.counts >= 3,
        "5 or more a day": lambda trial, _: trial.counts >= 5,
        "5 or more in 7 days": lambda trial, _: _in_week(trial) >= 5,
        "10 or more in 7 days": lambda trial, _: _in_week(trial) >= 10,
        "mean + 3 sd": _by(lambda past, today: today - past.mean(1) - 3 * past.std(1)),
        "median/MAD > 3.5": _by(lambda past, today: _mad(past, today) - 3.5),
        "median/MAD > 6": _by(lambda past, today: _mad(past, today) - 6),
        "EWMA, L = 3": _by(_ewma),
        "Poisson, p < 1e-3": _by(lambda past, today: 1e-3 - _poisson(past, today)),
        "Poisson, p < 1e-4": _by(lambda past, today: 1e-4 - _poisson(past, today)),
        "NB, r = 4, peers, p < 1e-3": _reference,
    }


def _by(judge: Judge) -> Callable[[Trial, int], Flags]:
    def alerts(trial: Trial, history: int) -> Flags:
        found = np.zeros_like(trial.bursts)
        for day, past in _pasts(trial, history):
            found[:, day] = judge(past, trial.counts[:, day].astype(np.float64)) > 0
        return found

    return alerts


def _pasts(trial: Trial, history: int) -> Iterator[tuple[int, Series]]:
    for day in range(trial.protocol.peer_days, trial.protocol.days):
        yield day, trial.counts[:, day - history : day].astype(np.float64)


def _in_week(trial: Trial) -> Series:
    total = np.cumsum(trial.counts, axis=1, dtype=np.float64)
    total[:, 7:] -= total[:, :-7].copy()
    return total


def _mad(past: Series, today: Series) -> Series:
    """Deviations from the median in robust standard deviations; their floor is half an activation."""
    middle = np.median(past, axis=1)
    spread = np.maximum(1.4826 * np.median(np.abs(past - middle[:, None]), axis=1), 0.5)
    return np.asarray((today - middle) / spread)


def _ewma(past: Series, today: Series) -> Series:
    """Of the chart's statistic after the day, above its upper control limit; the spread is that of the history."""
    smooth = past.mean(1)
    for step in range(past.shape[1]):
        smooth = SMOOTHING * past[:, step] + (1 - SMOOTHING) * smooth
    smooth = SMOOTHING * today + (1 - SMOOTHING) * smooth
    width = 3 * np.maximum(past.std(1), 0.5) * np.sqrt(SMOOTHING / (2 - SMOOTHING))
    return np.asarray(smooth - past.mean(1) - width)


def _poisson(past: Series, today: Series) -> Series:
    """The chance of as many or more; half an activation is added to the history so that no rate is nothing."""
    rate = (past.sum(1) + 0.5) / past.shape[1]
    return np.asarray(stats.poisson.sf(today - 1, rate))


def _reference(trial: Trial, history: int) -> Flags:
    """The plainest form of what the rule does: a fixed dispersion, peers as fourteen days, weekdays and weekends apart.

    Of the others all days of the protocol's history count, also where the own history is short.
    """
    found = np.zeros_like(trial.bursts)
    for day in range(trial.protocol.peer_days, trial.protocol.days):
        alike = np.flatnonzero(trial.weekend[:day] == trial.weekend[day])
        own = trial.counts[:, alike[alike >= day - history]]
        peers = trial.counts[:, alike[alike >= day - trial.protocol.history]].mean()
        rate = (PEER_DAYS * peers + own.sum(1)) / (PEER_DAYS + own.shape[1])
        today = trial.counts[:, day]
        chance = stats.nbinom.sf(today - 1, DISPERSION, DISPERSION / (DISPERSION + rate))
        found[:, day] = (chance < 1e-3) & (today >= 3) & (today - rate >= 2)
    return found
