"""Results come in order whatever finishes first, and nothing that nobody took is left open."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from pipeline.collect.ahead import ahead


class Result:
    """Notes that it was closed."""

    def __init__(self, number: int) -> None:
        self.number, self.is_closed = number, False

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("workers", [1, 2, 3, 10])
def test_results_come_in_order_though_they_finish_backwards(workers: int) -> None:
    later = [threading.Event() for _ in range(9)]
    for event in (later[0], *later[workers::workers], later[8]) if workers > 1 else later:
        event.set()

    def job(number: int) -> Callable[[], Result]:
        def work() -> Result:
            if workers > 1 and number % workers != workers - 1 and number < 8:
                later[number + 1].wait(5)
            later[number].set()
            return Result(number)

        return work

    found = [future.result().number for future in ahead((job(number) for number in range(9)), workers)]
    assert found == list(range(9))


@pytest.mark.parametrize("workers", [1, 3])
def test_a_failure_stands_in_its_place_and_stops_no_other(workers: int) -> None:
    def job(number: int) -> Callable[[], Result]:
        def work() -> Result:
            if number == 2:
                raise ValueError("two")
            return Result(number)

        return work

    outcomes = list(ahead([job(number) for number in range(5)], workers))
    assert [future.exception() is None for future in outcomes] == [True, True, False, True, True]
    assert [future.result().number for future in outcomes if not future.exception()] == [0, 1, 3, 4]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_job_is_made_in_our_thread_once_the_result_so_far_ahead_is_done_with(workers: int) -> None:
    done = list[int]()
    made = list[tuple[int, int]]()

    def jobs() -> Iterator[Callable[[], Result]]:
        for number in range(8):
            assert threading.current_thread() is threading.main_thread()
            made.append((number, len(done)))
            yield lambda number=number: Result(number)  # type: ignore[misc]

    for future in ahead(jobs(), workers):
        done.append(future.result().number)
    assert made == [(number, max(0, number - workers + 1)) for number in range(8)]


def test_what_nobody_took_is_closed_and_no_more_is_begun() -> None:
    results = [Result(number) for number in range(9)]
    begun = list[int]()

    def job(number: int) -> Callable[[], Result]:
        return lambda: begun.append(number) or results[number]  # type: ignore[func-returns-value]

    with closing(ahead([job(number) for number in range(9)], 3)) as outcomes:  # type: ignore[type-var]
        assert next(outcomes).result() is results[0]
    assert [result.number for result in results if result.is_closed] == [number for number in begun if number > 0]
    assert max(begun) <= 2
