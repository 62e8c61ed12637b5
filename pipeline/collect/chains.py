"""Windows of one stream read one after the other, or up to three at a time on one rate; each that breaks is divided.

A page's link to the next is known only when it came, so where Graph takes longer for a page than the rate asks for, one
walk alone cannot reach the rate. Walks under way at the same time then share it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ..errors import AccessError, UnfinishedError
from ..model import Window
from .density import SHORTEST, Density, cut
from .faults import OutageError
from .gathering import MAX_WALKS, MAX_WALKS_WIDE, TICK, BrokenOffError, Gathered, Gatherer, TooLongError, middle
from .licence import earliest_kept
from .windows import LONGEST

MOST_CHAINS = 3

MOST_DIVIDED = 100
"""Windows divided in one pass: enough to corner a few bad spots; a log that is bad all over stays for the next run."""


class Keeper(Protocol):
    """Where windows end up. Every method may take the tenant's lock for its own time."""

    def keep(self, gathered: Gathered) -> None:
        """Write down a finished walk. Raises UnfinishedError where it proves nothing."""

    def leave_open(self, window: Window, error: UnfinishedError) -> None:
        """Note that a window did not finish."""

    def quarantine(self, error: BrokenOffError) -> None:
        """Keep the bodies that were no pages."""


@dataclass
class _Piece:
    """A span to be read; once `walk` is there it is under way.

    `at_most` limits the first piece of what was too long, twice that the next, and so on: what was dense at one place
    need not be so all over.
    """

    window: Window
    at_most: timedelta | None = None
    is_part: bool = False
    """Part of a window that broke."""
    walk: Callable[[], Gathered] | None = None


