"""What happens at Graph in a play, remembered so that the oracle can say what a collector must hold of it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.content import samples_dir
from tests.fakes.graph import MEMBERS, RESOURCES, Event, FakeGraph
from tests.site import Site

ELIGIBLE = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances"
ROLES, USERS, GROUPS = "/v1.0/roleManagement/directory/roleDefinitions", "/v1.0/users", "/v1.0/groups"
LISTS = (ELIGIBLE, USERS, GROUPS, ROLES, RESOURCES)
Row = dict[str, Any]


@dataclass
class Known:
    """An event: when it happened, since when Graph shows it, and every text it ever had."""

    at: datetime
    visible: datetime
    versions: list[Row]
    is_event: bool = True
    """Whether it can become a row of silver; else it belongs into quarantine."""


@dataclass
class World:
    """A site and the memory of all that ever happened there."""

    site: Site
    events: dict[str, Known] = field(default_factory=dict)
    counter: int = 0

    @property
    def graph(self) -> FakeGraph:
        return self.site.graph

    @property
    def now(self) -> datetime:
        return self.graph.now

    def happen(self, ago: timedelta, hidden: timedelta, row: Row, *, is_event: bool = True) -> None:
        """An event of `ago`, which Graph will show when `hidden` has passed."""
        self.counter += 1
        at, visible = self.now - ago, self.now + hidden
        whole = {"id": f"E{self.counter:04d}", "activityDateTime": f"{at:%Y-%m-%dT%H:%M:%S}Z", **row}
        self.graph.events.append(Event(at, visible, whole))
        self.events[str(whole.get("id", self.counter))] = Known(at, visible, [whole], is_event)

    def tick(self) -> None:
        """A second passes: what happens next is not of the instant in which a run has read before."""
        self.graph.now += timedelta(seconds=1)

    def enrich(self, ident: str) -> None:
        """The same id with another text from now on, as when Graph fills in a name later."""
        self.counter += 1
        changed = self.events[ident].versions[-1] | {"resultReason": f"told again {self.counter}"}
        self.events[ident].versions.append(changed)
        self.graph.events = [
            Event(event.at, event.visible, changed) if event.row.get("id") == ident else event
            for event in self.graph.events
        ]

    def forget(self) -> None:
        """Let go what Graph itself no longer has."""
        kept = self.graph.kept or timedelta.max
        self.graph.events = [event for event in self.graph.events if event.at >= self.now - kept]

    def change(self, path: str, row: Row) -> None:
        """Add `row` to a list, or replace the one with its id."""
        rows = self.graph.lists.setdefault(path, [])
        rows[:] = [*(each for each in rows if each["id"] != row["id"]), row]

    def remove(self, path: str, number: int) -> None:
        """Take one row out of a list, but never the last: a list that empties is held, and tested by itself."""
        rows = self.graph.lists.get(path, [])
        if len(rows) > 1:
            rows.pop(number % len(rows))


def founded(place: Path) -> World:
    """A tenant with a role, two people and a group in PIM."""
    world = World(Site(place))
    for number in range(2):
        world.change(USERS, person(number))
    world.change(GROUPS, group(0))
    world.change(RESOURCES, {"id": guid("group", 0)})
    world.change(ROLES, {"id": guid("role", 0), "templateId": guid("role", 0), "displayName": "Helpdesk"})
    world.change(ELIGIBLE, eligibility(0))
    world.graph.of_group[MEMBERS] = {guid("group", 0): [member(0)]}
    return world


def guid(kind: str, number: int) -> str:
    """A synthetic id that says nothing and is always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {number}"))


def person(number: int, name: str = "Ada") -> Row:
    upn = f"user{number}@contoso.example"
    return {"id": guid("user", number), "displayName": name, "userPrincipalName": upn, "accountEnabled": True}


def group(number: int, name: str = "sg") -> Row:
    return {"id": guid("group", number), "displayName": name, "securityEnabled": True, "isAssignableToRole": True}


def member(number: int) -> Row:
    return {"@odata.type": "#microsoft.graph.user", "id": guid("user", number), "displayName": "Ada"}


def eligibility(number: int, ends: str | None = "2027-05-31T20:00:00Z") -> Row:
    return {
        "id": f"eligible-{number}",
        "principalId": guid("user", number),
        "roleDefinitionId": guid("role", 0),
        "directoryScopeId": "/",
        "memberType": "Direct",
        "startDateTime": "2026-06-01T12:00:00Z",
        "endDateTime": ends,
    }


@cache
def _activation() -> str:
    file = samples_dir() / "fabrikam" / "2026-10-17" / "directory_audits.json"
    rows = json.loads(file.read_bytes())["value"]
    wanted = "Add member to role completed (PIM activation)", "RoleManagement"
    return json.dumps(next(row for row in rows if (row["activityDisplayName"], row["category"]) == wanted))


def activation(number: int, at: datetime) -> Row:
    """An activation of a role, as PIM tells it, for an hour from `at`; outside office hours it is a finding."""
    row: Row = json.loads(_activation())
    asked = guid("request", number)
    texts = {"StartTime": f"{at:%Y-%m-%dT%H:%M:%SZ}", "ExpirationTime": f"{at + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}
    for detail in row["additionalDetails"]:
        detail["value"] = asked if detail["key"] == "RequestId" else texts.get(detail["key"], detail["value"])
    for target in row["targetResources"]:
        target["id"] = asked if target["type"] == "Request" else target["id"]
    return row | {"id": f"PIM_{asked}", "correlationId": asked, "activityDateTime": texts["StartTime"]}


HOSTILE: dict[str, Row] = {
    "no id": {"id": None},
    "id empty": {"id": ""},
    "id an object": {"id": {"a": 1}},
    "no time": {"activityDateTime": None},
    "30 February": {"activityDateTime": "2026-02-30T00:00:00Z"},
}
"""Items that are no events: kept in raw, told in quarantine, and no reason to stop."""

ODD: dict[str, Row] = {
    "lone surrogate": {"resultReason": "\ud800"},
    "NUL": {"resultReason": "a\u0000b"},
    "deep": {"additionalDetails": json.loads("[" * 200 + "]" * 200)},
    "wrong types": {"targetResources": 7, "initiatedBy": "x", "category": ["a"]},
    "long": {"resultReason": "x" * 100_000},
    "markup": {"resultReason": "<script>alert(1)</script>\r\n=HYPERLINK(1)\u202e\x1b[31m"},
}
"""Items whose content is odd: each is kept in raw and is either an event or told in quarantine."""

UNFIT = frozenset({"lone surrogate", "deep", "wrong types"})
"""Those of them that two readers may not read alike: for quarantine, though the bytes must be there."""
