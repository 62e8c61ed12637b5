"""Windows cover time without holes, however runs fail, and the watermark never passes what was not read."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pipeline.collect.windows import Finished, plan, split, subtract
from pipeline.model import Window
from pipeline.store.coverage import merge, reached

START = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
OVERLAP, RESWEEP = timedelta(hours=2), timedelta(hours=48)
MONTH = timedelta(days=29)


def hours(since: float, until: float) -> Window:
    return Window(START + timedelta(hours=since), START + timedelta(hours=until))


@dataclass
class Record:
    """What a tenant's record would hold after runs like these."""

    finished: list[Finished] = field(default_factory=list)
    gaps: list[Window] = field(default_factory=list)
    runs: int = 0

    def run(self, now: datetime, failing: Sequence[int] = (), reach: timedelta = MONTH) -> list[Window]:
        due = plan(self.finished, self.gaps, now, reach, OVERLAP, RESWEEP)
        self.runs += 1
        self.gaps += due.lost
        for number, window in enumerate(due.windows):
            if number not in failing:
                self.finished.append(Finished(window.since, window.until, now, f"run{self.runs}"))
            elif not self.finished:
                break
        return list(due.windows)

    @property
    def watermark(self) -> datetime | None:
        return reached([Window(each.since, each.until) for each in self.finished], self.gaps)


def test_the_first_run_reaches_back_as_far_as_allowed_and_loses_nothing_before() -> None:
    due = plan([], [], START, MONTH, OVERLAP, RESWEEP)
    assert due.windows[0].since == START - MONTH
    assert due.windows[-1].until == START
    assert len(due.windows) == 29
    assert due.lost == ()


def test_the_next_run_reads_the_overlap_again_and_what_is_new() -> None:
    record = Record()
    record.run(START)
    later = START + timedelta(minutes=15)
    assert record.run(later) == [Window(START - OVERLAP, later)]
    assert record.watermark == later


def test_two_days_are_swept_again_once_a_day() -> None:
    record = Record()
    record.run(START)
    sweeps = [
        hour
        for hour in range(1, 73)
        if record.run(START + timedelta(hours=hour))[0].since <= START + timedelta(hours=hour) - RESWEEP
    ]
    assert sweeps == [24, 48, 72]


@example(20 * 60, 60 * 60, 5)
@given(st.integers(1, 60 * 24), st.integers(0, 60 * 24 * 3), st.integers(2, 25))
def test_an_event_a_day_late_is_read_also_after_an_outage(delay: int, happens: int, outage_days: int) -> None:
    """Runs every hour for three days, nobody for long, then one run a day for two days."""
    record, day = Record(), timedelta(days=1)
    at = START + timedelta(minutes=happens)
    runs = [START + timedelta(hours=hour) for hour in range(73)]
    runs += [runs[-1] + outage_days * day, runs[-1] + (outage_days + 1) * day]
    for now in runs:
        record.run(now)
    visible = at + timedelta(minutes=delay)
    assert any(w.since <= at <= w.until and w.finished_at >= visible for w in record.finished)


def test_a_sweep_that_failed_is_tried_again_by_the_next_run() -> None:
    record = Record()
    record.run(START)
    day = timedelta(days=1)
    record.run(START + day - timedelta(hours=1))
    assert record.run(START + day, failing=[0])[0].since == START + day - RESWEEP
    again = START + day + timedelta(minutes=15)
    assert record.run(again)[0].since == again - RESWEEP


def test_a_hole_is_read_again_alone_and_holds_the_watermark_back() -> None:
    record = Record()
    record.run(START, failing=[10])
    hole = Window(START - MONTH + timedelta(days=10), START - MONTH + timedelta(days=11))
    assert record.watermark == hole.since
    later = START + timedelta(minutes=15)
    assert record.run(later) == [hole, Window(START - OVERLAP, later)]
    assert record.watermark == later


def test_the_record_does_not_begin_behind_an_unfinished_window() -> None:
    record = Record()
    record.run(START, failing=[0])
    assert record.watermark is None
    assert record.run(START)[0].since == START - MONTH


def test_what_fell_out_of_reach_is_a_gap_once_and_counts_as_read() -> None:
    record = Record()
    record.run(START, reach=timedelta(days=6))
    later = START + timedelta(days=15)
    record.run(later, reach=timedelta(days=6))
    assert record.gaps == [Window(START - OVERLAP, later - timedelta(days=6))]  # its end was read, but too early
    assert record.watermark == later
    record.run(later + timedelta(days=1), reach=timedelta(days=6))
    assert len(record.gaps) == 1


