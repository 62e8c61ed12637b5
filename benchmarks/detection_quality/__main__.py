"""How well the rules tell attacks from the work of a well-run tenant, over a year that is told, collected and judged.

nice python -m benchmarks.detection_quality [--people 400] [--days 365] [--seed 1] [--every 7] [--examples 3]
nice python -m benchmarks.detection_quality --only compare [--draws 5]

Then the frequency rule beside other ways to tell an unusual number, on counts with known bursts.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from pathlib import Path

import structlog

from .compare import lines as lines_of_ways
from .play import Plan, play
from .protocol import Protocol
from .score import Score, findings, score
from .table import grave, lines

TARGET = 0.5
"""False alerts a day of medium or above, all rules together."""


def main() -> int:
    """Print the tables; 1 where the aim is missed or a cycle failed."""
    asked = _asked()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    code = _year(asked) if asked.only != "compare" else 0
    for line in lines_of_ways(Protocol(), asked.draws) if asked.only != "year" else ():
        print(line, flush=True)
    return code


def _year(asked: argparse.Namespace) -> int:
    plan = Plan(asked.people, asked.days, asked.seed, asked.every)
    with tempfile.TemporaryDirectory() as temporary:
        scores, faults = run(plan, asked.folder or Path(temporary), loud=True)
    for line in lines(scores, plan.days):
        print(line)
    for rule_id, each in scores.items() if asked.examples else ():
        for missed in each.missed[: asked.examples]:
            print(f"missed {rule_id}: {missed.story} {missed.keys}")
        for example in each.examples[: asked.examples]:
            print(f"false {rule_id}: {example}")
    for fault in faults:
        print(f"failed: {fault}")
    return 1 if faults or grave(scores) / plan.days > TARGET else 0


def run(plan: Plan, folder: Path, *, loud: bool = False) -> tuple[dict[str, Score], list[str]]:
    """Tell, collect and judge the time of a plan in `folder`; every rule's score, and what went wrong."""
    for name in ("data", "graph"):
        shutil.rmtree(folder / name, ignore_errors=True)
    begun, faults, labels = time.monotonic(), list[str](), None
    for tenant, summary in play(plan, folder):
        labels = tenant.labels
        faults += [f"{summary.started_at:%Y-%m-%d} {summary.error}"] if summary.error else []
        if loud:
            opened, took = summary.detect.opened, time.monotonic() - begun
            print(f"{summary.started_at:%Y-%m-%d} {opened} opened, {took:.0f} s", file=sys.stderr, flush=True)
    assert labels is not None
    return score(labels, findings(folder / "data" / "northwind")), faults


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=7, help="days from one cycle to the next")
    parser.add_argument("--folder", type=Path, help="kept between calls; default: a temporary one")
    parser.add_argument("--examples", type=int, default=0, help="so many missed and false ones of each rule")
    parser.add_argument("--only", choices=("year", "compare"), help="one of the two parts")
    parser.add_argument("--draws", type=int, default=5, help="of counts, for the comparison")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
