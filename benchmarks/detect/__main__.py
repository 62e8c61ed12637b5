"""All rules over a quarter of an hour of new events in a store of millions, against a bare scan of its audit events.

nice python -m benchmarks.detect [--events 10000000] [--quarters 3] [--folder DIR]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.ingest.folders import add_segment
from pipeline.config import Settings, Tenant
from pipeline.run import cycle
from pipeline.store import TenantFolder, open_store
from pipeline.store.reading import reading, select

from .quarter import QUARTER, land, stories
from .tenant import NOW, make, read_words, settings_in

START = datetime(2026, 10, 19, 8, tzinfo=UTC)
"""A Monday at ten in the morning where the tenant is."""

TARGET_SECONDS = 30
"""Seconds, not minutes."""

READ = (
    *("event_id", "occurred_at", "activity", "category", "service", "operation", "result", "result_reason"),
    *(
        "correlation_id",
        "request_id",
        "surface",
        "segment",
        "actor_kind",
        "actor_id",
        "actor_name",
        "actor_upn",
        "actor_ip",
    ),
    *("actor_app_id", "target_user_id", "target_user_name", "target_user_upn", "target_group_id", "target_group_name"),
    *("target_role_id", "target_role_name", "target_app_id", "target_app_name"),
)
"""The columns of `audit_event` that rules touch."""


@dataclass(frozen=True)
class Spent:
    """Seconds of wall and of processor, rule process included."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:7.2f} s wall {self.cpu:7.2f} s CPU"


def main() -> int:
    """Print what a cycle's stages took, the scan and the slowest rules; 1 where detect took minutes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--quarters", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="kept between calls; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "fabrikam").is_dir():
            _say("made", _spent(lambda: make(folder, given.events)))
        return _measure(folder, given.events, given.quarters)


def _measure(folder: Path, events: int, quarters: int) -> int:
    settings, tenant = settings_in(folder)
    words, told, begun = read_words(folder), stories(), _begin(folder, tenant)
    if begun == START:
        _say("first normalise", _stage(settings, tenant, begun, "normalise"))
        _say("first detect, everything", _stage(settings, tenant, begun, "detect"))
        _tell_rules(folder / tenant.name, begun)
    detects = []
    for number in range(1, quarters + 1):
        until = begun + QUARTER * number
        with open_store(TenantFolder(folder / tenant.name), tenant.tenant_id) as store:
            count = land(store.ledger, until, int(until.timestamp()), events, words, told)
        _say(f"normalise, {count} new events", _stage(settings, tenant, until, "normalise"))
        detects.append(_stage(settings, tenant, until, "detect"))
        _say("detect", detects[-1])
        _tell_rules(folder / tenant.name, until)
    scan = _scan(folder / tenant.name / "pimtrail.duckdb")
    _say("bare scan of audit_event", scan)
    wall, cpu = (statistics.median(getattr(each, what) for each in detects) for what in ("wall", "cpu"))
    sys.stdout.write(f"ratio of detect to the scan: {wall / scan.wall:.2f} in wall, {cpu / scan.cpu:.2f} in CPU\n")
    return 0 if wall <= TARGET_SECONDS else 1


def _begin(folder: Path, tenant: Tenant) -> datetime:
    """When the last window ended; a fresh store is brought up to `START` first."""
    with open_store(TenantFolder(folder / tenant.name), tenant.tenant_id) as store:
        reached: datetime = store.rows('SELECT max("until") AS at FROM "window"')[0]["at"]
        if reached > NOW:
            return reached
        add_segment(store.ledger, [], NOW, START)
        return START


def _stage(settings: Settings, tenant: Tenant, now: datetime, stage: str) -> Spent:
    def work() -> None:
        done = cycle(settings, tenant, now=now, stages=(stage,))
        if done.exit_code:
            sys.stdout.write(f"{stage}: {done.error}\n")

    return _spent(work)


def _spent(work: Callable[[], Any]) -> Spent:
    wall, cpu = time.monotonic(), _cpu()
    work()
    return Spent(time.monotonic() - wall, _cpu() - cpu)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _scan(database: Path) -> Spent:
    def work() -> None:
        with duckdb.connect(str(database), read_only=True) as con:
            con.execute(f"SELECT {', '.join(f'max({name})' for name in READ)} FROM audit_event").fetchall()

    return min((_spent(work) for _ in range(3)), key=lambda each: each.wall)


def _tell_rules(folder: Path, as_of: datetime) -> None:
    sql = f"SELECT rule_id, seconds, found, opened FROM rule_run WHERE as_of = '{as_of}' ORDER BY seconds DESC LIMIT 5"
    totals = f"SELECT count(*), sum(seconds), sum(found), sum(opened) FROM rule_run WHERE as_of = '{as_of}'"
    with reading(TenantFolder(folder)) as con:
        [(rules, seconds, found, opened)] = select(con, totals)[1]
        sys.stdout.write(
            f"    {rules} rules, {seconds or 0:.2f} s in their statements, {found} found, {opened} opened\n"
        )
        for rule_id, took, *counts in select(con, sql)[1]:
            sys.stdout.write(f"    {rule_id:36} {took:6.3f} s, found {counts[0]}\n")


def _say(what: str, spent: Spent) -> None:
    sys.stdout.write(f"{what:34}{spent}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
