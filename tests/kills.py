"""SIGKILL at random times: `python -m tests.kills --times 200 [--seed 1]`; code 1 where a promise broke.

Real processes run whole cycles against a Graph over TLS whose clock goes on between them, so that there is always
something new to read, judge and send. In the end: every event that was visible once (I1, I5), each once (I3), every
alert at the sink with all its copies equal (I7), silver equal to a rebuild (I9) and to what a calm run holds (I5), and
`verify` content (I10).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import PimtrailError
from tests.fakes.sample import sample_graph
from tests.fakes.tls import certificates
from tests.machine import oracle
from tests.machine.world import Known, World
from tests.over_tls import Place, fabrikam
from tests.samples import SECOND, SILVER, holdings
from tests.second_reader import read
from tests.site import Site

ROOT = Path(__file__).parent.parent
BEGIN, END = datetime(2026, 10, 12, 0, 0, tzinfo=UTC), datetime(2026, 11, 1, 6, 15, tzinfo=UTC)
"""Graph's clock at the first run and at the last; the processes live in the present."""


def kill_again_and_again(folder: Path, times: int, seed: int) -> Counter[str]:
    """Kill `times` runs, let one end, and see that nothing shows of it; returns what happened."""
    chance, trust, told = random.Random(seed), certificates(folder), Counter[str]()
    with fabrikam(folder / "harried", trust, SECOND, BEGIN) as harried:
        harried.graph.accepts = None
        seconds = _run(harried, told)
        while told["kills"] < times:
            harried.graph.now += (END - harried.graph.now) / (2 * (times - told["kills"]))
            seconds = min(seconds, _run_and_kill(harried, chance.uniform(0, seconds), told))
        harried.graph.now = END
        _run(harried, told)
        _check(harried, told)
        facts = oracle.facts(_world(harried))
    with fabrikam(folder / "calm", trust, SECOND, END) as calm:
        _run(calm, told)
        for table, rows in oracle.facts(_world(calm)).items():
            ours = facts[table] & rows if table == "audit_event" else facts[table]  # some are out of its reach by now
            assert ours == rows, f"I5: {table} is not what a calm run holds: {sorted(facts[table] ^ rows)[:4]}"
    return told


def _command(place: Place) -> list[str]:
    return [sys.executable, "-m", "tests.one_cycle", str(place.config)]


def _run(place: Place, told: Counter[str]) -> float:
    begun = time.monotonic()
    done = subprocess.run(_command(place), cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, f"code {done.returncode}: {done.stdout[-2000:]!r}"
    told["runs to the end"] += 1
    return time.monotonic() - begun


def _run_and_kill(place: Place, seconds: float, told: Counter[str]) -> float:
    """Kill a run after so many seconds; returns how long it took where it ended before, else infinity."""
    begun = time.monotonic()
    with subprocess.Popen(_command(place), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        said = process.stdout.read().decode()
        code = process.wait()
    assert code in (0, -signal.SIGKILL), f"code {code}: {said[-2000:]}"
    told["runs that ended before their kill" if code == 0 else "kills"] += 1
    if code == 0:
        return time.monotonic() - begun
    told[f"killed {_stage(said)}"] += 1
    return math.inf


def _stage(said: str) -> str:
    """Which stage a run was in, from the log lines that tell of the ends of stages."""
    ended = [stage for stage in ("collect", "normalise", "detect", "forward") if f"] {stage} " in said]
    after = {None: "before collect had ended", "collect": "in normalise", "normalise": "in detect"}
    return after.get(ended[-1] if ended else None, "in forward or at the end")


def _check(place: Place, told: Counter[str]) -> None:
    world, root = _world(place), place.folder
    due = {ident for ident, event in world.events.items() if event.visible <= END}
    assert world.site.events() == due, "I1: not what Graph has shown"
    oracle.check(world)
    sent = [json.loads(line) for line in (root / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
    keys = Counter((alert["AlertId"], alert["Revision"]) for alert in sent)
    raised = set(world.site.rows("SELECT alert_id, revision FROM alert"))
    assert keys.keys() == raised, "I7: sink and alerts differ"
    told |= {"events": len(due), "alerts": len(keys), "alert lines beyond one each": len(sent) - len(keys)}
    told["segments"] = len(read(root / "raw").segments)
    silver = holdings(root, SILVER)
    for command in ("rebuild", "verify"):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", command, "--config", str(place.config)],
            cwd=place.config.parent,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.returncode} {done.stderr[-2000:]!r}"
    assert holdings(root, SILVER) == silver, "I9: rebuilt silver differs"


def _world(place: Place) -> World:
    """The sample's events as the oracle wants them."""
    graph = sample_graph("fabrikam", SECOND, END)
    events = {event.row["id"]: Known(event.at, event.visible, [event.row]) for event in graph.events}
    return World(Site(place.folder.parent, graph=place.graph, name="fabrikam"), events)


def main() -> int:
    """Kill, check, and tell."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--times", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            told = kill_again_and_again(Path(folder), given.times, given.seed)
        except (AssertionError, PimtrailError) as broken:
            sys.stdout.write(f"{broken}\n")
            return 1
    for name, count in sorted(told.items()):
        sys.stdout.write(f"{name:40} {count:>8,}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
