"""No span of the rate's length holds more requests than the rate allows, and nobody waits without need."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.faults import OutageError
from pipeline.collect.pacing import LONGEST_GAP_SECONDS, Pace, Patience, Rate


class Clock:
    """Moves when somebody pauses or works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.paused = 0.0

    def read(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.paused += seconds


signs = st.sampled_from(["slower", "faster", "nothing"])


@given(st.lists(st.tuples(st.floats(0, 20), signs), min_size=1, max_size=60), st.integers(1, 6))
def test_the_rate_is_never_passed(work: list[tuple[float, str]], requests: int) -> None:
    clock, rate = Clock(), Rate(requests, 10.0)
    pace, sent = Pace(rate, clock.pause, clock.read), []
    for seconds, sign in work:
        pace.wait()
        sent.append(clock.now)
        clock.now += seconds
        getattr(pace, sign, lambda: None)()
    for first, later in zip(sent, sent[requests:], strict=False):
        assert later - first >= 10.0 - 1e-6


@given(st.integers(1, 150), st.floats(0, 0.9))
def test_a_busy_asker_uses_the_whole_rate(requests: int, share: float) -> None:
    clock, rate = Clock(), Rate(requests, 10.0)
    pace, count = Pace(rate, clock.pause, clock.read), requests * 20
    for _ in range(count):
        pace.wait()
        clock.now += share * 10.0 / requests
        pace.faster()
    assert clock.now <= (count / requests) * 10.0 + 1e-6


def test_the_first_requests_go_at_once() -> None:
    clock = Clock()
    pace = Pace(Rate(5, 10.0), clock.pause, clock.read)
    for _ in range(5):
        pace.wait()
    assert clock.paused == 0
    pace.wait()
    assert clock.paused == 10


def test_a_pause_that_does_nothing_ends_all_the_same() -> None:
    waits: list[float] = []
    pace = Pace(Rate(2, 10.0), waits.append, lambda: 0.0)
    for _ in range(6):
        pace.wait()
    assert waits == [10.0] * 4


def test_throttling_halves_the_speed_and_good_answers_bring_it_back_slowly() -> None:
    clock = Clock()
    pace = Pace(Rate(5, 10.0), clock.pause, clock.read)
    pace.slower()
    assert pace.gap == 4.0
    answers = 0
    while pace.gap:
        pace.wait()
        pace.faster()
        answers += 1
    assert 30 <= answers <= 40
    assert clock.now > 60


def test_answers_to_requests_under_way_together_slow_down_once_and_never_to_a_halt() -> None:
    clock = Clock()
    pace = Pace(None, clock.pause, clock.read)
    for _ in range(3):
        pace.slower()
    assert pace.gap == 0.5
    for _ in range(20):
        clock.now += 100
        pace.slower()
    assert pace.gap == LONGEST_GAP_SECONDS


def test_without_a_rate_nobody_waits_until_told() -> None:
    clock = Clock()
    pace = Pace(None, clock.pause, clock.read)
    for _ in range(100):
        pace.wait()
        pace.faster()
    assert clock.paused == 0


def test_threads_share_a_pace() -> None:
    clock, sent, guard = Clock(), list[float](), threading.Lock()
    pace = Pace(Rate(3, 10.0), clock.pause, clock.read)

    def work() -> None:
        for _ in range(10):
            pace.wait()
            with guard:
                sent.append(clock.now)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 40
    assert clock.now == pytest.approx(130.0)


def test_patience_is_spent_before_the_wait_and_a_wait_too_long_is_not_counted() -> None:
    patience = Patience(10)
    patience.spend(6)
    with pytest.raises(OutageError, match="6 s of 10 s"):
        patience.spend(5)
    patience.spend(4)
    patience.lose(3)
    with pytest.raises(OutageError, match="13 s of 10 s"):
        patience.spend(0.1)
