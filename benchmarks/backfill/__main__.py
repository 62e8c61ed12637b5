"""A back-fill against the time that the published throttle permits, on a clock that only waiting moves.

nice python -m benchmarks.backfill [--events-per-day 100000] [--days 30] [--latencies 0.5,2,5]

The collector is the real one, its store, threads and pacing included; behind it stands a log of small events. The
throttle permits five requests in ten seconds, so as many pages as the events fill take two seconds each at least.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from pipeline.collect.calls import Calls
from pipeline.collect.client import Graph
from pipeline.collect.current import Holdings
from pipeline.collect.endpoints import TABLE
from pipeline.collect.filling import Backfill
from pipeline.collect.http import Http
from pipeline.collect.pacing import Pace, Patience, Rate
from pipeline.collect.together import collect_all
from pipeline.collect.walk import Task
from pipeline.config import Collect, Tenant
from pipeline.store import Store, TenantFolder, open_store

from .clock import Clock, Lock, Pool
from .log import HOST, NOW, PAGE, Log

TARGET = 1.05
PUBLISHED = Rate(5, 10.0)
TENANT = Tenant(name="contoso", tenant_id="5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01")


class PacedCalls(Calls):
    """The clock must know who waits for a pace's turn, or it would wait for them itself."""

    def __init__(self, graph: Graph, clock: Clock) -> None:
        super().__init__(graph, clock.sleep, clock=clock.tick, patience=Patience(math.inf))
        self._virtual = clock

    def _paces(self, rate: Rate | None, service: str) -> list[Pace]:
        paces = super()._paces(rate, service)
        for pace in paces:
            if not isinstance(pace._turn, Lock):
                pace._turn = Lock(self._virtual)  # type: ignore[assignment]
        return paces


@dataclass(frozen=True)
class Run:
    """What one back-fill took: requests, events read of those in reach, seconds of its clock and of ours."""

    requests: int
    events: int
    in_reach: int
    seconds: float
    here: float
    chains: int
    most_in_ten_seconds: int

    @property
    def permitted(self) -> float:
        """Seconds that the throttle asks for the pages these events fill."""
        return math.ceil(self.in_reach / PAGE) * PUBLISHED.seconds / PUBLISHED.requests


def main() -> int:
    """Print a line for each latency; 1 where the target is missed or an event."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events-per-day", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--latencies", default="0.5,2,5", help="seconds a page takes")
    asked = parser.parse_args()
    fine = True
    for latency in map(float, asked.latencies.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            run = fill(Path(folder), asked.events_per_day, asked.days, latency)
        ratio = run.seconds / run.permitted
        fine = fine and ratio <= TARGET and run.events >= run.in_reach and run.most_in_ten_seconds <= 5
        print(
            f"{latency:g} s a page: {run.events:,} events (of {run.in_reach:,} in reach) in {run.requests:,} requests, "
            f"{run.seconds:,.0f} s; permitted {run.permitted:,.0f} s; ratio {ratio:.3f}; "
            f"at most {run.most_in_ten_seconds} requests in 10 s; {run.chains} at a time; took {run.here:.0f} s here",
            flush=True,
        )
    return 0 if fine else 1


def fill(folder: Path, a_day: int, days: int, latency: float) -> Run:
    """One back-fill of all that is in reach, into a new store."""
    clock, begun = Clock(), time.monotonic()
    log = Log(a_day, days, latency, clock.tick, clock.sleep)
    turn = partial(open_store, TenantFolder(folder / "contoso"), TENANT.tenant_id)
    with Graph(Http(None, log), HOST, None) as graph:
        job = _job(turn, graph, clock)
        faults = job.run(NOW - timedelta(days=days), None)
    if faults:
        raise SystemExit("; ".join(faults))
    with turn() as store:
        read = store.rows("SELECT sum(new_items)::BIGINT AS n FROM segment WHERE kind = 'stream'")[0]["n"]
    in_reach = len(log.between(log.earliest, NOW))
    here = time.monotonic() - begun
    return Run(log.requests, read, in_reach, clock.now, here, job.chains, log.most_in_ten_seconds)


def _job(turn: partial[AbstractContextManager[Store]], graph: Graph, clock: Clock) -> Backfill:
    calls = PacedCalls(graph, clock)
    with turn() as store:
        task = Task(Holdings(store), TENANT, Collect(), calls, "backfill", NOW, tick=clock.tick)
        collect_all(task, [each for each in TABLE if each.name == "subscribed_skus"], 1)
    return Backfill(task, turn, lambda: False, clock.sleep, lambda _: None, lambda: Pool(clock))


if __name__ == "__main__":
    sys.exit(main())
