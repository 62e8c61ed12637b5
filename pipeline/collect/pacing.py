"""Staying below what a service says it can bear, and going slower than that while it says it cannot."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .faults import DismissedError

LONGEST_GAP_SECONDS = 30.0
_FIRST_GAP_SECONDS = 0.25
_EASING = 0.98
"""What of the gap is left after each good answer: about forty of them until half the speed is the whole again."""


@dataclass(frozen=True)
class Rate:
    """At most so many requests in any span of so many seconds. `overall` holds for all tenants of one application."""

    requests: int
    seconds: float
    overall: Rate | None = None


class Pace:
    """Lets requests through one by one: within `rate`, where there is one, and with a gap while the service is busy.

    The gap doubles with `slower` and shrinks with `faster`; the rate is never passed. `pause` waits, in seconds;
    `clock` gives seconds and never runs back. Any number of threads may use one pace.
    """

    def __init__(
        self, rate: Rate | None, pause: Callable[[float], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._pause, self._clock = rate, pause, clock
        self._sent: deque[float] = deque(maxlen=rate.requests if rate else 1)
        self._usual = rate.seconds / rate.requests if rate else _FIRST_GAP_SECONDS
        self._gap, self._slowed_at = 0.0, float("-inf")
        self._turn, self._guard = threading.Lock(), threading.Lock()

    @property
    def gap(self) -> float:
        """Seconds kept between two requests beside the rate; 0 while the service is not busy."""
        return self._gap

    def wait(self) -> None:
        """Return when a request may be sent, and count it as sent."""
        with self._turn:
            early = self._next() - self._clock()
            if early > 0:
                self._pause(early)
            self._sent.append(self._clock())

    def slower(self) -> None:
        """The service throttles. Several answers to requests sent at the same speed count once."""
        with self._guard:
            now = self._clock()
            if now - self._slowed_at >= self._usual:
                self._gap = min(2 * max(self._gap, self._usual), LONGEST_GAP_SECONDS)
                self._slowed_at = now

    def faster(self) -> None:
        """The service answers."""
        with self._guard:
            gap = self._gap * _EASING
            self._gap = gap if gap > self._usual else 0.0

    def _next(self) -> float:
        """The earliest time of the next request, on our clock."""
        if not self._sent:
            return float("-inf")
        is_full = self._rate is not None and len(self._sent) == self._rate.requests
        by_rate = self._sent[0] + self._rate.seconds if self._rate and is_full else float("-inf")
        return max(by_rate, self._sent[-1] + self._gap)


class Paces:
    """One pace for each key, made at its first use; shared by those that must share a rate."""

    def __init__(self) -> None:
        self._paces: dict[object, Pace] = {}
        self._guard = threading.Lock()

    def of(self, key: object, make: Callable[[], Pace]) -> Pace:
        """The pace of `key`."""
        with self._guard:
            if key not in self._paces:
                self._paces[key] = make()
            return self._paces[key]


class Patience:
    """How many `seconds` a run may lose to a service that does not answer as it should: waits and failed requests."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._lost = seconds, 0.0
        self._guard = threading.Lock()

    def spend(self, seconds: float) -> None:
        """Count a loss before it happens. Raises DismissedError, and counts nothing, where it would be too much."""
        with self._guard:
            if self._lost + seconds > self._seconds:
                raise DismissedError(
                    f"no more patience: {self._lost:.0f} s of {self._seconds:.0f} s waited in this run"
                )
            self._lost += seconds

    def lose(self, seconds: float) -> None:
        """Count a loss that has happened."""
        with self._guard:
            self._lost += seconds
