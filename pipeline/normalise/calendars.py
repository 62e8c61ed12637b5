"""Working hours, holidays and on-call spans as the configuration gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import duckdb

from ..config import OnCall, Tenant
from ..working_hours import shifts
from .names import Names
from .statements import insert


@dataclass(frozen=True)
class Hours:
    """One calendar: the tenant's own (number 0), or that of one member of a configured one."""

    number: int
    scope: str
    member: str | None
    member_id: str | None
    zone: str
    working_hours: str | tuple[str, ...]
    holidays: str | None
    on_call: tuple[OnCall, ...] = ()


def calendars(tenant: Tenant, names: Names) -> tuple[Hours, ...]:
    """The tenant's calendars, its own first.

    What a configured one leaves out is the tenant's. So are the holidays, unless it lies in another zone: those are
    other people's holidays.
    """
    own = Hours(0, "tenant", None, None, tenant.time_zone, tenant.working_hours, tenant.holidays)
    members = [(calendar, member) for calendar in tenant.calendars for member in calendar.members]
    found = [own]
    for number, (calendar, member) in enumerate(members, 1):
        zone = calendar.time_zone or tenant.time_zone
        inherited = tenant.holidays if zone == tenant.time_zone else None
        hours = tenant.working_hours if calendar.working_hours is None else calendar.working_hours
        days = calendar.holidays or inherited
        found.append(Hours(number, *_whose(member, names), zone, hours, days, calendar.on_call))
    return tuple(found)


def _whose(member: str, names: Names) -> tuple[str, str, str | None]:
    """Scope, member as configured in lower case, and the person or group it means, None where it means nobody."""
    person, group = names.person(member), names.group(member)
    is_person = person is not None or (group is None and "@" in member)
    return "person" if is_person else "group", member.strip().lower(), person or group


def fill(con: duckdb.DuckDBPyConnection, tenant_id: str, found: Sequence[Hours], years: Iterable[int]) -> None:
    """Fill `calendar`, `holiday` and `on_call`, which are empty; holidays are those of `years`."""
    insert(con, "calendar", [(tenant_id, *row) for hours in found for row in _shifts(hours)])
    spans = tuple(years)
    days = [(tenant_id, hours.number, day, name) for hours in found for day, name in _days(hours.holidays, spans)]
    insert(con, "holiday", days)
    insert(
        con,
        "on_call",
        [(tenant_id, h.number, h.member, span.from_, span.to) for h in found for span in h.on_call],
    )


def _shifts(hours: Hours) -> Iterator[tuple[object, ...]]:
    """Rows of `calendar` after the tenant: one a shift, or a single one without a weekday for `never`."""
    text = hours.working_hours if isinstance(hours.working_hours, str) else ", ".join(hours.working_hours)
    head = (hours.number, hours.scope, hours.member, hours.member_id, hours.zone, text)
    found = shifts(hours.working_hours)
    if not found:
        yield (*head, None, None, None, None)
    for shift in found:
        yield (*head, shift.weekday, shift.opens, shift.closes, shift.offset)


@cache
def _days(code: str | None, years: tuple[int, ...]) -> tuple[tuple[date, str], ...]:
    """Holidays of a country, or of a part of one (`CH-ZH`), in order."""
    if code is None or not years:
        return ()
    import holidays  # loads slowly, and only tenants with holidays need it

    country, _, subdivision = code.partition("-")
    listed = holidays.country_holidays(country, subdiv=subdivision or None, years=years, language="en_US")
    return tuple(sorted(listed.items()))
