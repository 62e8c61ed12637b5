"""One cycle of a tenant: the page to read first.

    Graph ──collect──▶ raw ──normalise──▶ silver ──detect──▶ findings, alerts ──▶ outbox ──forward──▶ Sentinel | JSONL

Each arrow is a stage. A stage reads only what stands to its left, so one that fails does not stop those that can do
without it, and any of them may run alone or again. What went wrong stands in the summary, in the table of runs and in
the exit code.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import structlog

from .collect import collect, open_graph
from .collect.endpoints import permissions
from .collect.importers import import_paths
from .collect.pacing import Paces
from .config import Settings, Tenant
from .detect import detect, load_rules
from .errors import AccessError, BacklogError, ContentError, PimtrailError, StorageError, UnfinishedError, worst_exit
from .forward import JsonlSink, SentinelSink, Sink, forward
from .identity import expiry_words, identity_for
from .model import (
    CollectSummary,
    CycleSummary,
    DetectSummary,
    ForwardSummary,
    ImportProgress,
    NormaliseSummary,
    iso,
)
from .normalise import normalise, rebuild
from .store import Store, TenantFolder, imports, open_store, runs

if TYPE_CHECKING:
    from .collect.client import Graph

BACKLOG_SECONDS = 3600
"""A waiting alert older than this is a failure of its own."""

PARALLEL = 4
"""Tenants at the same time: they wait for Graph far more than they compute."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Cycle:
    """A tenant's cycle under way; `now` is its one clock. `graph` and `sinks` stand in for the configured ones."""

    settings: Settings
    tenant: Tenant
    store: Store
    run_id: str
    now: datetime
    clock: Callable[[], datetime]
    """`now` and the time that has passed since."""
    graph: Graph | None = None
    sinks: Sequence[Sink] | None = None
    imports: Sequence[Path] = ()
    assume_tenant: bool = False
    accept: frozenset[str] = frozenset()
    """Lists that are taken at their word though they lack much of what stood before."""
    progress: Callable[[ImportProgress], object] = lambda _: None
    as_of: datetime | None = None
    pause: Callable[[float], object] = time.sleep
    """How to wait between requests, in seconds."""
    across: Paces = field(default_factory=Paces)
    """Paces shared with the tenants that are collected at the same time."""
    retry_quarantined: bool = False
    """Send again what a sink refused."""
    in_flight: int = 4
    """Endpoints asked at once; what is on record does not depend on it."""

    def collect(self) -> CollectSummary:
        with self._graph() as graph:
            done = collect(
                *(self.store, self.tenant, self.settings.collect, graph),
                run_id=self.run_id,
                now=self.now,
                pause=self.pause,
                across=self.across,
                in_flight=self.in_flight,
                accept=self.accept,
            )
        drift = (self.clock() - done.server_time).total_seconds() if done.server_time else None
        return replace(done, clock_drift_seconds=drift)

    def import_files(self) -> CollectSummary:
        return import_paths(
            *(self.store, self.imports),
            run_id=self.run_id,
            now=self.now,
            assume_tenant=self.assume_tenant,
            progress=self.progress,
        )

    def normalise(self) -> NormaliseSummary:
        return normalise(self.store, self.tenant, self.settings, run_id=self.run_id, now=self.now)

    def rebuild(self) -> NormaliseSummary:
        return rebuild(self.store, self.tenant, self.settings, run_id=self.run_id, now=self.now)

    def detect(self) -> DetectSummary:
        rules = load_rules(self.settings.content.rules)
        names = ("sentinel",) if self.settings.sentinel else ("jsonl",)
        sinks = names if self.sinks is None else tuple(sink.name for sink in self.sinks)
        return detect(
            *(self.store, self.tenant, self.settings, rules),
            run_id=self.run_id,
            as_of=self.as_of or self.now,
            raised_at=self.now,
            sinks=sinks,
        )

    def forward(self) -> ForwardSummary:
        sinks = [self._sink()] if self.sinks is None else self.sinks
        again = self.retry_quarantined
        return forward(self.store, sinks, run_id=self.run_id, clock=self.clock, retry_quarantined=again)

    def _graph(self) -> AbstractContextManager[Graph]:
        if self.graph is not None:
            return nullcontext(self.graph)
        graph = self.settings.graph
        identity = identity_for(self.tenant.auth, self.tenant.tenant_id, graph, permissions=permissions())
        if told := expiry_words(identity.credential_expires_at, self.now):
            log.warning("sign-in", expiry=told)
        return open_graph(graph, identity)

    def _sink(self) -> Sink:
        sentinel, graph = self.settings.sentinel, self.settings.graph
        if sentinel is None:
            return JsonlSink(self.store.folder.alerts)
        identity = identity_for(sentinel.auth or self.tenant.auth, self.tenant.tenant_id, graph)
        most = self.settings.alerts.per_5_min or None
        return SentinelSink(sentinel, identity, graph.ca_file, per_5_min=most, pause=self.pause)


WHOLE = ("collect", "normalise", "detect", "forward")
STAGES: dict[str, tuple[str, Callable[[Cycle], Any]]] = {
    "collect": ("collect", Cycle.collect),
    "import": ("collect", Cycle.import_files),
    "normalise": ("normalise", Cycle.normalise),
    "rebuild": ("normalise", Cycle.rebuild),
    "detect": ("detect", Cycle.detect),
    "forward": ("forward", Cycle.forward),
}
"""Stage → (its place in the summary, what it does)."""

