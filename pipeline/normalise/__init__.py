"""Raw segments into silver: audit events first, then what is put together from them, state, and the configuration.

Every step reads only what the steps before it and the segments hold; all of them are one transaction.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from ..config import Settings, Tenant
from ..model import NormaliseSummary
from ..store import Store
from ..store.adopt import adopted, get_mark, set_mark
from . import audits, configured, state
from .context import Context, Segment, Step

STEPS: tuple[Step, ...] = (audits.build, state.build, configured.refill)
"""In order. The vocabulary is in temp table `vocabulary` from the first step on."""

MARK = "normalised"


def normalise(store: Store, tenant: Tenant, settings: Settings, *, run_id: str, now: datetime) -> NormaliseSummary:
    """Bring silver up to the newest adopted segment; repeating it changes nothing.

    Raises IntegrityError where a segment's file is missing or damaged, ContentError for a faulty vocabulary.
    """
    with store.transaction() as con:
        last = adopted(con)
        context = Context(
            tenant_id=store.tenant_id,
            raw=store.folder.raw,
            segments=_pending(store),
            run_id=run_id,
            now=now,
            settings=settings,
            tenant=tenant,
        )
        total = NormaliseSummary()
        for step in STEPS:
            total = _sum(total, step(con, context))
        set_mark(con, MARK, last)
    return total


def _pending(store: Store) -> tuple[tuple[int, Segment], ...]:
    rows = store.rows(
        """SELECT seq, source, kind, run_id, started_at, finished_at, items, new_items, content, path, same_as, refers_to
        FROM segment WHERE seq > ? ORDER BY seq""",
        [get_mark(store.con, MARK)],
    )
    return tuple((row.pop("seq"), Segment(**row | {"refers_to": tuple(row["refers_to"])})) for row in rows)


def _sum(left: NormaliseSummary, right: NormaliseSummary) -> NormaliseSummary:
    counts = asdict(right)
    return NormaliseSummary(**{name: value + counts[name] for name, value in asdict(left).items()})
