"""Raw segments into silver: audit events first, then what is put together from them, state, and the configuration.

Every step reads only what the steps before it and the segments hold. What one run adds is one transaction; only a
backlog of events, large or in portions since it is too large for memory, has transactions of its own.
"""

from __future__ import annotations

from datetime import datetime

from ..config import Settings, Tenant
from ..model import NormaliseSummary
from ..store import Store
from ..store.adopt import adopted, get_mark, set_mark
from . import audits, configured, paths, requests, state, vocabulary
from .audits import EVENTS
from .context import Context, Segment, Step
from .portions import portions
from .rebuild import rebuild

STEPS: tuple[Step, ...] = (audits.count_unknown, requests.build, state.build, configured.refill, paths.build)
"""What follows the events, in order. The vocabulary is in temp table `vocabulary`."""

WHOLE = "normalised"
"""Mark in table `meta`: the last segment that every step has seen."""


def normalise(store: Store, tenant: Tenant, settings: Settings, *, run_id: str, now: datetime) -> NormaliseSummary:
    """Bring silver up to the newest adopted segment; repeating it changes nothing.

    Raises IntegrityError where a segment's file is missing or damaged, ContentError for a faulty vocabulary.
    """
    total, newest = NormaliseSummary(), adopted(store.con)
    vocabulary.load(store.con)
    context = Context(store.tenant_id, store.folder.raw, pending(store), run_id, now, settings, tenant)
    waiting = list(portions(context, get_mark(store.con, EVENTS)))
    together = [portion for portion in waiting[-1:] if not audits.is_large(portion)]
    for portion in waiting[: len(waiting) - len(together)]:
        total += audits.take_apart(store, context, portion)
    with store.transaction() as con:
        for portion in together:
            total += audits.take(con, context, portion)
        for step in STEPS:
            total += step(con, context)
        set_mark(con, EVENTS, newest)
        set_mark(con, WHOLE, newest)
    return total


def pending(store: Store) -> tuple[tuple[int, Segment], ...]:
    """The segments not every step has seen, in order."""
    rows = store.rows(
        """SELECT seq, source, kind, run_id, started_at, finished_at, items, new_items, content, path, same_as,
            refers_to, assume_tenant, held
        FROM segment WHERE seq > ? ORDER BY seq""",
        [get_mark(store.con, WHOLE)],
    )
    return tuple((row.pop("seq"), Segment(**row | {"refers_to": tuple(row["refers_to"])})) for row in rows)


__all__ = ["EVENTS", "Context", "Segment", "normalise", "rebuild"]
