"""What is planted: the findings each story must lead to, and what else belongs to it. Nothing here asks the tool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Keys = dict[str, Any]


@dataclass(frozen=True)
class Planted:
    """A finding that must come: a rule and the keys of it, some of them at least."""

    story: str
    rule_id: str
    keys: Keys
    at: datetime
    severity: str


@dataclass
class Labels:
    """Everything planted in a tenant, and which events and things are the stories' own."""

    planted: list[Planted] = field(default_factory=list)
    events: dict[str, str] = field(default_factory=dict)
    """Event id → story."""
    marks: list[tuple[frozenset[str], datetime, str]] = field(default_factory=list)
    """Ids that, all of them among a finding's keys from then on, make it the story's."""

    def plant(self, story: str, rule_id: str, at: datetime, severity: str, **keys: object) -> None:
        """The story must lead to this finding."""
        self.planted.append(Planted(story, rule_id, keys, at, severity))

    def mark(self, story: str, at: datetime, *ids: str) -> None:
        """A state in whose keys all of these ids stand belongs to the story."""
        self.marks.append((frozenset(ids), at, story))

    def told_by(self, story: str, event_ids: Iterable[str]) -> None:
        """These events are the story's."""
        self.events |= dict.fromkeys(event_ids, story)
