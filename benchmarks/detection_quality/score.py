"""What was found against what was planted: every alert is a hit, belongs to a story, or is false."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.store import TenantFolder
from pipeline.store.reading import reading, select

from .labels import Labels, Planted

SOON = timedelta(days=21)
"""A planted finding must come within this time, or it counts as missed."""

LONG = timedelta(days=60)
"""As long what a story left behind may raise states of its own."""

GRAVE = ("medium", "high")

_FINDINGS = """SELECT f.finding_id, f.rule_id, f.severity, f.keys, f.first_seen_at, f.record,
    list(a.raised_at) FILTER (WHERE a.status = 'New' AND a.raised_at > f.first_seen_at) AS again
FROM finding AS f LEFT JOIN alert AS a ON a.alert_id = f.finding_id
GROUP BY ALL ORDER BY f.rule_id, f.finding_id"""


@dataclass(frozen=True)
class Found:
    """A finding as the tool left it, and when it raised an alert or would have without caps."""

    rule_id: str
    severity: str
    keys: Mapping[str, object]
    moments: tuple[datetime, ...]
    evidence: tuple[str, ...] = ()
    title: str = ""


@dataclass
class Score:
    """Of one rule. `hits`, `beside` and `false` count alerts; `planted` and `missed` what the stories called for."""

    planted: int = 0
    missed: list[Planted] = field(default_factory=list)
    hits: int = 0
    beside: int = 0
    false: Counter[str] = field(default_factory=Counter)
    """By severity."""
    examples: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float | None:
        return 1 - len(self.missed) / self.planted if self.planted else None

    @property
    def precision(self) -> float | None:
        """Alerts that a story led to, among all."""
        good = self.hits + self.beside
        return good / (good + self.false.total()) if good + self.false.total() else None


def findings(folder: Path) -> list[Found]:
    """Every finding in the store below `folder`."""
    with reading(TenantFolder(folder)) as con:
        _, rows = select(con, _FINDINGS)
    return [
        Found(
            rule_id,
            severity,
            json.loads(keys),
            (first, *sorted(again or ())),
            tuple(json.loads(record).get("EvidenceIds") or ()),
            json.loads(record)["AlertName"],
        )
        for _, rule_id, severity, keys, first, record, again in rows
    ]


def score(labels: Labels, found: Iterable[Found]) -> dict[str, Score]:
    """Every rule's score; rules that neither were to find nor found anything are not in it."""
    scores: dict[str, Score] = defaultdict(Score)
    by_rule: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        by_rule[each.rule_id].append(each)
    hit: set[tuple[int, datetime]] = set()
    for planted in labels.planted:
        tally = scores[planted.rule_id]
        tally.planted += 1
        met = [pair for each in by_rule[planted.rule_id] for pair in _met(planted, each)]
        hit |= {(id(each), moment) for each, moment in met}
        if not met:
            tally.missed.append(planted)
    for each in (each for rule in by_rule.values() for each in rule):
        tally = scores[each.rule_id]
        for moment in each.moments:
            if (id(each), moment) in hit:
                tally.hits += 1
            elif _belongs(labels, each, moment):
                tally.beside += 1
            else:
                tally.false[each.severity] += 1
                tally.examples.append(f"{moment:%Y-%m-%d} {each.severity}: {each.title}")
    return dict(sorted(scores.items()))


def _met(planted: Planted, found: Found) -> Iterator[tuple[Found, datetime]]:
    """The alerts of a finding that are the planted one."""
    held = found.keys
    if all(name in held and _text(held[name]) == _text(value) for name, value in planted.keys.items()):
        yield from (
            (found, moment) for moment in found.moments if planted.at - SOON / 21 <= moment <= planted.at + SOON
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value).lower()


def _belongs(labels: Labels, found: Found, moment: datetime) -> bool:
    """Whether a story told most of the evidence, or marked what the finding names."""
    told = sum(event in labels.events for event in found.evidence)
    if found.evidence and told * 2 >= len(found.evidence):
        return True
    named = json.dumps(found.keys)
    return any(
        at - timedelta(days=1) <= moment <= at + LONG and all(ident in named for ident in ids)
        for ids, at, _ in labels.marks
    )
