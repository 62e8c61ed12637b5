"""Collect: what Microsoft Graph says, into raw segments. Writes raw data and its index only."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import UnfinishedError
from ..model import BackfillProgress, CollectSummary, Gap, Skipped
from .importers import import_paths

if TYPE_CHECKING:
    from .. import config
    from ..store import Store
    from .calls import Calls
    from .client import Graph, TokenSource
    from .filling import Backfill
    from .http import Transport
    from .pacing import Paces
    from .walk import Task

PATIENCE_FOR_BACKFILL = 6
"""A back-fill takes hours where a run takes minutes: it may lose so many times as much to a service that is slow."""

__all__ = ["backfill", "collect", "import_paths", "open_graph"]


def open_graph(graph: config.Graph, tokens: TokenSource | None, transport: Transport | None = None) -> Graph:
    """A tenant's Graph, to be closed by the caller. Without `tokens` requests go unsigned; `transport` is for replays.

    Raises ConfigError for a base URL that is not https or an unreadable CA file.
    """
    from .client import Graph
    from .http import Http

    return Graph(Http(graph.ca_file, transport), graph.base_url, tokens)


def collect(
    store: Store,
    tenant: config.Tenant,
    options: config.Collect,
    graph: Graph,
    *,
    run_id: str,
    now: datetime,
    pause: Callable[[float], object] = time.sleep,
    tick: Callable[[], float] = time.monotonic,
    across: Paces | None = None,
    in_flight: int = 4,
    accept: frozenset[str] = frozenset(),
) -> CollectSummary:
    """Ask every endpoint that is due and keep what came. An endpoint that fails does not stop the others.

    `now` (aware UTC) counts only until the server's clock is known; `pause` waits, in seconds, and `tick` gives them;
    `across` holds the paces that tenants collected at the same time share; `accept` names lists that are taken at their
    word though they lack much of what stood before. Raises AccessError where the token itself is
    refused, and StorageError; what was finished before stays.
    """
    from .calls import Calls
    from .current import Holdings
    from .endpoints import TABLE
    from .pacing import Patience
    from .together import collect_all
    from .walk import Task, sweep

    sweep(store)
    patience = Patience(options.patience.total_seconds())
    calls = Calls(graph, pause, clock=tick, client=tenant.auth.client_id, across=across, patience=patience)
    task = Task(Holdings(store), tenant, options, calls, run_id, now, tick=tick, accept=accept)
    try:
        unfinished = collect_all(task, TABLE, in_flight)
    finally:
        store.adopt()
    return _summary(task, tuple(unfinished))


def backfill(
    turn: Callable[[], AbstractContextManager[Store]],
    tenant: config.Tenant,
    options: config.Collect,
    graph: Graph,
    *,
    since: datetime | None,
    until: datetime | None,
    run_id: str,
    now: datetime,
    is_taken: Callable[[], bool] = lambda: False,
    tell: Callable[[BackfillProgress], object] = lambda _: None,
    pause: Callable[[float], object] = time.sleep,
    tick: Callable[[], float] = time.monotonic,
    across: Paces | None = None,
    pool: Callable[[], Executor] | None = None,
) -> CollectSummary:
    """Read what is missing of the audit log between `since` and `until`, newest first; None is as far as it goes.

    `turn` opens the store under the tenant's lock and is held for moments only; `is_taken` says whether another run
    holds it, which then has the rate to itself; `tell` hears of progress; `pool` makes the threads. The rest is as for
    `collect`.
    """
    from .calls import Calls
    from .filling import Backfill
    from .pacing import Patience

    patience = Patience(options.patience.total_seconds() * PATIENCE_FOR_BACKFILL)
    calls = Calls(graph, pause, clock=tick, client=tenant.auth.client_id, across=across, patience=patience)
    with turn() as store:
        task, unfinished = _with_licence(store, tenant, options, calls, run_id, now, tick)
    job = Backfill(task, turn, is_taken, pause, tell)
    job.pool = pool or job.pool
    return _filled(job, since, until, unfinished)


def _with_licence(
    store: Store,
    tenant: config.Tenant,
    options: config.Collect,
    calls: Calls,
    run_id: str,
    now: datetime,
    tick: Callable[[], float],
) -> tuple[Task, list[str]]:
    """A task that knows how far back the log reaches, and what went wrong with asking."""
    from .current import Holdings
    from .endpoints import TABLE
    from .together import collect_all
    from .walk import Task

    task = Task(Holdings(store), tenant, options, calls, run_id, now, tick=tick)
    return task, collect_all(task, [each for each in TABLE if each.name == "subscribed_skus"], 1)


def _filled(job: Backfill, since: datetime | None, until: datetime | None, unfinished: list[str]) -> CollectSummary:
    """Do the back-fill and say what came of it."""
    from .current import Holdings

    try:
        unfinished += [f"directory_audits: {fault}" for fault in job.run(since, until)]
    except UnfinishedError as error:
        unfinished.append(f"directory_audits: {error}")
    with job.turn() as store:
        return _summary(replace(job.task, held=Holdings(store)), tuple(unfinished))


def _summary(task: Task, unfinished: tuple[str, ...]) -> CollectSummary:
    """What the record says of this run."""
    from ..store.coverage import watermark

    store, mine = task.store, [task.run_id]
    counts = store.rows(
        """
        SELECT count(*) FILTER (kind = 'stream') AS windows,
            count(*) FILTER (kind = 'snapshot' AND held IS NULL) AS snapshots,
            coalesce(sum(items), 0)::BIGINT AS items, coalesce(sum(new_items), 0)::BIGINT AS new_items,
            coalesce(sum(answers), 0)::BIGINT AS pages,
            (SELECT count(*) FROM quarantine WHERE run_id = $1) AS quarantined
        FROM segment WHERE run_id = $1 AND kind IN ('stream', 'snapshot')
        """,
        mine,
    )[0]
    skips = store.rows("SELECT source, reason FROM skipped WHERE run_id = ? ORDER BY source, reason", mine)
    lost = store.rows("SELECT source, since, until, reason FROM gap WHERE run_id = ? ORDER BY since", mine)
    return CollectSummary(
        **counts,
        watermark=watermark(store),
        server_time=task.calls.server_time,
        late=len(task.late),
        late_seconds=max((each.total_seconds() for each in task.late), default=0.0),
        skipped=tuple(Skipped(row["source"], row["reason"]) for row in skips),
        gaps=tuple(Gap(**row) for row in lost),
        unfinished=unfinished,
    )
