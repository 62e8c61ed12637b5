"""Work that is done once a process: the same question gets the same answer, whichever thread asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def once(most: int = 1) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep a function's answers by its arguments, the `most` used last. What is raised is not kept.

    Unlike with `lru_cache` alone, threads that ask at the same time wait for one answer and do not each work it out.
    """

    def keep(function: Callable[P, R]) -> Callable[P, R]:
        kept, lock = lru_cache(most)(function), threading.RLock()

        @wraps(function)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            with lock:
                return kept(*args, **kwargs)  # type: ignore[arg-type]  # lru_cache asks that arguments are hashable

        return ask

    return keep
