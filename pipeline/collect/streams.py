"""Streams: one window, one walk, one segment."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

from ..errors import UnfinishedError
from ..model import Window
from ..store import Store
from ..store.coverage import still_open
from .chains import Reading
from .density import SHORTEST, Density
from .endpoints import Endpoint
from .faults import OutageError
from .gathering import TICK, Gatherer
from .landing import TOO_OLD, Landing
from .licence import is_premium, reach
from .walk import Task
from .windows import Finished, plan, whole

LEARNT_FROM = timedelta(days=31)
"""Windows older than this say nothing about how dense the stream is."""


def collect_stream(task: Task, endpoint: Endpoint) -> None:
    """Read every window that is due, oldest first, and note spans that are out of reach as gaps.

    Raises UnfinishedError naming the windows that did not finish; the others are kept. Where nothing was read before,
    the first failure ends it, so that the record never begins behind an unfinished window.
    """
    ask_the_time(task, endpoint)
    before, noted = finished(task.store, endpoint.name), gaps(task.store, endpoint.name)
    notes = still_open(task.store, endpoint.name)
    spots = [Window(note.since, note.until) for note in notes if note.until - note.since <= SHORTEST]
    options, now = task.options, task.server_now
    due = plan(before, noted, now, reach(is_premium(task.held)), options.overlap, options.resweep, spots)
    landing = Landing(lambda: nullcontext(task), endpoint, before)
    landing.note_gaps(due.lost, notes, noted, TOO_OLD)
    reading = Reading(
        Gatherer(task, endpoint, task.tick),
        landing,
        Density.of(each for each in before if now - each.until < LEARNT_FROM),
        is_anchored=any(not each.backfill for each in before),
        spots=frozenset(spots),
    )
    try:
        reading.read(due.windows)
    except OutageError:
        pass  # told with the window it happened to
    finally:
        note_refused(landing, reading, noted)
        task.late.extend(landing.late)
    if reading.faults:
        raise UnfinishedError("; ".join(reading.faults))


def ask_the_time(task: Task, endpoint: Endpoint) -> None:
    """Have the server say what time it is, where it has not yet: our own clock decides nothing.

    Raises OutageError where it does not.
    """
    if task.calls.server_time is None:
        now = whole(task.now)
        try:
            Gatherer(task, endpoint, task.tick).gather(Window(now - TICK, now), 1)
        except UnfinishedError as error:
            if task.calls.server_time is None:
                raise OutageError(str(error)) from error
    if task.calls.server_time is None:
        raise OutageError("the service does not say what time it is")


def note_refused(landing: Landing, reading: Reading, noted: list[Window]) -> None:
    """Note as gaps what the service itself said it no longer has."""
    if reading.earliest:
        why = f"the audit log says that it keeps nothing before {reading.earliest:%Y-%m-%dT%H:%M:%SZ}"
        landing.note_gaps(reading.refused, (), noted, why)


def finished(store: Store, source: str) -> list[Finished]:
    """All windows of a stream that were read to their end."""
    rows = store.rows(
        'SELECT since, until, finished_at, run_id, items, pages, backfill FROM "window" WHERE source = ?', [source]
    )
    return [Finished(**row) for row in rows]


def gaps(store: Store, source: str) -> list[Window]:
    """The spans of a stream noted as lost."""
    return [Window(**row) for row in store.rows("SELECT since, until FROM gap WHERE source = ?", [source])]