NEEDS = {"detect": "normalise", "normalise": "import"}
"""Stages that would see too little where another failed in the same run."""


def cycle(
    settings: Settings,
    tenant: Tenant,
    *,
    now: datetime,
    stages: Sequence[str] = WHOLE,
    run_id: str | None = None,
    clock: Callable[[], datetime] | None = None,
    wait_seconds: float = 30.0,
    **given: Any,
) -> CycleSummary:
    """Run `stages` in order for one tenant, as of `now`; `given` are further fields of `Cycle`.

    A store that another run holds is waited for as long as `wait_seconds`. Raises BusyError, StorageError or
    IntegrityError where the store cannot be opened or kept; what a stage raises is told in the summary.
    """
    folder = TenantFolder(settings.data_dir / tenant.name)
    run_id = run_id or f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    with structlog.contextvars.bound_contextvars(tenant=tenant.name, run_id=run_id):
        with open_store(folder, tenant.tenant_id, wait_seconds, anew="rebuild" in stages) as store:
            job = Cycle(settings, tenant, store, run_id, now, clock or clock_from(now), **given)
            runs.begin(store, run_id, "run" if tuple(stages) == WHOLE else stages[0], now, settings)
            summary = _work(job, stages)
            runs.end(store, summary, job.clock())
            runs.write_status(store, job.clock())
        return summary


def run_all(settings: Settings, tenants: Sequence[Tenant], *, now: datetime, **given: Any) -> list[CycleSummary]:
    """A cycle of each tenant, several at a time; one that fails, whatever the reason, does not stop the others."""

    across = Paces()

    def one(tenant: Tenant) -> CycleSummary:
        try:
            return cycle(settings, tenant, now=now, **{"across": across} | given)
        except Exception as error:  # noqa: BLE001 - a tenant's run is a job; its summary records what went wrong
            code, text = fault_of(error)
            return CycleSummary(tenant.name, "", now, exit_code=code, error=text)

    if len(tenants) == 1:
        return [one(tenants[0])]
    with ThreadPoolExecutor(max(1, min(PARALLEL, len(tenants)))) as pool:
        return list(pool.map(one, tenants))


def _work(job: Cycle, stages: Sequence[str]) -> CycleSummary:
    summary = CycleSummary(job.tenant.name, job.run_id, job.now)
    faults: dict[str, tuple[int, str]] = {}
    for stage in stages:
        if NEEDS.get(stage) in faults:
            continue
        part, work = STAGES[stage]
        try:
            summary = replace(summary, **{part: work(job)})
            log.info(stage, **_figures(getattr(summary, part)))
        except Exception as error:  # noqa: BLE001 - a stage is a job; the run's row records what went wrong
            faults[stage] = fault_of(error)
            log.error(stage, error=faults[stage][1])
    if "import" in stages and not faults:
        summary = replace(summary, imported=imports.tally(job.store, job.run_id))
    told = [*faults.values(), *((error.exit_code, str(error)) for error in _shortfalls(summary))]
    return replace(
        summary,
        worst=runs.worst_alert(job.store, job.run_id),
        exit_code=worst_exit(code for code, _ in told),
        error="; ".join(text for _, text in told) or None,
    )


def clock_from(now: datetime) -> Callable[[], datetime]:
    begun = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - begun)


def _figures(done: Any) -> dict[str, object]:
    """What a stage's summary says, for a line of the log: lists by their length."""
    said = {name: len(value) if isinstance(value, tuple) else value for name, value in asdict(done).items()}
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in said.items() if value}


def fault_of(error: Exception) -> tuple[int, str]:
    """Exit code and words. What is not of our own tree is a bug, and its traceback goes to the log."""
    if isinstance(error, PimtrailError):
        return error.exit_code, str(error)
    if isinstance(error, OSError | duckdb.OperationalError | duckdb.FatalException):  # full disks, for the most part
        return StorageError.exit_code, str(error)
    log.exception("bug")
    return PimtrailError.exit_code, f"{type(error).__name__}: {error}"


def _shortfalls(summary: CycleSummary) -> Iterator[PimtrailError]:
    """What stages that did end were still unable to do."""
    if summary.collect.unfinished:
        yield UnfinishedError("unfinished: " + "; ".join(summary.collect.unfinished))
    for failure in summary.detect.failures:
        yield ContentError(f"{failure.rule_id}: {failure.error}", failure.where)
    if summary.forward.held:
        yield AccessError(f"delivery is held: {summary.forward.held}")
    if refused := summary.forward.quarantined:
        yield BacklogError(f"refused and put aside: {refused} of the alerts; `pimtrail status` says which and why")
    if summary.forward.oldest_pending_seconds > BACKLOG_SECONDS:
        hours = summary.forward.oldest_pending_seconds / 3600
        why = f": {summary.forward.delayed}" if summary.forward.delayed and not summary.forward.held else ""
        yield BacklogError(f"{summary.forward.pending} alerts wait, the oldest for {hours:.1f} hours{why}")
