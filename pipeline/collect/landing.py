"""What was gathered of a stream, into segments and the index; what came late is counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from ..decoders import decoder
from ..errors import UnfinishedError
from ..model import Window
from ..store.coverage import Open, merge, subtract
from ..store.ledger import GapEntry, UnfinishedEntry
from ..store.segments import Answer, Known, SegmentWriter
from .endpoints import Endpoint
from .gathering import BrokenOffError, Gathered, occurred
from .quarantine import quarantine, quarantine_items
from .walk import Task
from .windows import Finished

TOO_OLD = "older than the audit log reaches back"

Turn = Callable[[], AbstractContextManager[Task]]
"""The task with its store open: for the whole run, or for a moment under the tenant's lock."""


class _Named(msgspec.Struct):
    id: str | None = None


_named = decoder(_Named)


@dataclass
class Landing:
    """Where the windows of a stream end up. `before` is what was finished before this run began.

    `late` holds, for every event that an earlier window should have held, how long after it happened it was still
    missing there.
    """

    turn: Turn
    endpoint: Endpoint
    before: Sequence[Finished] = ()
    backfill: bool = False
    late: list[timedelta] = field(default_factory=list)
    events: int = 0
    pages: int = 0

    def keep(self, gathered: Gathered) -> None:
        """Write down a finished walk. Raises UnfinishedError for one that lies ahead of the server's clock."""
        window, name = gathered.window, self.endpoint.name
        until = min(window.until, gathered.started_at)
        if until <= window.since:
            raise UnfinishedError("it lies ahead of the server's clock")
        with self.turn() as task:
            for fault in gathered.faults:
                quarantine(task, name, fault)
            known = task.held.known_around(name, window, touching=not self.backfill)
            missed = _Missed(window, self.before)
            with SegmentWriter(task.store.ledger, name, "stream", task.run_id, known) as writer:
                for answer in gathered.answers():
                    missed.look(answer, known)
                    writer.add(answer)
                    quarantine_items(task, name, answer)
                writer.commit(window.since, until, backfill=self.backfill)
            self.late += missed.late(task, name)
            task.store.adopt()
        self.events, self.pages = self.events + gathered.items, self.pages + gathered.pages

    def leave_open(self, window: Window, error: UnfinishedError) -> None:
        """Note that a window did not finish."""
        with self.turn() as task:
            entry = UnfinishedEntry(
                self.endpoint.name, task.run_id, window.since, window.until, str(error), task.server_now
            )
            task.store.ledger.append(entry)
            task.store.adopt()

    def quarantine(self, error: BrokenOffError) -> None:
        """Keep the bodies that were no pages."""
        with self.turn() as task:
            for fault in error.faults:
                quarantine(task, self.endpoint.name, fault)

    def note_gaps(self, lost: Sequence[Window], notes: Sequence[Open], noted: Sequence[Window], why: str) -> None:
        """Put on record what can no longer be read, but for what was `noted` so before; `notes` tell what was tried."""
        spans = [span for each in merge(lost) for span in subtract(each, noted)]
        if not spans:
            return
        with self.turn() as task:
            for span in spans:
                tried = [note.reason for note in notes if note.since < span.until and note.until > span.since]
                reason = f"{why}; when it was last asked: {tried[-1]}" if tried else why
                task.store.ledger.append(
                    GapEntry(self.endpoint.name, task.run_id, span.since, span.until, reason, task.server_now)
                )
            task.store.adopt()


class _Missed:
    """The events of a walk that an earlier window over their time did not have."""

    def __init__(self, window: Window, before: Sequence[Finished]) -> None:
        self._before = [each for each in before if each.since < window.until and each.until > window.since]
        self._window = window
        self._found: dict[str, timedelta] = {}

    def look(self, answer: Answer, known: Known) -> None:
        """Take in a page."""
        if not self._before:
            return
        for item in answer.sliced.items:
            if hashlib.sha256(item).digest() not in known and (moment := occurred(item)):
                self._take(item, moment)

    def _take(self, item: bytes, moment: datetime) -> None:
        read = [each.finished_at for each in self._before if each.since <= moment <= each.until]
        name = _name(item)
        if read and name:
            self._found[name] = max(read) - moment

    def late(self, task: Task, source: str) -> list[timedelta]:
        """How late each was at least; an event that only changed is none of them."""
        if self._found:
            for item in task.held.items_around(source, self._window, {each.run_id for each in self._before}):
                self._found.pop(_name(item) or "", None)
        return [max(lateness, timedelta(0)) for lateness in self._found.values()]


def _name(item: bytes) -> str | None:
    try:
        return _named.decode(item).id
    except ValueError:
        return None
