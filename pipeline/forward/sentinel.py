"""Alerts as rows of a Log Analytics table, for Microsoft Sentinel.

At least once on the wire: a request without an answer is sent again, with the same bytes. A row is told from its copies
by (AlertId, Revision).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .pacing import TRIES, wait_seconds
from .reply import HINTS, Reply
from .sink import Outcome, Parcel, Refused, Sent, Waits

if TYPE_CHECKING:
    from ..config import Sentinel
    from ..store.outbox import Key
    from .ingestion import Ingestion, TokenSource

LIMIT = 900_000
"""Bytes of a request before compression, brackets and commas included; safe however the service's 1 MB is meant."""

DOUBTFUL = 10
"""So many records refused while none is taken are no accident."""


class SentinelSink:
    """Sends records to `settings.stream` of a data collection rule.

    `timeouts`: seconds to connect, and to wait for an answer; `pause` and `jitter` stand for time and chance.
    """

    name = "sentinel"

    def __init__(
        self,
        settings: Sentinel,
        identity: TokenSource,
        ca_file: Path | None = None,
        *,
        per_5_min: int | None = 100,
        timeouts: tuple[float, float] = (10, 30),
        pause: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.per_5_min = per_5_min
        self._settings, self._identity, self._ca_file, self._timeouts = settings, identity, ca_file, timeouts
        self._pause, self._jitter = pause, jitter
        self._open: Ingestion | None = None
        self._taken = self._sound = False
        """The service has taken records of this run, or an empty array: a refusal is about the record it refuses."""

    def deliver(self, parcels: Sequence[Parcel]) -> Iterator[Outcome]:
        """Send `parcels` in order, in requests of at most LIMIT bytes.

        Refusals are told once something is taken: of many refused and none taken, it is not the records that are wrong.
        """
        refused: list[Refused] = []
        for batch in packed(parcels):
            for outcome in self._send(batch):
                if isinstance(outcome, Refused):
                    refused.append(outcome)
                    continue
                if self._taken:
                    yield from refused
                    refused = []
                yield outcome
                if isinstance(outcome, Waits):
                    return
        yield from refused if self._taken or len(refused) < DOUBTFUL else [_doubted(refused)]

    def beat(self, line: bytes) -> Waits | None:
        """Send a heartbeat record to its own stream."""
        reply = self._insist(self._settings.heartbeat_stream, _body([line]))
        return None if reply.taken else _waits((), reply)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _send(self, batch: Sequence[Parcel]) -> Iterator[Outcome]:
        """Send a batch; one that is refused is halved until the record at fault stands alone.

        The caller goes no further than the first `Waits`.
        """
        keys = tuple(parcel.key for parcel in batch)
        body = _body([parcel.line for parcel in batch])
        if len(body) > LIMIT:
            yield Refused(keys, f"the record is over the {LIMIT} bytes of a request")
            return
        reply = self._insist(self._settings.stream, body)
        if reply.taken:
            self._taken = True
            yield Sent(keys)
        elif reply.status not in (400, 413):
            yield _waits(keys, reply)
        elif (amiss := self._amiss(keys)) is not None:
            yield amiss
        elif len(batch) == 1:
            yield Refused(keys, str(reply))
        else:
            middle = len(batch) // 2
            for half in (batch[:middle], batch[middle:]):
                yield from self._send(half)

    def _amiss(self, keys: tuple[Key, ...]) -> Waits | None:
        """Why refusals are not the records' fault: the stream does not take even an empty array."""
        if self._taken or self._sound:
            return None
        reply = self.probe()
        self._sound = reply.taken
        return None if reply.taken else _waits(keys, reply)

    def probe(self, stream: str | None = None) -> Reply:
        """What the service says to an empty array: nothing is written, but address, sign-in, role and stream count."""
        return self._insist(stream or self._settings.stream, b"[]")

    def _insist(self, stream: str, body: bytes) -> Reply:
        """The answer to `body`, after trying again where that may help."""
        renewed, attempt = False, 1
        while True:
            reply = self._connection().post(stream, body)
            if reply.status == 401 and not renewed:
                renewed = True
                self._connection().renew()
            elif reply.passing and attempt < TRIES:
                self._pause(wait_seconds(attempt, reply.retry_after, reply.date, self._jitter()))
                attempt += 1
            else:
                return reply

    def _connection(self) -> Ingestion:
        from .ingestion import Ingestion

        if self._open is None:
            self._open = Ingestion(self._settings, self._identity, self._ca_file, self._timeouts)
        return self._open


def packed(parcels: Sequence[Parcel], limit: int = LIMIT) -> Iterator[list[Parcel]]:
    """`parcels` in order, in requests whose body has at most `limit` bytes; one that is larger alone comes alone."""
    batch: list[Parcel] = []
    size = 1
    for parcel in parcels:
        if batch and size + len(parcel.line) + 1 > limit:
            yield batch
            batch, size = [], 1
        batch.append(parcel)
        size += len(parcel.line) + 1
    if batch:
        yield batch


def _body(lines: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(lines) + b"]"


def _doubted(refused: Sequence[Refused]) -> Waits:
    keys = tuple(key for each in refused for key in each.keys)
    return Waits(keys, f"{refused[0].error} – {len(refused)} refused and none taken: {HINTS[400]}", held=True)


def _waits(keys: tuple[Key, ...], reply: Reply) -> Waits:
    return Waits(keys, f"{reply.told} (after {TRIES} tries)" if reply.passing else reply.told, not reply.passing)
