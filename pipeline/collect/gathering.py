"""One walk over one window, page by page, into memory: needs the network, and neither the store nor its lock.

So several walks can be under way at once, and a back-fill holds the tenant's lock only to write down what came.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import zstandard

from ..decoders import decoder
from ..errors import UnfinishedError
from ..model import Window
from ..store.segments import Answer
from ..store.slicing import slice_page
from .density import MOST_PAGES, outlook
from .endpoints import Endpoint
from .faults import BrokenWalkError, DismissedError, OutageError, UnreachableError
from .walk import Task, pages
from .windows import whole

MAX_WALKS = 4
"""How often a walk over the smallest span is begun."""

MAX_WALKS_WIDE = 2
"""How often one over a longer span is, which can be divided instead."""

TICK = timedelta(seconds=1)
"""Events are dated finer than the filter's whole seconds; nothing is divided below this."""


class _Target(msgspec.Struct):
    id: str | None = None
    type: str | None = None


class _Event(msgspec.Struct):
    at: datetime | None = msgspec.field(name="activityDateTime", default=None)


class _GroupEvent(msgspec.Struct):
    category: str | None = None
    targets: list[_Target] | None = msgspec.field(name="targetResources", default=None)


_event = decoder(_Event)
_group_event = decoder(_GroupEvent)


class TooLongError(UnfinishedError):
    """The window holds more pages than one walk should have; `length` is what fits."""

    def __init__(self, length: timedelta) -> None:
        self.length = length
        super().__init__("more pages than one walk should have")


class BrokenOffError(UnfinishedError):
    """A walk did not come to its end, and a shorter one may.

    Events up to `good_until` came whole; `faults` are the bodies that were no pages; `is_outage` where the service
    did not answer rather than answer wrongly.
    """

    def __init__(
        self, error: Exception, good_until: datetime | None, faults: Sequence[BrokenWalkError], is_outage: bool
    ) -> None:
        self.good_until, self.faults, self.is_outage = good_until, tuple(faults), is_outage
        super().__init__(str(error))


class StoppedError(UnfinishedError):
    """Nobody waits for this walk any more."""


@dataclass(frozen=True)
class Gathered:
    """A finished walk: its answers, packed; `faults` are bodies that were no pages before it went well."""

    window: Window
    packed: tuple[tuple[Answer, bytes], ...]
    """(an answer without its body, the body compressed)"""
    items: int
    faults: tuple[BrokenWalkError, ...]

    @property
    def pages(self) -> int:
        return len(self.packed)

    @property
    def started_at(self) -> datetime:
        """The server's time when it began, which is up to when it can be complete."""
        return min(answer.server_time for answer, _ in self.packed)

    def answers(self) -> Iterator[Answer]:
        """The pages as they came, to the byte."""
        unpacker = zstandard.ZstdDecompressor()
        for answer, packed in self.packed:
            body = unpacker.decompress(packed)
            yield Answer(
                answer.url, answer.status, answer.server_time, body, slice_page(body).sliced, answer.request_id
            )


@dataclass
class Gatherer:
    """Walks over windows of one stream. `tick` gives seconds; `before_page` may wait; `stop` ends walks early."""

    task: Task
    endpoint: Endpoint
    tick: Callable[[], float]
    before_page: Callable[[], object] = lambda: None
    stop: threading.Event = field(default_factory=threading.Event)
    page_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=8))
    """How long the newest pages took, waiting for the rate included."""

    def quickest(self, pages: int) -> float | None:
        """The shortest time one of the newest pages took, where there were so many."""
        newest = list(self.page_seconds)
        return min(newest) if len(newest) >= pages else None

    def gather(self, window: Window, walks: int) -> Gathered:
        """Walk over `window`, at most so many times.

        Raises TooLongError, BrokenOffError, UnfinishedError where no shorter window would help, among them
        DismissedError, and AccessError.
        """
        faults: list[BrokenWalkError] = []
        for attempt in range(1, walks + 1):
            walk = _Walk(self, window)
            try:
                return walk.whole(faults)
            except DismissedError:
                raise
            except OutageError as error:
                raise BrokenOffError(error, walk.last, faults, is_outage=True) from error
            except UnfinishedError as error:
                if isinstance(error.__cause__, UnreachableError):  # an answer larger than we take
                    raise BrokenOffError(error, walk.last, faults, is_outage=False) from error
                raise
            except BrokenWalkError as fault:
                faults.append(fault)
                if attempt == walks:
                    said = UnfinishedError(f"{fault} ({walks} walks)" if walks > 1 else str(fault))
                    raise BrokenOffError(said, walk.last, faults, is_outage=False) from fault
            self.task.calls.rest(attempt)
        raise AssertionError("no walk was asked for")


