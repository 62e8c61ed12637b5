"""Staying below what a service says it can bear."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """At most so many requests in any span of so many seconds."""

    requests: int
    seconds: float


class Pace:
    """Waits, with `pause`, until another request is within the rate. `clock` gives seconds and never runs back."""

    def __init__(
        self, rate: Rate, pause: Callable[[float], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._pause, self._clock = rate, pause, clock
        self._sent: deque[float] = deque(maxlen=rate.requests)

    def wait(self) -> None:
        """Return when a request may be sent, and count it as sent."""
        if len(self._sent) == self._rate.requests:
            early = self._sent[0] + self._rate.seconds - self._clock()
            if early > 0:
                self._pause(early)
        self._sent.append(self._clock())
