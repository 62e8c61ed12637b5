"""Time that passes only while everybody waits, for code that runs in several threads.

A thread is at work, or it sleeps until some time, or it waits for another thread. When none is at work any more, time
jumps to the next waking. What a thread computes takes no time at all.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from types import TracebackType
from typing import Any


class Clock:
    """Seconds since it was made. The thread that made it is at work; others are begun by a `Pool`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.changed = threading.Condition()
        self._at_work = 1
        self._sleepers: list[tuple[float, int]] = []
        self._woken: set[int] = set()
        self._number = 0

    def tick(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Come back once so much time has passed."""
        with self.changed:
            self._number += 1
            mine = self._number
            heapq.heappush(self._sleepers, (self.now + max(seconds, 0.0), mine))
            self.leave()
            while mine not in self._woken:
                self.changed.wait()
            self._woken.discard(mine)

    def join(self) -> None:
        """One more is at work; whoever ends another's wait says so for it. Under `changed`."""
        self._at_work += 1

    def leave(self) -> None:
        """One fewer is at work. Under `changed`."""
        self._at_work -= 1
        if self._at_work == 0 and self._sleepers:
            self.now = self._sleepers[0][0]
            while self._sleepers and self._sleepers[0][0] <= self.now:
                self._woken.add(heapq.heappop(self._sleepers)[1])
                self.join()
            self.changed.notify_all()


class Lock:
    """A lock that the clock knows: who waits for it is not at work."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._taken = clock, False
        self._waiting: deque[object] = deque()

    def __enter__(self) -> None:
        with self._clock.changed:
            if not self._taken:
                self._taken = True
                return
            mine = object()
            self._waiting.append(mine)
            self._clock.leave()
            while mine in self._waiting:
                self._clock.changed.wait()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._clock.changed:
            if self._waiting:  # it is handed on without being free
                self._waiting.popleft()
                self._clock.join()
                self._clock.changed.notify_all()
            else:
                self._taken = False


class _Result(Future[Any]):
    """A future whose waiter is not at work."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock, self._is_awaited = clock, False

    def result(self, timeout: float | None = None) -> Any:
        with self._clock.changed:
            if not self.done():
                self._is_awaited = True
                self._clock.leave()
                while not self.done():
                    self._clock.changed.wait()
        return super().result(timeout)

    def end(self, set_it: Callable[[], None]) -> None:
        with self._clock.changed:
            set_it()
            if self._is_awaited:
                self._clock.join()
            self._clock.leave()
            self._clock.changed.notify_all()


class Pool(Executor):
    """A thread for each job."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def submit(self, job: Callable[..., Any], /, *args: Any, **given: Any) -> Future[Any]:
        result = _Result(self._clock)

        def work() -> None:
            try:
                done = job(*args, **given)
            except BaseException as error:  # noqa: BLE001 - it is handed on
                failed = error
                result.end(lambda: result.set_exception(failed))
            else:
                result.end(lambda: result.set_result(done))

        with self._clock.changed:
            self._clock.join()
        threading.Thread(target=work, daemon=True).start()
        return result
