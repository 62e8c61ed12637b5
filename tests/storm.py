"""Alerts through a storm: `python -m tests.storm [--alerts 5000] [--seed 1]`; code 1 where a promise broke.

Every other request to the ingestion endpoint fails, in every way there is, and for ten minutes the role is missing.
Time is told, not waited for. In the end: nothing lost, only the poisoned record quarantined, every copy of a row equal
to the others, and no id on two rows (I7).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from pipeline.config import Sentinel
from pipeline.forward import SentinelSink, forward
from pipeline.forward.fields import fit
from pipeline.model import Severity, iso
from pipeline.store import Store, TenantFolder, open_store, outbox
from pipeline.store.record import ALERT_COLUMNS, HEARTBEAT_COLUMNS, frozen, ordered
from tests.fakes.ingestion import OK, Fault, Ingestion
from tests.fakes.tls import Reply, Request, certificates, serving
from tests.forward.alerts import RULE, TENANT, StandInIdentity

ALERTS, BEATS = "Custom-PimAlerts_CL", "Custom-PimHeartbeat_CL"
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
DENIED = (12, timedelta(minutes=10))
"""At which request the role goes missing, and for how long."""

PATIENCE, SLOW = 0.15, 0.3
"""Seconds the sender waits for an answer, and seconds an answer takes that comes too late."""

LARGE = 100_000
"""Bytes above which a body may be called too large."""

ILLS: Mapping[str, Fault] = {
    "429": Fault(429),
    "429, Retry-After in seconds": Fault(429, headers={"Retry-After": "7"}),
    "429, Retry-After of a day": Fault(429, headers={"Retry-After": "86400"}),
    "408": Fault(408),
    "413": Fault(413),
    "500 before the commit": Fault(500),
    "500 after the commit": Fault(500, committed=True),
    "502": Fault(502),
    "503, Retry-After as a date": Fault(503, headers={"Retry-After": "Mon, 02 Nov 2099 08:00:00 GMT"}),
    "dropped before the commit": Fault(None),
    "dropped after the commit": Fault(None, committed=True),
    "time-out before the commit": Fault(None, seconds=SLOW),
    "time-out after the commit": Fault(None, committed=True, seconds=SLOW),
}


@dataclass
class Clock:
    """Time that passes when it is waited for."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Storm:
    """Stands before a service and spoils every other request; `met` counts how."""

    service: Ingestion
    chance: random.Random
    clock: Clock
    met: Counter[str] = field(default_factory=Counter)
    calm: bool = False
    denied_until: datetime | None = None
    guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Reply:
        with self.guard:
            self.met["requests"] += 1
            if self.met["requests"] == DENIED[0]:
                self.denied_until = self.clock.now + DENIED[1]
            self.service.granted = self.calm or self.denied_until is None or self.clock.now >= self.denied_until
            spoilt = not self.calm and self.chance.random() < 0.5
            ill = self.chance.choice([*ILLS]) if spoilt else ""
            if ill == "413" and int.from_bytes(request.body[-4:], "little") < LARGE:  # what gzip says of its content
                ill = "429"
            fault = ILLS.get(ill, OK)
            late = fault.seconds > 0
            self.service.faults.append(Fault(fault.status, fault.committed, fault.headers) if late else fault)
            reply = self.service.answer(request)
            self.met["400, the poisoned record" if reply.status == 400 else "403" if reply.status == 403 else ill] += 1
        if late:
            threading.Event().wait(fault.seconds)
        return reply


def records(count: int, chance: random.Random, first: int = 0) -> list[dict[str, object]]:
    """Records of every severity and many sizes, most of 1 KB and some of 64."""
    held = []
    for number in range(first, first + count):
        values: dict[str, object] = {
            "TimeGenerated": iso(START),
            "AlertId": f"{number:064x}",
            "Revision": 1,
            "Severity": chance.choice([*Severity]).sentinel,
            "Status": "New",
            "AlertName": f"Zoë Müller activated role {number} 🔑",
            "Justification": chance.choice(["“so”\n", "ü", 'x\\"y', "\x00"]) * int(chance.paretovariate(0.8) * 40),
            "EventStartTime": iso(START - timedelta(seconds=chance.randrange(86_400))),
            "Context": {"path": ["a", "b"], "nan": float("nan")},
            "EvidenceIds": [f"e{number}"],
        }
        values["Justification"] = str(values["Justification"])[:60_000]
        held.append(ordered(values))
    return held


