"""Alerts for tests of the forward stage, as the detect stage leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from pipeline.identity import Token
from pipeline.model import iso
from pipeline.store import Store, TenantFolder, open_store, outbox
from pipeline.store.journal import Changes
from pipeline.store.record import ordered

TENANT = "00000000-0000-0000-0000-00000000000a"
T0 = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
RULE = "dcr-00000000000000000000000000000000"


@contextmanager
def contoso(tmp_path: Path) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path / "contoso"), TENANT) as store:
        yield store


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands."""
    return lambda: moment


def record(alert_id: str, occurred_at: datetime = T0, **more: object) -> str:
    """A record of every type of column."""
    values: dict[str, object] = {
        "TimeGenerated": iso(T0),
        "AlertId": alert_id,
        "Revision": 1,
        "SchemaVersion": "1.0",
        "RuleId": "activation.off_hours",
        "AlertName": "Zoë Müller activated Global Administrator at 03:12 🔑",
        "Severity": "Medium",
        "ConfidenceScore": 0.7,
        "EventStartTime": iso(occurred_at),
        "OutOfHours": True,
        "Context": {"working_hours": "mon-fri 07:00-19:00"},
        "EvidenceIds": ["e1", "e2"],
        "ControlIds": ["iso27001:A.8.2"],
    }
    return msgspec.json.encode(ordered(values | more)).decode()


def raise_alert(
    store: Store,
    alert_id: str,
    text: str | None = None,
    *,
    sinks: Sequence[str] = ("sentinel",),
    occurred_at: datetime = T0,
    at: datetime = T0,
    revision: int = 1,
    severity: str = "medium",
    status: str = "New",
) -> None:
    """Put an alert and its outbox rows in place."""
    text = record(alert_id, occurred_at, Revision=revision) if text is None else text
    store.con.execute(
        "INSERT INTO alert VALUES (?, ?, ?, 'activation.off_hours', ?, ?, ?, ?, 'r1', ?)",
        [TENANT, alert_id, revision, severity, status, occurred_at, at, text],
    )
    outbox.enqueue(Changes(store.con), TENANT, [(alert_id, revision)], sinks, at)


def raise_many(store: Store, count: int, sinks: Sequence[str] = ("sentinel",)) -> list[str]:
    """`count` alerts a second apart; returns their records in event order."""
    with store.transaction():
        for number in range(count):
            raise_alert(store, f"{number:064x}", sinks=sinks, occurred_at=T0 + timedelta(seconds=number))
    return [record(f"{number:064x}", T0 + timedelta(seconds=number)) for number in range(count)]


@dataclass
class StandInIdentity:
    """Hands out the tokens given, the next one whenever the held one will not do; the last for ever."""

    tokens: list[str] = field(default_factory=lambda: ["token-1"])
    asked: list[tuple[str, str | None, bool]] = field(default_factory=list)

    def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
        self.asked.append((scope, claims, fresh))
        if (claims or fresh) and len(self.tokens) > 1:
            self.tokens.pop(0)
        return Token(self.tokens[0], datetime(2099, 1, 1, tzinfo=UTC))
