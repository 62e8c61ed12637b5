"""What one row of the table of endpoints says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import quote

from .pacing import Rate

HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
_SLACK = timedelta(minutes=5)
"""A run that starts a little early is still on time: cadence is kept by schedule, not by stopwatch."""

GROUPS = "groups"
"""The list whose items are parents by choice: of all groups only those that matter are asked about."""

_NAME = re.compile(r"\{(\w+)\}")
_SPAN = frozenset({"since", "until"})


class Kind(Enum):
    """How an endpoint is read."""

    STREAM = "stream"
    """Events, window by window."""
    WHOLE = "whole"
    """A list of the whole tenant."""
    PER_PARENT = "per_parent"
    """One list for each item of another list, all of them one walk."""


class Licence(Enum):
    """What the tenant must have bought, in Microsoft's words."""

    P1 = "Entra ID P1"
    P2 = "Entra ID P2 or ID Governance"


@dataclass(frozen=True)
class Endpoint:
    """One row. `path` and `filter` may hold braces: {since} and {until}, or a parent's names; `fills` are the tables
    that stay without news where it is refused. `cadence` None means each run.
    """

    name: str
    path: str
    kind: Kind
    permission: str
    fills: tuple[str, ...]
    parents: str | None = None
    """The list whose items are asked about one by one: its own name in the table."""
    filter: str | None = None
    select: tuple[str, ...] = ()
    premium_select: tuple[str, ...] = ()
    """Properties that only a tenant with Entra ID P1 or P2 may select."""
    expand: str | None = None
    order: str | None = None
    top: int | None = None
    version: str = "v1.0"
    licence: Licence | None = None
    cadence: timedelta | None = None
    rate: Rate | None = None
    has_ends: bool = False
    """Whether an item leaves the list by itself at its `endDateTime`."""

    @property
    def in_pim(self) -> bool:
        """Whether it is asked of groups in PIM, not of every group that matters."""
        return self.parents == GROUPS and self.licence is Licence.P2

    @property
    def wanted(self) -> str:
        """The permission, and the licence where it takes one."""
        return self.permission + (f" and {self.licence.value}" if self.licence else "")

    @property
    def places(self) -> tuple[str, ...]:
        """What the parts of a parent's key are called, in their order: `group`, or `definition` and `instance`."""
        return tuple(name for name in _NAME.findall(self.path + (self.filter or "")) if name not in _SPAN)

    def of(self, parent: str) -> str:
        """The address that asks about one parent; a key of several parts has them joined by a slash."""
        parts: dict[str, str] = dict(zip(self.places, parent.split("/"), strict=True))
        return self.address(premium=False, **parts)

    def address(self, *, premium: bool = False, **values: str) -> str:
        """Path and query, with the braces filled from `values`."""
        select = (*self.select, *(self.premium_select if premium else ()))
        options = {
            "$filter": self.filter and self.filter.format(**values),
            "$select": ",".join(select),
            "$expand": self.expand,
            "$orderby": self.order,
            "$top": self.top and str(self.top),
        }
        query = "&".join(f"{name}={quote(text, safe='(),:/$')}" for name, text in options.items() if text)
        return f"/{self.version}{self.path.format(**values)}" + (f"?{query}" if query else "")

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Whether it is time to ask again, `last` being when it was answered before."""
        return last is None or self.cadence is None or now - last >= self.cadence - _SLACK