def fill(store: Store, held: Iterable[Mapping[str, object]], at: datetime) -> None:
    """Let the records wait for Sentinel, as detect does."""
    rows = [
        {
            "tenant_id": TENANT,
            "alert_id": record["AlertId"],
            "revision": record["Revision"],
            "rule_id": "activation.off_hours",
            "severity": str(record["Severity"]).lower(),
            "status": record["Status"],
            "occurred_at": datetime.fromisoformat(str(record["EventStartTime"])),
            "raised_at": at,
            "run_id": "r0",
            "record": frozen(record),
        }
        for record in held
    ]
    with store.journalled() as changes:
        changes.insert("alert", rows)
        outbox.enqueue(changes, TENANT, [(str(r["alert_id"]), 1) for r in rows], ["sentinel"], at)


def poison(number: int) -> str:
    """What stands in the record that the service cannot read."""
    return f'"AlertId":"{number:064x}"'


def new_service(tokens: Iterable[str], bad: int) -> Ingestion:
    """An ingestion endpoint that does not take record `bad`."""
    service = Ingestion(RULE, {ALERTS: ALERT_COLUMNS, BEATS: HEARTBEAT_COLUMNS}, tokens)
    service.poisoned = lambda row: poison(bad).encode() in row
    return service


def ride_out(folder: Path, count: int, seed: int, waves: int = 1) -> Counter[str]:
    """Send `count` alerts, a wave before each run, through a storm and see that nothing shows of it."""
    chance, clock, told = random.Random(seed), Clock(), Counter[str]()
    bad = chance.randrange(count)
    service = new_service(["token-1"], bad)
    storm = Storm(service, chance, clock)
    with serving(certificates(folder), storm) as server, open_store(TenantFolder(folder / "t"), TENANT) as store:
        while told["runs"] < waves or outbox.counts(store.con, "sentinel").pending:
            begin, end = (count * min(waves, told["runs"] + more) // waves for more in (0, 1))
            fill(store, records(end - begin, chance, begin), clock())
            told["runs"] += 1
            assert told["runs"] < 1_000, "it does not end"
            sink = SentinelSink(
                Sentinel(endpoint=server.url, dcr_id=RULE),
                StandInIdentity(),
                server.ca_file,
                per_5_min=None,
                timeouts=(5, PATIENCE),
                pause=clock.wait,
                jitter=chance.random,
            )
            done = forward(store, [sink], run_id=f"r{told['runs']}", clock=clock)
            told["runs that were held"] += done.held is not None
            clock.wait(60)
        told["minutes told"] = (clock.now - START) // timedelta(minutes=1)
        told["alerts"] = count
        told += check(store, service, count, bad)
    return told + Counter({f"met: {name or 'nothing'}": number for name, number in storm.met.items()})


def check(store: Store, service: Ingestion, count: int, bad: int) -> Counter[str]:
    """I7, and that the outbox says what happened."""
    service.check()
    states = Counter(row["state"] for row in store.rows("SELECT state FROM outbox"))
    assert states == {"sent": count - 1, "quarantined": 1}, f"outbox: {states}"
    [refused] = store.rows("SELECT alert_id, error FROM outbox WHERE state = 'quarantined'")
    assert refused["alert_id"] == f"{bad:064x}", f"quarantined: {refused}"
    assert "InvalidRecord" in refused["error"], refused["error"]
    rows = store.rows("SELECT alert_id, record FROM alert")
    due = {fit(row["record"]) for row in rows if row["alert_id"] != refused["alert_id"]}
    arrived = Counter(service.rows[ALERTS])
    assert not due - arrived.keys(), f"I7: {len(due - arrived.keys())} lost"
    assert not arrived.keys() - due, "I7: a copy differs"
    ids = Counter((row["AlertId"], row["Revision"]) for row in map(msgspec.json.decode, arrived))
    assert len(ids) == count - 1 and max(ids.values()) == 1, "an id stands on two rows"
    beyond = arrived.total() - len(arrived)
    return Counter({"rows beyond one each": beyond, "most copies of a row": max(arrived.values()), "lost": 0})


def main() -> int:
    """Send, check, and tell."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--alerts", type=int, default=5_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            told = ride_out(Path(folder), given.alerts, given.seed)
        except AssertionError as broken:
            sys.stdout.write(f"{broken}\n")
            return 1
    for name, count in sorted(told.items()):
        sys.stdout.write(f"{name:40} {count:>8,}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
