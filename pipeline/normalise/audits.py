"""Audit events of every shape into `audit_event` and, where the vocabulary calls them relevant, the tables beside it.

Set-based from the files on: a portion of segments is read once. A large one goes straight in; any other, and segments
in which something is odd, through a temp table where every line is judged. Each line ends as an event, a duplicate, a
row of quarantine, or is a reference to such a line.
"""

from __future__ import annotations

import duckdb

from ..model import NormaliseSummary
from ..store import Store
from ..store.adopt import set_mark
from . import judged, straight
from .context import EVENT_SOURCES, Context
from .portions import Portion, in_parts
from .statements import number, run

_UNKNOWN = """SELECT count(DISTINCT activity) FROM audit_event
WHERE tenant_id = $tenant AND segment >= $first AND from_pim(event_id, service, activity)
    AND lower(trim(activity)) NOT IN (SELECT activity_key FROM vocabulary)"""

EVENTS = "events"
"""Mark in table `meta`: the last segment whose events are in."""


def take_apart(
    store: Store, context: Context, portion: Portion, *, large: int = straight.LEAST_ITEMS
) -> NormaliseSummary:
    """Take the events of one portion in a transaction of its own. Raises as `take` does, but for OddLineError."""
    try:
        with straight.sparing(store.con), store.transaction() as con:
            total = take(con, context, portion, large=large)
            set_mark(con, EVENTS, portion.last)
    except straight.OddLineError:
        return take_apart(store, context, portion, large=portion.items + 1)
    return total


def take(
    con: duckdb.DuckDBPyConnection, context: Context, portion: Portion, *, large: int = straight.LEAST_ITEMS
) -> NormaliseSummary:
    """Take the events of one portion, within the transaction that is open; `large` is how many may go straight in.

    Raises IntegrityError where a file is missing or holds something else than the index says, OddLineError where a
    portion that went straight in must be taken line by line in another transaction.
    """
    total, left = NormaliseSummary(), portion.sequences
    if is_large(portion, large):
        total, left = straight.take(con, context, portion)
    for part in in_parts(portion, left):
        total += judged.take(con, context, part)
    return total


def is_large(portion: Portion, large: int = straight.LEAST_ITEMS) -> bool:
    """Whether it goes straight in. Files repeat what is there."""
    return portion.items >= large and not portion.is_import


def count_unknown(con: duckdb.DuckDBPyConnection, context: Context) -> NormaliseSummary:
    """How many activities of PIM the pending segments brought that the vocabulary does not know."""
    if not context.of(*EVENT_SOURCES):
        return NormaliseSummary()
    run(con, "10_macros")
    found = number(con, _UNKNOWN, {"tenant": context.tenant_id, "first": context.segments[0][0]})
    return NormaliseSummary(unknown_activities=found)
