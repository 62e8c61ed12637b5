"""The events of one quarter of an hour of the large tenant, in Graph's shape, as a raw segment of their own."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from benchmarks.ingest.events import days
from benchmarks.ingest.folders import add_segment
from pipeline import content
from pipeline.store.ledger import Ledger

from .tenant import MONTHS, NOW, Words

QUARTER = timedelta(minutes=15)
Event = dict[str, Any]


def stories(minutes: int = 12) -> list[list[Event]]:
    """What belongs to one correlation in the sample, where all of it took no longer than `minutes`."""
    path = content.samples_dir() / "fabrikam" / f"{NOW:%Y-%m-%d}" / "directory_audits.json"
    told = defaultdict(list)
    for event in json.loads(path.read_bytes())["value"]:
        told[event["correlationId"]].append(event)
    pim = [
        events for events in told.values() if any("PIM activation" in each["activityDisplayName"] for each in events)
    ]
    return [events for events in pim if _when(events[0]) - _when(events[-1]) < timedelta(minutes=minutes)]


def land(ledger: Ledger, until: datetime, number: int, events: int, words: Words, told: list[list[Event]]) -> int:
    """A finished window that ends at `until`: its share of PIM's stories, each of another copy; how many events."""
    dice = Random(number)
    activations = max(1, events * 91 * MONTHS // (28 * 96 * MONTHS * 1000))
    lines: list[bytes] = []
    for story in range(activations):
        lines += _retold(
            dice.choice(told), words, until, f"{1 + dice.randrange(max(1, events // 100_000))}", f"q{number}x{story}"
        )
    rest = max(1, events // (28 * 96 * MONTHS) - len(lines))
    lines += _plain(rest, until, number)
    add_segment(ledger, lines, until - QUARTER, until)
    return len(lines)


def _plain(count: int, until: datetime, number: int) -> Iterator[bytes]:
    """What is not PIM's, as `benchmarks.ingest` has it, moved into the quarter."""
    for n, line in enumerate(next(days(count * 30, seed=1000 + number))):
        event = json.loads(line)
        if event["loggedByService"] != "PIM":
            event["activityDateTime"] = f"{until - QUARTER * (n + 1) / (count + 2):%Y-%m-%dT%H:%M:%S.%f}1Z"
            yield json.dumps(event).encode()


def _retold(events: list[Event], words: Words, until: datetime, copy: str, name: str) -> Iterator[bytes]:
    """A story as a copy of its people lives it, ended a minute before the quarter does."""
    moved = until - timedelta(minutes=1) - _when(events[0])
    for event in events:
        told = _marked(event, words)
        told["activityDateTime"] = f"{_when(event) + moved:%Y-%m-%dT%H:%M:%S.%fZ}"
        yield json.dumps(told).replace("{c}", copy).replace("{m}", name).encode()


def _marked(value: Any, words: Words) -> Any:
    if isinstance(value, dict):
        return {name: _marked(held, words) for name, held in value.items()}
    return [_marked(each, words) for each in value] if isinstance(value, list) else words.marked(value)


def _when(event: Event) -> datetime:
    return datetime.fromisoformat(event["activityDateTime"][:26].rstrip("Z") + "+00:00")
