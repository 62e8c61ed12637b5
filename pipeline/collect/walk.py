"""Walks: the pages of one list from the first to the last, and their way into a segment."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..config import Collect, Tenant
from ..errors import PimtrailError, UnfinishedError
from ..store import Store
from ..store.ledger import SkipEntry
from ..store.segments import Answer, Known, SegmentWriter
from ..store.slicing import Page, slice_page
from .calls import Calls, refusal
from .current import Holdings
from .endpoints import Endpoint, Kind
from .faults import BrokenWalkError, OutageError, OversizeError
from .groups import Groups
from .http import Reply
from .quarantine import quarantine

MAX_WALKS = 4
"""How often a walk is begun before it counts as unfinished."""

MAX_PAGES = 20_000
"""Pages of one walk; more means links that never end."""

MAX_IDLE_PAGES = 50
"""Pages in a row that are empty, which is allowed, or bring what an earlier one brought."""


@dataclass(frozen=True)
class Task:
    """One tenant's collection.

    What it gathers on the way: `groups_seen`, groups that PIM events of this run name; `quarantined`, files; `choices`,
    the groups that matter, in PIM (True) and at all (False); `late`, how long after they happened events were missing
    that came at last; `tops`, page sizes where the usual ones are too large. `accept` names lists whose answer counts
    though it lacks much of what stood before. `tick` gives seconds and never runs back.
    """

    held: Holdings
    tenant: Tenant
    options: Collect
    calls: Calls
    run_id: str
    now: datetime
    groups_seen: set[str] = field(default_factory=set)
    quarantined: set[str] = field(default_factory=set)
    choices: dict[bool, Groups] = field(default_factory=dict)
    late: list[timedelta] = field(default_factory=list)
    tick: Callable[[], float] = time.monotonic
    tops: dict[str, int] = field(default_factory=dict)
    accept: frozenset[str] = frozenset()

    @property
    def store(self) -> Store:
        return self.held.store

    @property
    def server_now(self) -> datetime:
        """Graph's clock as last seen; ours before the first answer."""
        return self.calls.server_time or self.now


@dataclass(frozen=True)
class Walked:
    """What a finished walk brought, page by page: the group it belongs to and the number of items.

    `finished_at` is the server's time of the last answer.
    """

    pages: tuple[tuple[str | None, int], ...]
    finished_at: datetime

    @property
    def items(self) -> int:
        return sum(count for _, count in self.pages)


def pages(
    task: Task, endpoint: Endpoint, address: str, parent: str | None = None, first: Reply | None = None
) -> Iterator[Answer]:
    """The answers from `address` on, link by link, each proven to be a page before it is given out.

    `first` is the answer to `address` where a batch has it already. Raises what `Calls.get` raises, BrokenWalkError for
    a body that is no page or is too large (smaller ones are asked then) or links without end, UnfinishedError for a
    link to another place, which is never followed.
    """
    url: str | None = _with_top(task.calls.graph.url(address), task.tops.get(endpoint.name))
    seen, contents, idle = set[str](), set[int](), 0
    while url is not None:
        seen.add(url)
        reply = _get(task, endpoint, url, onward=len(seen) > 1) if first is None else _fit(first, url)
        first = None
        page = _page(reply, url, reply.server_time or task.now, endpoint)
        yield _answer(task, reply, url, page, parent)
        content = hash(page.sliced.items)
        idle = idle + 1 if not page.sliced.items or content in contents else 0
        contents.add(content)
        url = page.next_link
        if url in seen or len(seen) >= MAX_PAGES or idle >= MAX_IDLE_PAGES:
            raise BrokenWalkError(f"the links to the next page do not end (after {len(seen)} pages)", url or "")
        if url is not None:
            _trust(task, url)


