"""The tenant while its year is told: the samples' world, with people who live in it and labels for what is planted."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sample_logs.generator.world import Activation, Event, Grant, Principal, Target, World

from .labels import Labels
from .teams import Team

RETAINED = timedelta(days=29)
"""How far back the first run of a collector reaches."""

KEPT_REQUESTS = timedelta(days=60)

Deed = Callable[["Tenant", datetime], None]


@dataclass
class Person:
    """Somebody who is eligible for something: how often they activate, when they work, when they are away."""

    who: Principal
    team: Team
    zone: str
    country: str
    opens: int
    closes: int
    rate: float
    """Activations on an ordinary weekday, on the average."""
    evenness: float
    """Of a gamma distribution from day to day: 1 is very uneven."""
    since: date
    until: date | None = None
    away: set[date] = field(default_factory=set)
    on_call: list[tuple[datetime, datetime]] = field(default_factory=list)
    shift: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Days of the week at work."""
    busy: dict[str, datetime] = field(default_factory=dict)
    """Until when a target is active, by its key."""
    networks: list[str] = field(default_factory=list)

    def works(self, day: date, holidays: frozenset[date]) -> bool:
        """Whether it is a working day of theirs."""
        employed = self.since <= day and (self.until is None or day < self.until)
        return employed and day.weekday() in self.shift and day not in self.away and day not in holidays


@dataclass
class Tenant(World):
    """A world with an index of its grants, a diary of what is to happen, and labels.

    `grants` only grows; `activations`, `events` and `requests` hold what the coming answers of Graph still need.
    """

    seed: int = 1
    crew: dict[str, Person] = field(default_factory=dict)
    holidays: dict[str, frozenset[date]] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)
    diary: dict[date, list[tuple[str | None, Deed]]] = field(default_factory=lambda: defaultdict(list))
    approvers: dict[str, list[Principal]] = field(default_factory=dict)
    """By target key; targets that are not here need nobody's approval."""
    waiting: list[Event] = field(default_factory=list)
    """Told and not yet in any answer."""
    weak: dict[str, str] = field(default_factory=dict)
    """Targets whose settings a story has weakened, by key: what people then leave out is the story's doing."""
    denied: set[tuple[str, str]] = field(default_factory=set)
    """Who was denied what in a review that a story tells of: principal id and target key."""
    acts: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    """When somebody began an activation, by their id."""
    _indexed: int = 0
    _index: dict[tuple[str, str], list[Grant]] = field(default_factory=lambda: defaultdict(list))
    _held: dict[str, list[Grant]] = field(default_factory=lambda: defaultdict(list))

    def dice(self, *name: object) -> random.Random:
        """A random source of its own for one named thing: adding a thing never moves another."""
        return random.Random("/".join(str(part) for part in ("truth", self.seed, *name)))

    def eligibilities(self, person: Principal, target: Target, at: datetime) -> Iterator[Grant]:
        """As in the world, without looking through everything."""
        self._bring_index_up()
        return (grant for grant in self._index[person.id, target.key] if grant.holds(at))

    def choices(self, person: Principal, at: datetime) -> list[Target]:
        """What somebody may activate at an instant, in an order of its own."""
        held = {grant.target.key: grant.target for grant in self.grants_of(person, at) if grant.kind == "eligible"}
        return [held[key] for key in sorted(held)]

    def grants_of(self, person: Principal, at: datetime) -> list[Grant]:
        """What somebody holds or may activate."""
        self._bring_index_up()
        return [grant for grant in self._held[person.id] if grant.holds(at)]

    def _bring_index_up(self) -> None:
        for grant in self.grants[self._indexed :]:
            if grant.kind == "eligible":
                self._index[grant.principal.id, grant.target.key].append(grant)
            self._held[grant.principal.id].append(grant)
        self._indexed = len(self.grants)

    def plan(self, day: date, deed: Deed, story: str | None = None) -> None:
        """Have something happen on a day; what it tells belongs to the story, if one is named."""
        self.diary[day].append((story, deed))

    def enact(self, day: date, noon: datetime) -> None:
        """Everything the diary has for the day."""
        for story, deed in self.diary.pop(day, []):
            before = len(self.events)
            deed(self, noon)
            if story is not None:
                self.labels.told_by(story, (str(event.row["id"]) for event in self.events[before:]))

    def forget(self, now: datetime) -> None:
        """Let go of what no answer will show again."""
        self.activations = [held for held in self.activations if held.ended > now - timedelta(days=1)]
        self.requests = [each for each in self.requests if each.created > now - KEPT_REQUESTS]

    def seen(self, now: datetime) -> list[Event]:
        """The events that can be read at an instant and could not be before; they leave the tenant."""
        self.waiting += self.events
        self.events.clear()
        found = [event for event in self.waiting if event.visible <= now]
        self.waiting = [event for event in self.waiting if event.visible > now]
        return found

    def latest(self) -> Activation:
        """The activation told last."""
        return self.activations[-1]
