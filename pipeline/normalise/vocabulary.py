"""The vocabulary of audit activities, `rules/lists/activities.yaml`, as temp table `vocabulary` of the session.

The variable of the same name is a map from key to (activity, relevant).

Columns: activity_key (lower case, no blanks at the ends: compare with `lower(trim(activity))`), activity, service,
relevant, request_kind, request_phase (both null where the activity is no step of a PIM request).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import yaml

from ..content import rules_dir
from ..errors import ContentError

KINDS = ("activation", "eligible", "active", "removal", "deactivation", "other")
PHASES = ("requested", "approval_requested", "approved", "denied", "canceled", "completed", "expired", "ended")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where libyaml is there."""

_TABLE = """CREATE OR REPLACE TEMP TABLE vocabulary (
    activity_key VARCHAR NOT NULL, activity VARCHAR NOT NULL, service VARCHAR NOT NULL, relevant BOOLEAN NOT NULL,
    request_kind VARCHAR, request_phase VARCHAR)"""


_VARIABLE = """SET VARIABLE vocabulary = (
    SELECT map(list(activity_key ORDER BY activity_key),
        list({activity: activity, relevant: relevant} ORDER BY activity_key))
    FROM vocabulary)"""
"""For rows by the million: looking a word up in a map keeps their order and all threads busy, a join does not."""


@dataclass(frozen=True)
class Activity:
    """One activity of the list. `kind` and `phase` are None where it is no step of a PIM request."""

    activity: str
    service: str
    relevant: bool
    kind: str | None = None
    phase: str | None = None

    @property
    def key(self) -> str:
        return self.activity.strip().lower()


def load(con: duckdb.DuckDBPyConnection) -> None:
    """Fill temp table `vocabulary`. Raises ContentError where the list has a fault."""
    found = read(rules_dir() / "lists" / "activities.yaml")
    con.execute(_TABLE)
    columns = [*zip(*[(a.key, a.activity, a.service, a.relevant, a.kind, a.phase) for a in found], strict=True)]
    con.execute("INSERT INTO vocabulary SELECT " + ", ".join("unnest(?)" for _ in columns), [list(c) for c in columns])
    con.execute(_VARIABLE)


@cache
def read(path: Path) -> tuple[Activity, ...]:
    """The list in `path`, read once. Raises ContentError naming the first entry that is wrong or stands there twice."""
    try:
        entries = yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 (both are safe loaders)
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"cannot be read: {error}", path) from error
    if not isinstance(entries, list):
        raise ContentError("is no list of activities", path)
    found: dict[str, Activity] = {}
    for number, entry in enumerate(entries, 1):
        activity = _activity(entry, path, number)
        if activity.key in found:
            raise ContentError(f"entry {number}: {activity.activity!r} stands there twice", path)
        found[activity.key] = activity
    return tuple(found.values())


def _activity(entry: object, path: Path, number: int) -> Activity:
    match entry:
        case {"activity": str(name), "service": str(service), "relevant": bool(relevant), **rest} if name.strip():
            kind, phase = _request(rest.get("request"), path, number)
            return Activity(name, service, relevant, kind, phase)
    raise ContentError(f"entry {number}: wants activity, service and relevant", path)


def _request(value: object, path: Path, number: int) -> tuple[str | None, str | None]:
    match value:
        case None:
            return None, None
        case {"kind": str(kind), "phase": str(phase)} if kind in KINDS and phase in PHASES:
            return kind, phase
    raise ContentError(f"entry {number}: request wants a kind and a phase it knows", path)
