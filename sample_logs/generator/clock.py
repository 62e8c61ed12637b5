"""The dates the samples are taken at, local wall clock to UTC, and how the service prints times."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

FIRST = datetime(2026, 10, 17, 6, 15, tzinfo=UTC)
SECOND = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)
CYCLES = (FIRST, SECOND)
RETAINED_FROM = datetime(2026, 9, 18, 6, 30, tzinfo=UTC)
FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def local(zone: str, text: str) -> datetime:
    """The UTC instant of a wall clock time such as `2026-10-14 09:12` or `2026-10-14 09:12:33` in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def six(at: datetime) -> str:
    """As PIM prints a time: up to six digits after the point, trailing zeros dropped."""
    return _print(at, f"{at.microsecond:06d}")


def seven(at: datetime, tick: int) -> str:
    """As Core Directory prints a time: up to seven digits, the last being `tick` (0 to 9)."""
    return _print(at, f"{at.microsecond:06d}{tick}")


def whole(at: datetime | None) -> str | None:
    """As schedules print a time: three digits at most, null when there is none."""
    return None if at is None else _print(at, f"{at.microsecond // 1000:03d}")


def filetime(at: datetime) -> int:
    """Ticks of 100 ns since 1601, the last part of a PIM event id."""
    return (at - FILETIME_EPOCH) // timedelta(microseconds=1) * 10


def _print(at: datetime, digits: str) -> str:
    fraction = digits.rstrip("0")
    return f"{at:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"
