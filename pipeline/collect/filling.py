"""Back-fill: a span of the audit log asked for by itself, newest first, beside the collection from run to run.

It holds the tenant's lock only to look and to write down a finished window. While another run holds it, it asks
nothing: the rate is that run's alone. What it finished stands in the same record, so it goes on where it was stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import UnfinishedError
from ..model import BackfillProgress, Window
from ..store.coverage import still_open, subtract
from .chains import MOST_CHAINS, Reading
from .current import Holdings
from .density import SHORTEST, Density
from .endpoints import TABLE
from .faults import OutageError
from .gathering import BrokenOffError, Gathered, Gatherer
from .landing import TOO_OLD, Landing
from .licence import is_premium, reach
from .streams import ask_the_time, finished, gaps, note_refused
from .walk import Task
from .windows import settled, whole

if TYPE_CHECKING:
    from ..store import Store

AUDITS = next(endpoint for endpoint in TABLE if endpoint.name == "directory_audits")
GIVE_WAY_SECONDS = 1.0
"""How often to look whether another run is done."""


@dataclass
class Backfill:
    """One back-fill. `turn` opens the store under the tenant's lock; `is_taken` says whether another run holds it."""

    task: Task
    turn: Callable[[], AbstractContextManager[Store]]
    is_taken: Callable[[], bool]
    pause: Callable[[float], object]
    tell: Callable[[BackfillProgress], object]
    pool: Callable[[], Executor] = lambda: ThreadPoolExecutor(MOST_CHAINS + 1)
    chains: int = 1
    """Walks at a time that it came to."""
    _is_ours: bool = False

    def run(self, since: datetime | None, until: datetime | None) -> list[str]:
        """Read what is not yet read between the two, as far as it is in reach; returns a line for what did not finish.

        Raises AccessError, OutageError where the server does not say what time it is.
        """
        ask_the_time(self.task, AUDITS)
        with self._task() as task:
            before, noted = finished(task.store, AUDITS.name), gaps(task.store, AUDITS.name)
            notes = still_open(task.store, AUDITS.name)
            span, horizon = self._in_reach(task, since, until)
        landing = Landing(self._task, AUDITS, backfill=True)
        if since and since < horizon:
            read = [Window(each.since, each.until) for each in before]
            landing.note_gaps([Window(whole(since), min(horizon, span.until))], notes, [*noted, *read], TOO_OLD)
        due = list(subtract(span, settled(before, self.task.options.overlap))) if span.since < span.until else []
        reading = Reading(
            Gatherer(self.task, AUDITS, self.task.tick, self._give_way),
            _Told(landing, due, self.tell, self.task.tick),
            Density.of(before),
            newest_first=True,
            reads_ahead=True,
            spots=frozenset(Window(n.since, n.until) for n in notes if n.until - n.since <= SHORTEST),
            pool=self.pool,
        )
        try:
            reading.read(reversed(due))
        except OutageError:
            pass  # told with the window it happened to
        finally:
            self.chains = reading.chains
            note_refused(landing, reading, noted)
        return reading.faults

    def _in_reach(self, task: Task, since: datetime | None, until: datetime | None) -> tuple[Window, datetime]:
        """What of the span can be read, and before when nothing can."""
        now = whole(task.server_now)
        horizon = now - reach(is_premium(task.held))
        return Window(max(whole(since or horizon), horizon), min(whole(until or now), now)), horizon

    @contextmanager
    def _task(self) -> Iterator[Task]:
        """The task with its store open, for as short as can be: another run may be waiting for the lock."""
        with self.turn() as store:
            self._is_ours = True
            try:
                yield replace(self.task, held=Holdings(store))
            finally:
                self._is_ours = False

    def _give_way(self) -> None:
        """Return once no other run holds the tenant."""
        while not self._is_ours and self.is_taken():
            self.pause(GIVE_WAY_SECONDS)


@dataclass
class _Told:
    """A landing that says how far it is."""

    landing: Landing
    due: list[Window]
    tell: Callable[[BackfillProgress], object]
    tick: Callable[[], float]

    def __post_init__(self) -> None:
        self._asked = sum((span.until - span.since for span in self.due), timedelta(0))
        self._read, self._begun = timedelta(0), self.tick()

    def keep(self, gathered: Gathered) -> None:
        self.landing.keep(gathered)
        self._move(gathered.window)

    def leave_open(self, window: Window, error: UnfinishedError) -> None:
        self.landing.leave_open(window, error)
        self._move(window)

    def quarantine(self, error: BrokenOffError) -> None:
        self.landing.quarantine(error)

    def _move(self, window: Window) -> None:
        self._read += window.until - window.since
        done = self.landing
        self.tell(BackfillProgress(self._read, self._asked, done.events, done.pages, self.tick() - self._begun))
