import pytest

from pipeline.working_hours import Shift, shifts


def test_a_week_of_office_hours() -> None:
    assert shifts("mon-fri 07:00-19:00") == tuple(Shift(day, 420, 1140) for day in range(1, 6))


def test_a_night_shift_belongs_to_the_day_it_began() -> None:
    assert shifts("sun 22:00-06:00") == (Shift(1, 0, 360, -1), Shift(7, 1320, 1440))


def test_a_shift_that_ends_at_midnight_has_no_second_part() -> None:
    assert shifts("mon 16:00-00:00") == shifts("mon 16:00-24:00") == (Shift(1, 960, 1440),)


@pytest.mark.parametrize(
    ("text", "days"),
    [("sat 08:00-12:00", [6]), ("sat-mon 8:00-12:00", [1, 6, 7]), ("Mon,Wed,fri-sat 08:00 - 12:00", [1, 3, 5, 6])],
)
def test_days(text: str, days: list[int]) -> None:
    assert [shift.weekday for shift in shifts(text)] == days


def test_lists_and_never() -> None:
    assert len(shifts(("mon 08:00-12:00", "mon 13:00-17:00", "mon 13:00-17:00"))) == 2
    assert shifts(()) == shifts("never") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not of the form"),
        ("07:00-19:00", "not of the form"),
        ("mon-fri 7-19", "not of the form"),
        ("mon-frei 07:00-19:00", "'frei' is no day"),
        ("mon 25:00-26:00", "'25:00' is no time"),
        ("mon 08:60-09:00", "'08:60' is no time"),
        ("mon 08:00-08:00", "empty"),
        ("1-5 07:00-19:00", "not of the form"),
    ],
)
def test_faults_name_the_part(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        shifts(text)
