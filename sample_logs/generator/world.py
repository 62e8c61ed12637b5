"""A tenant while it is being told: who and what exists, what happened, and what must be found in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .seeds import guid

Row = dict[str, Any]


@dataclass(frozen=True)
class Principal:
    """A person, a group or an application that can hold something."""

    key: str
    id: str
    name: str
    kind: str  # User | Group | ServicePrincipal
    upn: str | None = None
    ip: str = "192.0.2.10"
    zone: str = "UTC"


@dataclass(frozen=True)
class Target:
    """What is held: an Entra role (access None) or member or owner of a group."""

    surface: str  # entra_role | group
    id: str
    name: str
    access: str | None = None
    object_id: str = ""
    built_in: bool = True

    @property
    def key(self) -> str:
        return f"{self.id}/{self.access or 'role'}"


@dataclass
class Grant:
    """An eligible or active assignment given by an administrator; `ends` None means permanent."""

    id: str
    kind: str  # eligible | active
    target: Target
    principal: Principal
    starts: datetime | None
    ends: datetime | None = None
    removed: datetime | None = None
    scope: str = "/"
    bounded: tuple[datetime, datetime] | None = None  # from the first instant on it ends at the second
    request_id: str | None = None

    def end_at(self, now: datetime) -> datetime | None:
        return self.bounded[1] if self.bounded and self.bounded[0] <= now else self.ends

    def holds(self, now: datetime) -> bool:
        end = self.end_at(now)
        begun = self.starts is None or self.starts <= now
        return begun and (end is None or now < end) and (self.removed is None or now < self.removed)


@dataclass(frozen=True)
class Activation:
    """One completed activation; `visible` is when its completion could first be read."""

    request_id: str
    person: Principal
    target: Target
    starts: datetime
    expires: datetime
    ended: datetime
    visible: datetime

    def holds(self, now: datetime) -> bool:
        return self.starts <= now < self.ended


@dataclass(frozen=True)
class Event:
    """An audit row, when it happened and when Graph first showed it."""

    at: datetime
    visible: datetime
    row: Row


@dataclass(frozen=True)
class GroupRequest:
    """A PIM for Groups schedule request and how its status moved."""

    group_id: str
    list: str  # assignment | eligibility
    created: datetime
    row: Row
    statuses: tuple[tuple[datetime, str], ...]

    def at(self, now: datetime) -> Row:
        reached = [status for since, status in self.statuses if since <= now]
        return {**self.row, "status": reached[-1] if reached else "PendingProvisioning"}


@dataclass(frozen=True)
class Kept:
    """A row of a list and from when to when it is in there; `parent` is the key of whom it belongs to."""

    endpoint: str
    row: Row
    parent: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


@dataclass
class World:
    """Everything told about one tenant."""

    name: str
    tenant_id: str
    domain: str
    zone: str
    people: dict[str, Principal] = field(default_factory=dict)
    groups: dict[str, Principal] = field(default_factory=dict)
    apps: dict[str, Principal] = field(default_factory=dict)
    facts: dict[str, Row] = field(default_factory=dict)  # principal id -> its directory object, changes aside
    changes: dict[str, list[tuple[datetime, Row]]] = field(default_factory=dict)
    lives: dict[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)  # created, deleted
    licences: list[tuple[str, int, int]] = field(default_factory=list)  # product, bought, used
    refused: dict[str, Row] = field(default_factory=dict)  # endpoint -> what Graph answers instead
    members: dict[str, list[Principal]] = field(default_factory=dict)
    owners: dict[str, list[Principal]] = field(default_factory=dict)
    policies: dict[str, list[tuple[datetime, Any]]] = field(default_factory=dict)  # target key -> settings from when
    roles: dict[str, Target] = field(default_factory=dict)
    onboarded: dict[str, datetime] = field(default_factory=dict)  # group id -> since
    written_back: dict[str, str] = field(default_factory=dict)  # group id -> the kind it has on premises
    kept: list[Kept] = field(default_factory=list)  # rows of lists that nothing else is told by
    named: dict[str, Grant] = field(default_factory=dict)  # grants a later story comes back to
    grants: list[Grant] = field(default_factory=list)
    activations: list[Activation] = field(default_factory=list)
    requests: list[GroupRequest] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    opened: list[tuple[int, Row]] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)  # states that the second cycle finds put right
    drifts: list[tuple[int, Grant, Row]] = field(default_factory=list)  # opened in which cycle
    silent: list[Row] = field(default_factory=list)
    baseline: list[Row] = field(default_factory=list)
    waivers: list[Row] = field(default_factory=list)
    tickets: list[tuple[str, datetime]] = field(default_factory=list)  # every use of a ticket's number
    register: dict[str, tuple[datetime, datetime | None] | None] = field(default_factory=dict)  # else than it was used

    def guid(self, *name: object) -> str:
        return guid(self.name, *name)

    def add(self, at: datetime, row: Row, visible: datetime | None = None) -> None:
        self.events.append(Event(at, visible or at, row))

    def role(self, name: str) -> Target:
        return self.roles[name]

    def member(self, group: str) -> Target:
        return Target("group", self.groups[group].id, self.groups[group].name, "member")

    def owner(self, group: str) -> Target:
        return Target("group", self.groups[group].id, self.groups[group].name, "owner")

    def eligibilities(self, person: Principal, target: Target, at: datetime) -> Iterator[Grant]:
        """Eligibilities that let the person activate the target, its own or a nested group's."""
        for grant in self.grants:
            if grant.kind == "eligible" and grant.target.key == target.key and grant.holds(at):
                own = grant.principal.id == person.id
                if own or person in self.members.get(grant.principal.id, []):
                    yield grant
