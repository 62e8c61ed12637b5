"""Play for long: `python -m tests.machine --minutes 20 [--steps 40] [--seed 1]`; code 1 on a violation."""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
import traceback
from collections import Counter

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.rules import Collector, figures


def main() -> int:
    """One play after another until the time is up; a violation is told with its steps and does not end it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=20)
    asked.add_argument("--steps", type=int, default=40)
    asked.add_argument("--seed", type=int, default=None)
    given = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    end, number = time.monotonic() + 60 * given.minutes, given.seed or random.SystemRandom().randrange(1 << 32)
    while time.monotonic() < end:
        figures["violations"] += _play(number, given.steps)
        number += 1
    _tell(figures)
    return 1 if figures["violations"] else 0


def _play(number: int, steps: int) -> int:
    once = settings(
        max_examples=5,  # the first is always the emptiest there is
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )

    class Play(Collector):
        pass

    try:
        run_state_machine_as_test(seed(number)(Play), settings=once)
    except Exception:  # noqa: BLE001 - a violation is a result, told with all its steps
        sys.stdout.write(f"---- seed {number}\n{traceback.format_exc()}\n")
        sys.stdout.flush()
        return 1
    return 0


def _tell(played: Counter[str]) -> None:
    kinds = Counter(name.partition(":")[0] for name in played if ":" in name)
    told = {name: count for name, count in played.items() if ":" not in name}
    told |= {f"different {kind}s": count for kind, count in kinds.items()}
    told["faults ordered"] = sum(count for name, count in played.items() if name.startswith("fault:"))
    for name, count in sorted(told.items()):
        sys.stdout.write(f"{name:40} {count:>8,}\n")
    for name, count in sorted(played.items()):
        if ":" in name:
            sys.stdout.write(f"    {name:100} {count:>6,}\n")


if __name__ == "__main__":
    sys.exit(main())
