"""One protocol for every way to tell an unusual number of activations: counts with known bursts, and who finds them.

People whose rates are spread by a gamma distribution make more or fewer activations from day to day, hardly any at
weekends. After a window in which nothing is judged each of them has one burst on some day. Once with eight weeks of
their own behind every day, once with ten days only, as newcomers among people who have been there for long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Protocol:
    """`peer_days` in which nobody is judged, then `test_days`. Rates are of a weekday."""

    people: int = 400
    peer_days: int = 60
    test_days: int = 120
    mean: float = 0.72
    shape: float = 0.8
    weekend: tuple[float, float] = (0.05, 0.08)
    unevenness: float = 2.0
    burst: int = 6
    history: int = 56
    cold_history: int = 10
    fewest: int = 2
    """Activations on a day before any way may speak."""
    seed: int = 20261123

    @property
    def days(self) -> int:
        return self.peer_days + self.test_days


@dataclass(frozen=True)
class Trial:
    """Counts by person and day, bursts included; where the bursts are; which days are weekends."""

    protocol: Protocol
    counts: Counts
    bursts: Flags
    weekend: Flags


@dataclass(frozen=True)
class Outcome:
    """What one way found: false alerts a day over all people, and its share of the bursts."""

    false_a_day: float
    recall: float


def tell(protocol: Protocol) -> Trial:
    """The counts of the protocol; day 0 is a Monday."""
    dice = np.random.default_rng(protocol.seed)
    rate = dice.gamma(protocol.shape, protocol.mean / protocol.shape, protocol.people)
    share = dice.uniform(*protocol.weekend, protocol.people)
    weekend = np.arange(protocol.days) % 7 >= 5
    mean = np.where(weekend, (rate * share)[:, None], rate[:, None])
    day_to_day = dice.gamma(protocol.unevenness, 1 / protocol.unevenness, mean.shape)
    counts = dice.poisson(mean * day_to_day).astype(np.int64)
    bursts = np.zeros_like(counts, dtype=np.bool_)
    at = dice.integers(protocol.peer_days, protocol.days, protocol.people)
    bursts[np.arange(protocol.people), at] = True
    counts[bursts] += protocol.burst
    return Trial(protocol, counts, bursts, weekend)


def outcome(trial: Trial, alerts: Flags) -> Outcome:
    """Alerts by person and day against the bursts, on the days that are judged."""
    first, spoken = trial.protocol.peer_days, alerts & (trial.counts >= trial.protocol.fewest)
    judged, bursts = spoken[:, first:], trial.bursts[:, first:]
    false = np.count_nonzero(judged & ~bursts) / judged.shape[1]
    return Outcome(float(false), float(np.count_nonzero(judged & bursts) / np.count_nonzero(bursts)))
