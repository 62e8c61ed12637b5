"""No span of the rate's length holds more requests than the rate allows, and nobody waits without need."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.pacing import Pace, Rate


class Clock:
    """Moves when somebody pauses or works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.paused = 0.0

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.paused += seconds


@given(st.lists(st.floats(0, 20), min_size=1, max_size=60), st.integers(1, 6))
def test_the_rate_is_never_passed(work: list[float], requests: int) -> None:
    clock, rate = Clock(), Rate(requests, 10.0)
    pace, sent = Pace(rate, clock.pause, lambda: clock.now), []
    for seconds in work:
        pace.wait()
        sent.append(clock.now)
        clock.now += seconds
    for first, later in zip(sent, sent[requests:], strict=False):
        assert later - first >= 10.0 - 1e-6


def test_the_first_requests_go_at_once() -> None:
    clock = Clock()
    pace = Pace(Rate(5, 10.0), clock.pause, lambda: clock.now)
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
