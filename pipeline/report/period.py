"""The period of a report: tenant-local days, the end exclusive, never beyond now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..errors import UsageError


@dataclass(frozen=True)
class Period:
    """Local days [since, until) and their midnights in UTC. `ends` is `now` where the end asked lies ahead."""

    since: date
    until: date
    zone: ZoneInfo
    begins: datetime
    ends: datetime
    cut: bool

    @property
    def stem(self) -> str:
        """As file names carry it: `2026-11-01_2026-12-01`."""
        return f"{self.since.isoformat()}_{self.until.isoformat()}"

    @property
    def days(self) -> tuple[date, ...]:
        """The local days with at least one moment in the period."""
        last = (self.ends - timedelta(microseconds=1)).astimezone(self.zone).date()
        return tuple(self.since + timedelta(days=n) for n in range((last - self.since).days + 1))


def make_period(since: date, until: date, zone: str, now: datetime) -> Period:
    """The period from local midnight to local midnight. Raises UsageError where it is empty or wholly ahead."""
    if since >= until:
        raise UsageError(f"the period is empty: {since} to {until} (the end is exclusive)")
    place = ZoneInfo(zone)
    begins, ends = midnight(since, place), midnight(until, place)
    if begins >= now:
        raise UsageError(f"the period lies ahead: it begins {since}, now is {now.astimezone(place):%Y-%m-%d %H:%M}")
    return Period(since, until, place, begins, min(ends, now.astimezone(UTC)), ends > now)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The start of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def last_month(now: datetime, zone: str) -> tuple[date, date]:
    """First day of the last complete local month, and of the one after it."""
    this = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    return (this - timedelta(days=1)).replace(day=1), this