def test_a_longer_reach_is_used_from_the_next_run_on() -> None:
    record = Record()
    record.run(START, reach=timedelta(days=6))
    windows = record.run(START + timedelta(minutes=15), reach=MONTH)
    assert windows[0].since == START + timedelta(minutes=15) - MONTH
    assert record.gaps == []


def test_a_clock_that_went_back_asks_for_nothing_in_the_future() -> None:
    record = Record()
    record.run(START)
    earlier = START - timedelta(hours=1)
    assert all(window.until <= earlier for window in record.run(earlier))


@pytest.mark.parametrize("fraction", [0, 1, 999_999])
def test_windows_begin_and_end_on_whole_seconds(fraction: int) -> None:
    due = plan([], [], START.replace(microsecond=fraction), timedelta(days=1, hours=1), OVERLAP, RESWEEP)
    assert {moment.microsecond for window in due.windows for moment in (window.since, window.until)} == {0}


def test_subtract_leaves_what_lies_outside() -> None:
    assert list(subtract(hours(0, 10), [hours(-1, 2), hours(3, 4), hours(9, 12)])) == [hours(2, 3), hours(4, 9)]
    assert list(subtract(hours(0, 10), [hours(0, 10)])) == []


steps = st.lists(
    st.tuples(st.integers(min_value=1, max_value=60 * 24 * 9), st.sets(st.integers(0, 9), max_size=4)),
    min_size=1,
    max_size=12,
)


@given(steps, st.booleans())
def test_the_watermark_never_passes_an_unfinished_window(story: list[tuple[int, set[int]]], premium: bool) -> None:
    record, now, reach = Record(), START, MONTH if premium else timedelta(days=6)
    for minutes, failing in story:
        now += timedelta(minutes=minutes)
        windows = record.run(now, sorted(failing), reach)
        assert windows == sorted(windows, key=lambda window: window.since)
        assert all(timedelta(0) < window.until - window.since <= timedelta(days=1) for window in windows)
        assert all(now - reach <= window.since and window.until <= now for window in windows)
        if record.watermark is not None:
            first = min(window.since for window in record.finished)
            read = [*(Window(w.since, w.until) for w in record.finished), *record.gaps]
            assert list(subtract(Window(first, record.watermark), read)) == []
            assert record.watermark <= now


@given(steps, st.booleans())
def test_a_good_run_leaves_no_hole(story: list[tuple[int, set[int]]], premium: bool) -> None:
    record, now, reach = Record(), START, MONTH if premium else timedelta(days=6)
    for minutes, failing in story:
        now += timedelta(minutes=minutes)
        record.run(now, sorted(failing), reach)
    now += timedelta(minutes=1)
    record.run(now, (), reach)
    read = [Window(window.since, window.until) for window in record.finished]
    assert list(subtract(Window(now - reach, now), read)) == []
    assert record.watermark == now


@given(steps, st.integers(0, 60 * 24 * 20), st.integers(0, 120))
def test_an_event_that_shows_within_the_overlap_is_read(
    story: list[tuple[int, set[int]]], happens: int, delay: int
) -> None:
    record, now = Record(), START
    at = START + timedelta(minutes=happens)
    visible = at + timedelta(minutes=delay)
    for minutes, failing in story:
        now += timedelta(minutes=minutes)
        record.run(now, sorted(failing))
    now = max(now, visible) + timedelta(minutes=1)
    assume(at >= now - MONTH)
    record.run(now)
    assert any(w.since <= at <= w.until and w.finished_at >= visible for w in record.finished)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60)), max_size=12))
def test_merged_spans_hold_the_same_instants(pairs: list[tuple[int, int]]) -> None:
    spans = [hours(since, since + length) for since, length in pairs]
    merged = merge(spans)
    assert all(before.until < after.since for before, after in itertools.pairwise(merged))
    assert all(any(m.since <= span.since and span.until <= m.until for m in merged) for span in spans)
    assert all(any(m.since == span.since for span in spans) for m in merged)


@given(st.integers(1, 60 * 24 * 40))
def test_split_pieces_touch_and_fill(minutes: int) -> None:
    span = Window(START, START + timedelta(minutes=minutes))
    pieces = list(split(span))
    assert (pieces[0].since, pieces[-1].until) == (span.since, span.until)
    assert all(before.until == after.since for before, after in itertools.pairwise(pieces))