def _get(task: Task, endpoint: Endpoint, url: str, *, onward: bool) -> Reply:
    try:
        return task.calls.get(url, endpoint.rate, onward=onward)
    except OversizeError as error:
        top = task.tops.get(endpoint.name, endpoint.top or 1)
        if top == 1:
            raise UnfinishedError(str(error)) from error
        task.tops[endpoint.name] = max(1, top // 10)
        raise BrokenWalkError(f"{error}; smaller ones are asked", url) from error


def _with_top(url: str, top: int | None) -> str:
    return url if top is None else re.sub(r"(?<=[?&]\$top=)\d+", str(top), url)


def _fit(reply: Reply, url: str) -> Reply:
    if reply.status != 200:
        raise refusal(reply, url, onward=False)
    return reply


@dataclass
class Fetched:
    """A walk that came to its end, or to none (`error`), not yet part of the record. To be landed or closed."""

    task: Task
    source: str
    finish: Callable[[SegmentWriter, Walked], object]
    faults: list[BrokenWalkError] = field(default_factory=list)
    error: PimtrailError | None = None
    walked: Walked | None = None
    writer: SegmentWriter | None = None
    held: ExitStack = field(default_factory=ExitStack)

    def land(self) -> None:
        """Quarantine what was no page and make the walk part of the record. Raises what ended it."""
        with self.held:
            for fault in self.faults:
                quarantine(self.task, self.source, fault)
            if self.error is not None:
                raise self.error
            if self.writer is not None and self.walked is not None:
                self.finish(self.writer, self.walked)

    def close(self) -> None:
        """Drop what came."""
        self.held.close()


def fetch(
    task: Task,
    endpoint: Endpoint,
    walk: Callable[[], Iterator[Answer]],
    known: Known,
    finish: Callable[[SegmentWriter, Walked], object],
) -> Fetched:
    """Write a walk into a file of its own; a broken one begins anew. Touches no database, so any thread may do it.

    `finish` is to commit it, in `land`; where a walk broke too often or was refused, `land` raises that.
    """
    fetched = Fetched(task, endpoint.name, finish)
    for attempt in range(1, MAX_WALKS + 1):
        try:
            with ExitStack() as held:
                kind = _segment_kind(endpoint)
                writer = held.enter_context(SegmentWriter(task.store.ledger, endpoint.name, kind, task.run_id, known))
                fetched.walked, fetched.writer = _write(task, writer, walk()), writer
                fetched.held, fetched.error = held.pop_all(), None
                return fetched
        except BrokenWalkError as fault:
            fetched.faults.append(fault)
            fetched.error = UnfinishedError(f"{fault} ({MAX_WALKS} walks)")
        except PimtrailError as error:
            fetched.error = error
            return fetched
        if attempt < MAX_WALKS:
            try:
                task.calls.rest(attempt)
            except OutageError as error:
                fetched.error = error
                return fetched
    return fetched


def sweep(store: Store) -> None:
    """Remove what walks that were killed half way left behind; the tenant's lock says that none is under way."""
    store.ledger.sweep()
    for left in store.ledger.raw.glob("*/.walk-*.tmp"):
        left.unlink(missing_ok=True)


def _write(task: Task, writer: SegmentWriter, answers: Iterator[Answer]) -> Walked:
    counts, times = list[tuple[str | None, int]](), list[datetime]()
    for answer in answers:
        writer.add(answer)
        counts.append((answer.parent, len(answer.sliced.items)))
        times.append(answer.server_time)
    return Walked(tuple(counts), max(times, default=task.server_now))


def _segment_kind(endpoint: Endpoint) -> str:
    return "stream" if endpoint.kind.value == "stream" else "snapshot"


def _page(reply: Reply, url: str, at: datetime, endpoint: Endpoint) -> Page:
    """The page in an answer. Raises BrokenWalkError with its bytes for anything else.

    An item that cannot be read is left out of a stream, whose events stand for themselves; a list with a hole is none,
    since the hole would read as a removal.
    """
    if "json" not in reply.headers.get("content-type", "").lower():
        raise BrokenWalkError("an answer that is not JSON", url, reply.body, at)
    try:
        page = slice_page(reply.body)
    except ValueError as error:
        raise BrokenWalkError(f"an answer that is no page: {error}", url, reply.body, at) from error
    if page.sliced.rejected and endpoint.kind is not Kind.STREAM:
        first = page.sliced.rejected[0]
        raise BrokenWalkError(f"an answer with item {first.ordinal} unreadable: {first.reason}", url, reply.body, at)
    return page


def _answer(task: Task, reply: Reply, url: str, page: Page, parent: str | None) -> Answer:
    request_id = reply.headers.get("request-id")
    at = reply.server_time or task.now
    return Answer(url, reply.status, at, reply.body, page.sliced, request_id and request_id[:64], parent)


def _trust(task: Task, link: str) -> None:
    try:
        task.calls.graph.check(link)
    except ValueError as error:
        raise UnfinishedError(f"the link to the next page is refused: {error}") from error


def note_skip(task: Task, source: str, why: str) -> None:
    """Put on record that an endpoint, or a part of it, was not answered for want of a permission, licence or group."""
    task.store.ledger.append(SkipEntry(source, task.run_id, why, task.server_now))
