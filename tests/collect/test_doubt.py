"""When a whole answer is doubted, and when it is believed after all."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.doubt import EMPTY_FOR, FEW, SHRUNK_FOR, Counts, Held, confirmation, lack
from tests.collect.rig import NOW

COUNTS = st.dictionaries(st.sampled_from([None, "a", "b", "c"]), st.integers(0, 200), max_size=4)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({None: 1}, {None: 0}, "an empty answer where 1 stood before"),
        ({None: 1}, {}, "an empty answer where 1 stood before"),
        ({None: 0}, {None: 0}, None),
        ({None: 41}, {None: 20}, "20 items where 41 stood before"),
        ({None: 40}, {None: 20}, None),
        ({None: 20}, {None: 1}, None),
        ({None: 1000}, {None: 501}, None),
        ({"a": 100, "b": 500}, {"a": 3, "b": 500}, "3 items of a where 100 stood before"),
        ({"a": 100, "b": 500}, {"b": 500}, None),
        ({"a": 500, "b": 100}, {"b": 100}, "100 items where 600 stood before"),
        ({"a": 2, "b": 2}, {"a": 0, "b": 2}, None),
    ],
)
def test_what_is_doubted(before: Counts, now: Counts, said: str | None) -> None:
    assert lack(before, now) == said


@given(COUNTS, COUNTS)
def test_what_grows_is_never_doubted_and_what_ends_always_is(before: Counts, more: Counts) -> None:
    assert lack(before, {key: before.get(key, 0) + more.get(key, 0) for key in {*before, *more}}) is None
    assert bool(lack(before, {})) == any(before.values())


@given(COUNTS, st.integers(0, FEW))
def test_a_few_may_always_go_while_some_stay(before: Counts, few: int) -> None:
    (key, most) = max(before.items(), key=lambda item: item[1], default=(None, 0))
    left = {**before, key: max(0, most - few)}
    assert lack(before, left) is None or not any(left.values())


def held(counts: Counts, *hours: float) -> list[Held]:
    """Newest first."""
    return [Held(counts, NOW + timedelta(hours=each)) for each in reversed(hours)]


def test_an_empty_answer_is_believed_the_third_time_and_a_day_later() -> None:
    at = NOW + EMPTY_FOR
    assert confirmation({}, held({}, 0, 1), at) == "the same came 3 times in a row since 2026-11-01T12:00:00Z"
    assert confirmation({}, held({}, 0, 1), at - MINUTE) is None
    assert confirmation({}, held({}, 0), at) is None
    assert confirmation({}, [], at) is None
    assert confirmation({}, [*held({}, 3), *held({None: 3}, 2), *held({}, 0, 1)], at) is None, "not in a row"


def test_a_shrunk_answer_is_believed_the_second_time() -> None:
    now = {None: 40}
    assert confirmation(now, held({None: 41}, 0), NOW + SHRUNK_FOR)
    assert confirmation(now, held({None: 41}, 0), NOW + SHRUNK_FOR - MINUTE) is None, "that soon is the same fault"
    assert confirmation(now, held({None: 41}, 0, 0.1), NOW + SHRUNK_FOR)
    assert confirmation(now, held({None: 90}, 0), NOW + SHRUNK_FOR) is None, "it goes on shrinking"
    assert confirmation(now, held({}, 0), NOW + SHRUNK_FOR) is None, "what was empty confirms nothing"


@given(COUNTS, COUNTS)
def test_only_what_is_like_it_confirms(one: Counts, other: Counts) -> None:
    is_alike = lack(one, other) is None and lack(other, one) is None
    assert bool(confirmation(other, held(one, 0, 1), NOW + EMPTY_FOR)) == is_alike
