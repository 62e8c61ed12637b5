"""Replay of raw segments into silver against DuckDB's own flat load of the same events, in the same run.

nice python -m benchmarks.ingest [--events 1000000] [--runs 3] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from .folders import write

TARGET_RATIO, TARGET_MIB = 1.5, 600
SAME = "count(*), sum(hash(event_id, occurred_at, actor_id, target_user_id, operation, request_id, actor_ip)::HUGEINT)"


@dataclass(frozen=True)
class Run:
    """One process: seconds of wall and CPU, MiB of memory at its peak, bytes of its database."""

    wall: float
    cpu: float
    peak: float
    size: int


def main() -> int:
    """Print both loads and their ratio; 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="kept between calls; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "bare").is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            write(folder, given.events)
        bare, silver = _measure(folder, given.runs)
        _check(folder)
    return _tell(given.events, bare, silver)


def _measure(folder: Path, runs: int) -> tuple[list[Run], list[Run]]:
    """Both loads in turn, so that what else the machine does falls on both."""
    bare, silver = list[Run](), list[Run]()
    for _ in range(runs):
        _forget(folder)
        bare.append(_run("benchmarks.ingest.bare", folder, folder / "bare.duckdb"))
        silver.append(_run("benchmarks.ingest.replay", folder, folder / "tenant" / "pimtrail.duckdb"))
    return bare, silver


def _forget(folder: Path) -> None:
    for path in (*folder.glob("bare.duckdb*"), *(folder / "tenant").glob("pimtrail.duckdb*")):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _run(module: str, folder: Path, database: Path) -> Run:
    started = time.monotonic()
    pid = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-m", module, str(folder)])
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{module} failed")
    wall = time.monotonic() - started
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, database.stat().st_size)


def _check(folder: Path) -> None:
    """Both tables hold the same: a load that drops or changes rows would be fast for nothing."""
    with duckdb.connect(":memory:") as con:
        con.execute(f"ATTACH '{folder / 'bare.duckdb'}' AS bare (READ_ONLY)")
        con.execute(f"ATTACH '{folder / 'tenant' / 'pimtrail.duckdb'}' AS silver (READ_ONLY)")
        told = [con.execute(f"SELECT {SAME} FROM {table}").fetchone() for table in ("bare.flat", "silver.audit_event")]
    if told[0] != told[1]:
        raise SystemExit(f"the two loads differ: {told}")


def _tell(events: int, bare: Sequence[Run], silver: Sequence[Run]) -> int:
    sys.stdout.write(f"{events} events, {len(bare)} runs each, medians (least to most)\n")
    for name, runs in (("DuckDB, bare NDJSON, flat table", bare), ("pimtrail, segments, silver", silver)):
        wall, cpu, peak = ([getattr(run, what) for run in runs] for what in ("wall", "cpu", "peak"))
        times, kept = f"{_spread(wall)} s wall {_spread(cpu)} s CPU", runs[0].size / events
        sys.stdout.write(f"{name:34}{times} {statistics.median(peak):6.0f} MiB {kept:6.0f} B/event\n")
    ratios = [statistics.median(ours.cpu / theirs.cpu for ours, theirs in zip(silver, bare, strict=True))]
    ratios += [statistics.median(ours.wall / theirs.wall for ours, theirs in zip(silver, bare, strict=True))]
    peak = max(run.peak for run in silver)
    sys.stdout.write(f"ratio {ratios[0]:.2f} in CPU, {ratios[1]:.2f} in wall (at most {TARGET_RATIO}); ")
    sys.stdout.write(f"peak {peak:.0f} MiB (at most {TARGET_MIB})\n")
    return 0 if ratios[0] <= TARGET_RATIO and peak <= TARGET_MIB else 1


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):7.2f} ({min(values):.2f}-{max(values):.2f})"


if __name__ == "__main__":
    raise SystemExit(main())