@dataclass
class Reading:
    """One pass over spans of a stream.

    `earliest` is the time before which the service says it keeps nothing, None as long as it has not said so; `refused`
    holds what was asked before that time.
    """

    gatherer: Gatherer
    keeper: Keeper
    density: Density
    newest_first: bool = False
    reads_ahead: bool = False
    """Begin the next walk while the last one is written down."""
    is_anchored: bool = True
    """False: the first window that does not finish ends it, so that the record never begins behind one."""
    spots: frozenset[Window] = frozenset()
    """Spans known to break, which are tried once."""
    pool: Callable[[], Executor] = lambda: ThreadPoolExecutor(MOST_CHAINS)
    earliest: datetime | None = None
    refused: list[Window] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    chains: int = 1
    _divided: int = 0
    _work: deque[_Piece] = field(default_factory=deque)
    _pool: Executor | None = None

    def read(self, spans: Iterable[Window]) -> None:
        """Read `spans`, given in the order of reading; what does not finish is noted and told in `faults`.

        Raises AccessError, and OutageError where the service does not answer at all.
        """
        self._work = deque(_Piece(span) for span in spans)
        try:
            while self._work:
                self._begin(self.chains)
                if self._work:
                    self._settle(self._work[0])
        finally:
            self.gatherer.stop.set()
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self, count: int) -> None:
        """Have the first `count` pieces under way."""
        place = 0
        while place < min(count, len(self._work)):
            if self._work[place].walk is None:
                if not self._trim(place):
                    continue
                self._cut(place)
                self._work[place].walk = self._walk(self._work[place])
            place += 1

    def _trim(self, place: int) -> bool:
        """Leave out what the service has said it does not keep; False where nothing is left of the piece."""
        window, earliest = self._work[place].window, self.earliest
        if earliest is None or window.since >= earliest:
            return True
        self.refused.append(Window(window.since, min(earliest, window.until)))
        if window.until <= earliest:
            del self._work[place]
            return False
        self._work[place].window = Window(earliest, window.until)
        return True

    def _walk(self, piece: _Piece) -> Callable[[], Gathered]:
        window = piece.window
        is_smallest = window.until - window.since <= TICK
        walks = 1 if window in self.spots else MAX_WALKS if is_smallest else MAX_WALKS_WIDE
        if self.chains == 1 and not self.reads_ahead:
            return lambda: self.gatherer.gather(window, walks)
        if self._pool is None:
            self._pool = self.pool()
        future: Future[Gathered] = self._pool.submit(self.gatherer.gather, window, walks)
        return future.result

    def _cut(self, place: int) -> None:
        """Shorten the piece at `place` to what one walk takes; the rest of it comes behind."""
        piece = self._work[place]
        at = piece.window.until if self.newest_first else piece.window.since
        length = min(self.density.length(at), piece.at_most or timedelta.max)
        if piece.is_part:
            return
        left = sum((each.window.until - each.window.since for each in self._work if each.walk is None), timedelta(0))
        length = min(length, max(left / self.chains, length / 3))  # towards the end each walk gets its share
        length = max(timedelta(seconds=length // TICK), TICK)
        window, rest = cut(piece.window, length, newest_first=self.newest_first)
        if rest is not None:
            self._work[place] = _Piece(window, piece.at_most)
            self._work.insert(place + 1, _Piece(rest, piece.at_most and min(2 * piece.at_most, LONGEST)))

    def _settle(self, piece: _Piece) -> None:
        """Wait for the first piece and put what follows from it in its place."""
        parts: list[_Piece] = []
        try:
            assert piece.walk is not None
            gathered = piece.walk()
            if self.reads_ahead:
                self._begin(self.chains + 1)
            self._keep(gathered)
        except TooLongError as error:
            parts = [_Piece(piece.window, error.length)]
        except BrokenOffError as error:
            parts = self._divide(piece, error)
        except OutageError as error:
            self._leave_open(piece.window, error)
            raise
        except UnfinishedError as error:
            parts = self._clamp(piece, error)
        self._add_chains()
        self._work.popleft()
        self._work.extendleft(parts if self.newest_first else reversed(parts))

    def _keep(self, gathered: Gathered) -> None:
        self.keeper.keep(gathered)
        self.is_anchored = True
        self.density.learn(gathered.window, gathered.pages, gathered.items)

    def _add_chains(self) -> None:
        """As many walks at a time as it takes to come up to the rate, as long as the service takes for a page."""
        rate, quickest = self.gatherer.endpoint.rate, self.gatherer.quickest(1 if self.reads_ahead else 5)
        if rate and quickest:
            needed = math.ceil(quickest * rate.requests / rate.seconds - 0.05)
            self.chains = min(max(self.chains, needed), MOST_CHAINS)

    def _divide(self, piece: _Piece, error: BrokenOffError) -> list[_Piece]:
        """The parts of a piece that broke, in the order of time; none where it is as small as it gets."""
        window = piece.window
        if not piece.is_part:
            self.keeper.quarantine(error)
        if error.is_outage or not (piece.is_part or window in self.spots):
            self._probe(piece, error)
        self._divided += 1
        smallest = SHORTEST if error.is_outage else TICK
        if window in self.spots or window.until - window.since <= smallest or self._divided > MOST_DIVIDED:
            if piece.is_part:
                self.keeper.quarantine(error)
            self._leave_open(window, error)
            return []
        at = middle(window, error.good_until)
        return [_Piece(Window(window.since, at), is_part=True), _Piece(Window(at, window.until), is_part=True)]

    def _probe(self, piece: _Piece, error: BrokenOffError) -> None:
        """Raise OutageError unless the service answers something else, so that it is this window that it cannot do."""
        now = self.gatherer.task.server_now.replace(microsecond=0)
        try:
            self.gatherer.gather(Window(now - TICK, now), 1)
        except AccessError:
            raise
        except UnfinishedError:
            self._leave_open(piece.window, error)
            raise OutageError(str(error)) from error

    def _clamp(self, piece: _Piece, error: UnfinishedError) -> list[_Piece]:
        """What is left of a piece once the service has said that it keeps nothing before some time."""
        earliest = earliest_kept(str(error))
        if earliest is None or earliest <= piece.window.since:
            self._leave_open(piece.window, error)
            return []
        self.earliest = earliest
        return [_Piece(piece.window)]

    def _leave_open(self, window: Window, error: UnfinishedError) -> None:
        self.keeper.leave_open(window, error)
        self.faults.append(f"{_brief(window.since)} to {_brief(window.until)}: {error}")
        if not self.is_anchored:
            self._work = deque(list(self._work)[:1])


def _brief(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment.second else f"{moment:%Y-%m-%dT%H:%MZ}"