class _Walk:
    """One attempt. `last` is the newest time of an event on the pages that came whole."""

    def __init__(self, gatherer: Gatherer, window: Window) -> None:
        self._gatherer, self._window = gatherer, window
        self._first: datetime | None = None
        self.last: datetime | None = None

    def whole(self, faults: Sequence[BrokenWalkError]) -> Gathered:
        packer = zstandard.ZstdCompressor(level=1)
        packed, items = list[tuple[Answer, bytes]](), 0
        for answer in self._pages():
            self._examine(answer)
            items += len(answer.sliced.items)
            bare = Answer(answer.url, answer.status, answer.server_time, b"", _NOTHING, answer.request_id)
            packed.append((bare, packer.compress(answer.body)))
            self._judge(answer, len(packed), items)
        return Gathered(self._window, tuple(packed), items, tuple(faults))

    def _judge(self, answer: Answer, pages: int, items: int) -> None:
        """Raise TooLongError where many more pages are to be expected, UnfinishedError for links without end."""
        if self._first is None or self.last is None:
            if pages >= MOST_PAGES:
                raise UnfinishedError(f"{pages} pages without an event")
            return
        length = outlook(self._window, pages, items, Window(self._first, self.last))
        if length is not None and b"@odata.nextLink" in answer.sliced.head + answer.sliced.tail:
            raise TooLongError(length)

    def _pages(self) -> Iterator[Answer]:
        gatherer, window = self._gatherer, self._window
        address = gatherer.endpoint.address(since=_literal(window.since), until=_literal(window.until))
        gatherer.before_page()
        begun = gatherer.tick()
        for answer in pages(gatherer.task, gatherer.endpoint, address):
            gatherer.page_seconds.append(gatherer.tick() - begun)
            yield answer
            if gatherer.stop.is_set():
                raise StoppedError("stopped")
            gatherer.before_page()
            begun = gatherer.tick()

    def _examine(self, answer: Answer) -> None:
        """Prove that the filter was applied, and note the groups that PIM events name."""
        window = self._window
        for item in answer.sliced.items:
            moment = occurred(item)
            if moment is not None:
                if not window.since - TICK <= moment <= window.until + TICK:
                    raise UnfinishedError(
                        f"an event of {moment:%Y-%m-%dT%H:%M:%SZ} outside the window: the filter was not applied"
                    )
                self._first = min(self._first or moment, moment)
                self.last = max(self.last or moment, moment)
            if b"GroupManagement" in item and b"PIM" in item:
                self._gatherer.task.groups_seen.update(_groups(item))


_NOTHING = slice_page(b'{"value":[]}').sliced


def middle(window: Window, good_until: datetime | None) -> datetime:
    """Where to divide a window that broke: behind what came whole, else in its middle; a whole second inside it."""
    if good_until is not None and window.since < (good := whole(good_until)) < window.until:
        return good
    return whole(window.since + (window.until - window.since) / 2)


def occurred(item: bytes) -> datetime | None:
    """When an event happened; None where it does not say so in a form we read, which is for `normalise` to judge."""
    try:
        moment = _event.decode(item).at
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None


def _groups(item: bytes) -> Iterator[str]:
    try:
        event = _group_event.decode(item)
    except ValueError:
        return
    if event.category == "GroupManagement":
        yield from (target.id for target in event.targets or () if target.type == "Group" and target.id)


def _literal(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
