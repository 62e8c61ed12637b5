"""Empty the outbox: each sink gets what it lacks, in order, and is acknowledged piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import ForwardSummary
from ..store import Store, outbox
from .fields import fit
from .heartbeat import heartbeat
from .sink import Outcome, Parcel, Refused, Sent, Sink, Waits

BATCH = 500
"""Revisions taken from the outbox at a time."""

RATE_SPAN = timedelta(minutes=11)
"""A run of the rule in Sentinel counts what came due within five minutes, and a row comes due when it arrives or five
minutes after its TimeGenerated, whichever is later; a minute more, since not all takes equally long to arrive."""


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


def forward(
    store: Store,
    sinks: Sequence[Sink],
    *,
    run_id: str,
    clock: Callable[[], datetime],
    retry_quarantined: bool = False,
) -> ForwardSummary:
    """Send every waiting alert its sinks can take now, and each sink a heartbeat.

    What a sink does not take goes on waiting, except records it will never take: they are quarantined with its words,
    until `retry_quarantined` gives them another chance.
    """
    tally, names = _Tally(), [sink.name for sink in sinks]
    if retry_quarantined:
        with store.journalled() as changes:
            outbox.retry_quarantined(changes, names)
    for sink in sinks:
        try:
            stopped = _drain(store, sink, tally, clock)
            if stopped is None or stopped.held:
                stopped = sink.beat(heartbeat(store, sink.name, run_id=run_id, now=clock()))
            if stopped:
                tally.stop(sink.name, stopped)
        finally:
            sink.close()
    return ForwardSummary(
        sent=tally.sent,
        pending=sum(outbox.counts(store.con, name).pending for name in names),
        quarantined=tally.quarantined,
        oldest_pending_seconds=outbox.oldest_pending_seconds(store.con, names, clock()),
        held=tally.held,
        delayed=tally.delayed,
    )


def _drain(store: Store, sink: Sink, tally: _Tally, clock: Callable[[], datetime]) -> Waits | None:
    """Send until nothing waits, the sink stops, or its rate is used up. Raises RuntimeError for a sink with a bug."""
    before: Sequence[outbox.Waiting] = ()
    while waiting := _next(store, sink, clock()):
        if waiting == before:
            raise RuntimeError(f"sink {sink.name} says nothing of {len(waiting)} alerts it was given")
        before = waiting
        parcels = _parcels(store, sink.name, waiting, tally, clock)
        for outcome in sink.deliver(parcels):
            _acknowledge(store, sink.name, outcome, tally, clock())
            if isinstance(outcome, Waits):
                tally.stop(sink.name, outcome)
                return outcome
    if left := outbox.counts(store.con, sink.name).pending:
        minutes = RATE_SPAN // timedelta(minutes=1)
        told = f"{left} more wait for another run: at most {sink.per_5_min} new alerts go in any {minutes} minutes"
        tally.stop(sink.name, Waits((), told, False))
    return None


def _next(store: Store, sink: Sink, now: datetime) -> list[outbox.Waiting]:
    """What to send next, as far as the sink's rate leaves room."""
    if sink.per_5_min is None:
        return outbox.pending(store.con, sink.name, BATCH)
    since = now - RATE_SPAN
    room = max(0, sink.per_5_min - outbox.landed_since(store.con, sink.name, since))
    return outbox.pending(store.con, sink.name, BATCH, room, since)


def _parcels(
    store: Store, sink: str, waiting: Sequence[outbox.Waiting], tally: _Tally, clock: Callable[[], datetime]
) -> list[Parcel]:
    """What can be sent of `waiting`; a record that is no JSON object is quarantined."""
    parcels = []
    for each in waiting:
        try:
            parcels.append(Parcel(each.key, fit(each.record)))
        except ValueError as error:
            _acknowledge(store, sink, Refused((each.key,), f"not a record: {error}"), tally, clock())
    return parcels


def _acknowledge(store: Store, sink: str, outcome: Outcome, tally: _Tally, now: datetime) -> None:
    with store.journalled() as changes:
        match outcome:
            case Sent(keys):
                outbox.mark_sent(changes, sink, keys, now)
                tally.sent += len(keys)
            case Refused(keys, error):
                outbox.quarantine(changes, sink, keys, error, now)
                tally.quarantined += len(keys)
            case Waits(keys, error, held):
                outbox.note_failure(changes, sink, keys, error, None if held else now)
