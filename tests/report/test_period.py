"""Periods are local days with an exclusive end, never beyond now."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pipeline.errors import UsageError
from pipeline.report import last_month
from pipeline.report.period import make_period

NOW = datetime(2026, 12, 1, 5, tzinfo=UTC)


def test_ends_are_local_midnights_on_both_sides_of_a_clock_change() -> None:
    period = make_period(date(2026, 10, 1), date(2026, 11, 1), "Europe/Zurich", NOW)
    assert (period.begins, period.ends) == (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )
    assert (len(period.days), period.cut, period.stem) == (31, False, "2026-10-01_2026-11-01")


def test_an_end_ahead_is_cut_to_now() -> None:
    period = make_period(date(2026, 11, 28), date(2027, 1, 1), "Europe/Zurich", NOW)
    assert (period.ends, period.cut) == (NOW, True)
    assert period.days[-1] == date(2026, 12, 1)
    assert period.stem == "2026-11-28_2027-01-01"


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (date(2026, 11, 1), date(2026, 11, 1)),
        (date(2026, 11, 2), date(2026, 11, 1)),
        (date(2026, 12, 2), date(2026, 12, 9)),
    ],
)
def test_nothing_to_tell_is_refused(since: date, until: date) -> None:
    with pytest.raises(UsageError, match="the period"):
        make_period(since, until, "Europe/Zurich", NOW)


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), "Europe/Zurich", (date(2026, 10, 1), date(2026, 11, 1))),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), "Europe/Zurich", (date(2026, 11, 1), date(2026, 12, 1))),
        (datetime(2027, 1, 1, 3, tzinfo=UTC), "America/New_York", (date(2026, 11, 1), date(2026, 12, 1))),
        (datetime(2027, 1, 15, tzinfo=UTC), "UTC", (date(2026, 12, 1), date(2027, 1, 1))),
    ],
)
def test_last_month_is_the_last_complete_local_one(now: datetime, zone: str, expected: tuple[date, date]) -> None:
    assert last_month(now, zone) == expected
