"""Empty the outbox: each sink gets what it lacks, in order, and is acknowledged piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import ForwardSummary
from ..store import Store, outbox
from .fields import fit
from .heartbeat import heartbeat
from .sink import Outcome, Parcel, Refused, Sent, Sink, Waits

BATCH = 500
"""Revisions taken from the outbox at a time."""

RATE_SPAN = timedelta(minutes=5)


@dataclass
class _Tally:
    sent: int = 0
    quarantined: int = 0
    held: str | None = None
    delayed: str | None = None

    def stop(self, sink: str, waits: Waits) -> None:
        """Keep the first reason of each kind."""
        if waits.held:
            self.held = self.held or f"{sink}: {waits.error}"
        else:
            self.delayed = self.delayed or f"{sink}: {waits.error}"


def forward(store: Store, sinks: Sequence[Sink], *, run_id: str, now: datetime) -> ForwardSummary:
    """Send every waiting alert its sinks can take now, and each sink a heartbeat.

    What a sink does not take goes on waiting, except records it will never take: they are quarantined with its words.
    """
    tally = _Tally()
    for sink in sinks:
        try:
            stopped = _drain(store, sink, tally, now)
            if stopped is None or stopped.held:
                stopped = sink.beat(heartbeat(store, sink.name, run_id=run_id, now=now))
            if stopped:
                tally.stop(sink.name, stopped)
        finally:
            sink.close()
    names = [sink.name for sink in sinks]
    return ForwardSummary(
        sent=tally.sent,
        pending=sum(outbox.counts(store.con, name).pending for name in names),
        quarantined=tally.quarantined,
        oldest_pending_seconds=outbox.oldest_pending_seconds(store.con, names, now),
        held=tally.held,
        delayed=tally.delayed,
    )


def _drain(store: Store, sink: Sink, tally: _Tally, now: datetime) -> Waits | None:
    """Send until nothing waits, the sink stops, or its rate is used up. Raises RuntimeError for a sink with a bug."""
    before: Sequence[outbox.Waiting] = ()
    while waiting := outbox.pending(store.con, sink.name, _room(store, sink, now)):
        if waiting == before:
            raise RuntimeError(f"sink {sink.name} says nothing of {len(waiting)} alerts it was given")
        before = waiting
        parcels = _parcels(store, sink.name, waiting, tally, now)
        for outcome in sink.deliver(parcels):
            _acknowledge(store, sink.name, outcome, tally, now)
            if isinstance(outcome, Waits):
                tally.stop(sink.name, outcome)
                return outcome
    if left := outbox.counts(store.con, sink.name).pending:
        tally.stop(
            sink.name, Waits((), f"{left} more wait for the next run: at most {sink.per_5_min} in 5 minutes", False)
        )
    return None


def _room(store: Store, sink: Sink, now: datetime) -> int:
    if sink.per_5_min is None:
        return BATCH
    return min(BATCH, max(0, sink.per_5_min - outbox.sent_since(store.con, sink.name, now - RATE_SPAN)))


def _parcels(store: Store, sink: str, waiting: Sequence[outbox.Waiting], tally: _Tally, now: datetime) -> list[Parcel]:
    """What can be sent of `waiting`; a record that is no JSON object is quarantined."""
    parcels = []
    for each in waiting:
        try:
            parcels.append(Parcel(each.key, fit(each.record)))
        except ValueError as error:
            _acknowledge(store, sink, Refused((each.key,), f"not a record: {error}"), tally, now)
    return parcels


def _acknowledge(store: Store, sink: str, outcome: Outcome, tally: _Tally, now: datetime) -> None:
    with store.journalled() as changes:
        match outcome:
            case Sent(keys):
                outbox.mark_sent(changes, sink, keys, now)
                tally.sent += len(keys)
            case Refused(keys, error):
                outbox.quarantine(changes, sink, keys, error)
                tally.quarantined += len(keys)
            case Waits(keys, error):
                outbox.note_failure(changes, sink, keys, error)
