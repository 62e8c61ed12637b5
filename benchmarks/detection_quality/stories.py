"""Attacks and failures mixed into the year. Each says, as it is told, what must be found of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count

from .plot import NobodyThereError, Plot, Story
from .stories_conduct import CONDUCT
from .stories_grants import GRANTS
from .stories_state import STATE
from .tenant import Tenant
from .upkeep import Desk

SETTLED, LAST = 45, 12
"""Days from the beginning before the first story, and before the end after the last one."""


def plan_stories(tenant: Tenant, desk: Desk, begins: date, ends: date) -> None:
    """Every sort of story as often as its table says for a year, at least once, on days of its own."""
    for name, a_year, story in (*CONDUCT, *GRANTS, *STATE):
        for number, day in enumerate(_days(tenant, name, a_year, begins, ends)):
            title = f"{name} {number + 1}"
            tenant.plan(day, partial(_tell, desk, title, story), title)


def _days(tenant: Tenant, name: str, a_year: int, begins: date, ends: date) -> Iterator[date]:
    first, last = begins + timedelta(days=SETTLED), ends - timedelta(days=LAST)
    span, dice = (last - first).days, tenant.dice("story days", name)
    if span <= 0:
        return
    for number in range(max(1, round(a_year * (ends - begins).days / 365))):
        part = span / max(1, round(a_year * (ends - begins).days / 365))
        day = first + timedelta(days=int(part * number + dice.random() * part))
        yield day - timedelta(days=max(0, day.weekday() - 4))


def _tell(desk: Desk, title: str, story: Story, tenant: Tenant, noon: datetime) -> None:
    try:
        story(Plot(tenant, desk, title, noon, tenant.dice("story", title), count(1)))
    except NobodyThereError:
        tenant.plan((noon + timedelta(days=1)).date(), partial(_tell, desk, title, story), title)
