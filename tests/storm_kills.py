"""SIGKILL amid a storm: `python -m tests.storm_kills [--times 50] [--seed 1]`; code 1 where a promise broke.

Real processes send over TLS to an endpoint that fails every other request, and are killed: when a request comes in,
when it is kept but not answered, a moment after the answer, or at any time. Before each more alerts begin to wait. In
the end: what the storm alone may not break either, and `verify` content with database, outbox and journal.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.settings_file import load
from pipeline.store import TenantFolder, open_store
from pipeline.verifying import verify_all
from tests.fakes.login import FakeLogin
from tests.fakes.tls import Reply, Request, certificates, serving
from tests.forward.alerts import RULE, TENANT
from tests.storm import Clock, Storm, check, fill, new_service, records

ROOT = Path(__file__).parent.parent
CLIENT, SECRET = "client-1", "s3cret"
WHEN = ("as it comes in", "kept, not answered", "just answered", "at any time")

MINUTES = 6
"""Told between two runs."""

CONFIG = f"""
[graph]
authority = "{{login}}"
ca_file = "{{ca}}"
[sentinel]
endpoint = "{{endpoint}}"
dcr_id = "{RULE}"
[[tenants]]
name = "t"
tenant_id = "{TENANT}"
auth = {{{{client_id = "{CLIENT}", client_secret = "file:secret"}}}}
"""


@dataclass
class Deadly:
    """A storm that kills `victim` at its `left`-th request, and in which way."""

    storm: Storm
    chance: random.Random
    when: str = ""
    left: int = 0
    victim: subprocess.Popen[bytes] | None = None
    deaths: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Request) -> Reply:
        self.left -= 1
        due = self.left == 0 and self.victim is not None
        if due and self.when == WHEN[0]:
            self._kill()
            return Reply(drop=True)
        reply = self.storm(request)
        if due and self.when == WHEN[1]:
            self._kill()
        elif due and self.when == WHEN[2]:
            threading.Timer(self.chance.uniform(0, 0.08), self._kill).start()
        return reply

    def _kill(self) -> None:
        if self.victim is not None:
            with suppress(ProcessLookupError):
                self.victim.kill()


def kill_again_and_again(folder: Path, count: int, times: int, seed: int) -> Counter[str]:
    """Kill `times` senders of `count` alerts in all; when the storm is over one more sends what is left."""
    chance, told = random.Random(seed), Counter[str]()
    bad = chance.randrange(count)
    login, trust = FakeLogin(TENANT, CLIENT, SECRET), certificates(folder)
    service = new_service((f"token-{number}" for number in range(10_000)), bad)
    deadly = Deadly(Storm(service, chance, Clock()), chance)
    with serving(trust, deadly) as server, serving(trust, login) as sign_in:
        config = folder / "pimtrail.toml"
        config.write_text(CONFIG.format(login=sign_in.url, ca=trust.ca_file, endpoint=server.url), encoding="utf-8")
        (folder / "secret").write_text(SECRET, encoding="utf-8")
        place, share, raised = TenantFolder(folder / "data" / "t"), -(-count // times), 0
        while told["kills"] < times:
            more = min(share, count - raised) if raised == told["kills"] * share else 0
            with open_store(place, TENANT) as store:
                fill(store, records(more, chance, raised), datetime.now(UTC))
            raised += more
            _send_and_kill(config, deadly, told)
        deadly.victim, deadly.storm.calm = None, True
        _run(config, told)
        with open_store(place, TENANT) as store:
            told += check(store, service, count, bad)
        settings = load(config, environment={})
        [found] = verify_all(settings, settings.tenants, (), now=datetime.now(UTC))
        assert (found.faults, found.error) == ((), None), f"I10: {found}"
    told["alerts"] = count
    return told + Counter({f"met: {name or 'nothing'}": number for name, number in deadly.storm.met.items()})


def _start(config: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.one_forward", str(config)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _run(config: Path, told: Counter[str]) -> None:
    """One run to its end."""
    with _start(config) as process:
        said, _ = process.communicate(timeout=120)
    told["runs"] += 1
    assert process.returncode in (0, 3, 8), f"code {process.returncode}: {said!r}"


def _send_and_kill(config: Path, deadly: Deadly, told: Counter[str]) -> None:
    deadly.when, deadly.left = deadly.chance.choice(WHEN), deadly.chance.randrange(1, 4)
    deadly.storm.clock.wait(MINUTES * 60)
    with _start(config) as process:
        deadly.victim = process
        if deadly.when == WHEN[3]:
            with suppress(subprocess.TimeoutExpired):
                process.wait(deadly.chance.uniform(0, 2))
            process.kill()
        said, _ = process.communicate(timeout=120)
    told["runs"] += 1
    if process.returncode == -signal.SIGKILL:
        told["kills"] += 1
        told[f"killed {deadly.when}"] += 1
        return
    assert process.returncode in (0, 3, 8), f"code {process.returncode}: {said!r}"
    told["runs that ended before their kill"] += 1


def main() -> int:
    """Kill, check, and tell."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--alerts", type=int, default=5_000)
    asked.add_argument("--times", type=int, default=50)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            told = kill_again_and_again(Path(folder), given.alerts, given.times, given.seed)
        except AssertionError as broken:
            sys.stdout.write(f"{broken}\n")
            return 1
    for name, count in sorted(told.items()):
        sys.stdout.write(f"{name:40} {count:>8,}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
