"""What waivers keep silent in one tenant, and what there is to say of each besides."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from .waivers import Waiver

SOON = 14
"""Days before its end from which a waiver is said to end soon."""

_FINDINGS = "SELECT kind, status, resolved_reason, waived_by, record FROM finding WHERE tenant_id = ?"


@dataclass(frozen=True)
class Waived:
    """One waiver and what it does. `silences`: findings that stand and raise no alert for its sake."""

    waiver_id: str
    place: str
    match: dict[str, str | list[str]]
    reason: str
    owner: str
    ticket: str | None
    expires: date
    days_left: int
    """Whole days it still holds after today; negative once it has ended."""
    matches: int | None
    """Findings on record that it matches, whether they stand or not; None while nothing is collected."""
    silences: int | None


def waived(
    con: duckdb.DuckDBPyConnection | None, tenant_id: str, waivers: Sequence[Waiver], today: date
) -> list[Waived]:
    """Each waiver with what it matches and silences; a finding goes to the first that covers it, as in `detect`.

    Without a connection there is nothing on record yet.
    """
    if con is None:
        return [_told(each, today, None, None) for each in waivers]
    matches, silences = Counter[str](), Counter[str]()
    for kind, status, ended, waived_by, record in con.execute(_FINDINGS, [tenant_id]).fetchall():
        told = json.loads(record)
        mine = [waiver for waiver in waivers if waiver.matches(told)]
        matches.update(waiver.waiver_id for waiver in mine)
        first = next((waiver for waiver in mine if waiver.holds(today)), None)
        stands = status == "open" or ended == "waived"
        if first and stands and (kind == "state" or waived_by is not None):
            silences[first.waiver_id] += 1
    return [_told(each, today, matches[each.waiver_id], silences[each.waiver_id]) for each in waivers]


def _told(waiver: Waiver, today: date, matches: int | None, silences: int | None) -> Waived:
    said = waiver.entry
    left = (said.expires - today).days
    named = (waiver.waiver_id, waiver.place, said.match, said.reason, said.owner, said.ticket, said.expires)
    return Waived(*named, left, matches, silences)


def remarks(told: Waived, rules: Collection[str]) -> Iterator[str]:
    """What is odd about a waiver that is well-formed; `rules` are the ids there are."""
    if told.days_left < 0:
        yield f"ended on {told.expires}"
    elif told.days_left <= SOON:
        yield f"ends on {told.expires}"
    named: Any = told.match.get("rule", [])
    for rule in [named] if isinstance(named, str) else named:
        if rule.lower() not in rules:
            yield f"match.rule: no rule is called {rule!r}"
    if told.matches == 0:
        yield "matches no finding on record"
