"""Back-fills of one or several tenants, each beside its own runs: they hold a tenant for moments only."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from .collect import backfill, open_graph
from .collect.pacing import Paces
from .config import Settings, Tenant
from .errors import UnfinishedError, worst_exit
from .identity import identity_for
from .model import BackfillProgress, CollectSummary, CycleSummary
from .run import PARALLEL, clock_from, fault_of
from .store import Store, TenantFolder, open_store, runs
from .store.lock import hold, is_held

if TYPE_CHECKING:
    from .collect.client import Graph

TURN_SECONDS = 3600.0
"""How long to wait for the lock: another run goes first, however long it takes."""

Tell = Callable[[str, BackfillProgress], object]


def backfill_all(
    settings: Settings,
    tenants: Sequence[Tenant],
    *,
    now: datetime,
    since: datetime | None,
    until: datetime | None,
    tell: Tell = lambda tenant, progress: None,
    **given: Any,
) -> list[CycleSummary]:
    """A back-fill of each tenant from `since` to `until`, several at a time; `given` as for `backfill_one`."""
    across = Paces()

    def one(tenant: Tenant) -> CycleSummary:
        try:
            tells = partial(tell, tenant.name)
            return backfill_one(settings, tenant, now=now, since=since, until=until, across=across, tell=tells, **given)
        except Exception as error:  # noqa: BLE001 - a tenant's back-fill is a job; its summary records what went wrong
            code, text = fault_of(error)
            return CycleSummary(tenant.name, "", now, exit_code=code, error=text)

    with ThreadPoolExecutor(max(1, min(PARALLEL, len(tenants)))) as pool:
        return list(pool.map(one, tenants))


def backfill_one(
    settings: Settings, tenant: Tenant, *, now: datetime, graph: Graph | None = None, **asked: Any
) -> CycleSummary:
    """One tenant's back-fill, with its row in the record of runs; `asked` goes to `collect.backfill`.

    Raises BusyError where another back-fill of the tenant is under way, StorageError, IntegrityError.
    """
    folder = TenantFolder(settings.data_dir / tenant.name)
    turn = partial(open_store, folder, tenant.tenant_id, TURN_SECONDS)
    summary = CycleSummary(tenant.name, f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", now)
    clock = clock_from(now)
    with hold(folder.root / "backfill.lock", 0.0):
        with turn() as store:
            runs.begin(store, summary.run_id, "backfill", now, settings)
        try:
            with nullcontext(graph) if graph else _graph(settings, tenant) as opened:
                done = backfill(
                    *(turn, tenant, settings.collect, opened),
                    run_id=summary.run_id,
                    now=now,
                    is_taken=partial(is_held, folder.lock),
                    **asked,
                )
            summary = _told(summary, done, clock())
        except Exception as error:  # noqa: BLE001 - the run's row records what went wrong
            code, text = fault_of(error)
            summary = replace(summary, exit_code=code, error=text)
        with turn() as store:
            _end(store, summary, clock())
    return summary


def _graph(settings: Settings, tenant: Tenant) -> Graph:
    return open_graph(settings.graph, identity_for(tenant.auth, tenant.tenant_id, settings.graph))


def _told(summary: CycleSummary, done: CollectSummary, here: datetime) -> CycleSummary:
    drift = (here - done.server_time).total_seconds() if done.server_time else None
    summary = replace(summary, collect=replace(done, clock_drift_seconds=drift))
    if not done.unfinished:
        return summary
    error = UnfinishedError("unfinished: " + "; ".join(done.unfinished))
    return replace(summary, exit_code=worst_exit([error.exit_code]), error=str(error))


def _end(store: Store, summary: CycleSummary, at: datetime) -> None:
    runs.end(store, summary, at)
    runs.write_status(store, at)
