"""Work is done once a process, however many threads ask."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.once import once

ASKING = 4


def test_threads_that_ask_together_wait_for_one_answer() -> None:
    together, done = threading.Barrier(ASKING), []

    @once(most=8)
    def doubled(number: int) -> int:
        done.append(number)
        return 2 * number

    def ask(number: int) -> int:
        together.wait(timeout=10)
        return doubled(number)

    with ThreadPoolExecutor(ASKING) as pool:
        assert list(pool.map(ask, [3] * ASKING)) == [6] * ASKING
    assert done == [3]


def test_the_least_used_answer_is_worked_out_again() -> None:
    done: list[int] = []

    @once(most=2)
    def kept(number: int) -> int:
        done.append(number)
        return number

    for number in (1, 2, 1, 3, 1, 2):
        assert kept(number) == number
    assert done == [1, 2, 3, 2]


def test_a_failure_is_no_answer() -> None:
    left = [OSError("not yet")]

    @once()
    def read() -> str:
        if left:
            raise left.pop()
        return "read"

    with pytest.raises(OSError, match="not yet"):
        read()
    assert read() == "read"
