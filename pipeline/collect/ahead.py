"""Several jobs under way at once, their results in order: the network may be parallel, the record never is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar


class Closing(Protocol):
    """A result that holds something until it is closed."""

    def close(self) -> None:
        """Give up what it holds."""


T = TypeVar("T", bound=Closing)


def ahead(jobs: Iterable[Callable[[], T]], workers: int) -> Iterator[Future[T]]:
    """The finished jobs in their order, failures in their places; `workers` of them are under way in threads.

    `jobs` is gone through in the caller's own thread: job n+`workers` is taken from it once the caller is done with
    result n, so what it is made from may depend on that result and never on how long anything took. Results nobody
    took are closed. With one worker there is no thread.
    """
    if workers == 1:
        yield from (_done(job) for job in jobs)
        return
    coming, waiting = iter(jobs), deque[Future[T]]()
    with ThreadPoolExecutor(workers, "ahead") as pool:
        try:
            while True:
                while len(waiting) < workers and (job := next(coming, None)) is not None:
                    waiting.append(pool.submit(job))
                if not waiting:
                    return
                waiting[0].exception()  # waits
                yield waiting.popleft()
        finally:
            for left in waiting:
                if not left.cancel() and left.exception() is None:
                    left.result().close()


def _done(job: Callable[[], T]) -> Future[T]:
    future = Future[T]()
    try:
        future.set_result(job())
    except Exception as error:  # noqa: BLE001 - as in a thread: the failure is told in its place
        future.set_exception(error)
    return future
